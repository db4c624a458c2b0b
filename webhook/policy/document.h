#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/fields.h"

// What all documents of ours have in common: apiVersion, kind, metadata.name, spec.
namespace tidewaiter {

inline constexpr std::string_view kApiVersion = "tidewaiter.io/v1alpha1";

enum class DocumentKind { kPolicy, kPolicyException, kIndicatorList, kSuite };
Words<DocumentKind> WordsOf(DocumentKind);

struct Document {
  std::string api_version;
  std::optional<DocumentKind> kind;
  std::string name;  // a DNS label
  const YamlNode* name_node = nullptr;
  const YamlNode* spec = nullptr;
};
const std::vector<Field<Document>>& FieldsOf(const Document*);

// Reads all but the spec. Nothing if it cannot be told what the spec is, or if there is none.
std::optional<Document> ReadDocument(const YamlNode& node, YamlContext& context);

// One kind of document, as it can be described.
struct KindDescription {
  std::string kind;
  std::string summary;
  std::vector<FieldDescription> spec;
};

// All kinds, in the order of DocumentKind. In a Policy `check` is a text and `params` a free map
// here: which checks there are, and what may stand in their parameters, is told by the table of
// checks (CheckKind::params.fields).
std::vector<KindDescription> DescribeKinds();

}  // namespace tidewaiter
