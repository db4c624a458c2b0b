#include "webhook/policy/document.h"

#include "webhook/policy/exception.h"
#include "webhook/policy/indicator_list.h"
#include "webhook/policy/names.h"
#include "webhook/policy/policy.h"
#include "webhook/policy/suite.h"

namespace tidewaiter {
namespace {

struct Metadata {
  std::string name;
};

const std::vector<Field<Metadata>>& FieldsOf(const Metadata*) {
  static const std::vector<Field<Metadata>> kFields = {
      {"name", "a DNS label, unique among the documents of its kind", kRequired, &Metadata::name,
       DnsLabelShape()},
  };
  return kFields;
}

void CheckName(const Document& document, YamlContext& context) {
  if (document.name_node == nullptr || document.name_node->kind != YamlKind::kScalar) return;
  if (!IsDnsLabel(document.name)) {
    context.Error(*document.name_node,
                  fmt::format("{} is not a DNS label: at most 63 of a-z, 0-9 and -, with a letter "
                              "or digit at both ends",
                              Quote(document.name, 64)));
  }
}

}  // namespace

Words<DocumentKind> WordsOf(DocumentKind) {
  static constexpr Word<DocumentKind> kWords[] = {
      {"Policy", DocumentKind::kPolicy},
      {"PolicyException", DocumentKind::kPolicyException},
      {"IndicatorList", DocumentKind::kIndicatorList},
      {"Suite", DocumentKind::kSuite}};
  return {"kind", kWords};
}

const std::vector<Field<Document>>& FieldsOf(const Document*) {
  static const std::vector<Field<Document>> kFields = {
      {"apiVersion", std::string(kApiVersion), kRequired, &Document::api_version,
       WordShape({std::string(kApiVersion)})},
      {"kind", "Policy, PolicyException, IndicatorList or Suite", kRequired, &Document::kind},
      {"metadata", "the document's name", kRequired, ShapeOf(static_cast<Metadata*>(nullptr)),
       [](const YamlNode& node, Document& document, YamlContext& context) {
         Metadata metadata;
         ReadValue(node, metadata, context);
         document.name = metadata.name;
         document.name_node = node.Find("name");
       }},
      {"spec", "what the document says", kRequired, ShapeOfKind(Shape::Kind::kFreeMap),
       [](const YamlNode& node, Document& document, YamlContext&) { document.spec = &node; }},
  };
  return kFields;
}

std::optional<Document> ReadDocument(const YamlNode& node, YamlContext& context) {
  // A document of another API is told as that, not as many mistakes in one of ours.
  const YamlNode* const version = node.Find("apiVersion");
  if (version != nullptr && version->kind == YamlKind::kScalar && version->text != kApiVersion) {
    context.Error(*version, fmt::format("unknown apiVersion {}; this program reads {}",
                                        Quote(version->text, 64), kApiVersion));
    return std::nullopt;
  }
  Document document;
  ReadValue(node, document, context);
  CheckName(document, context);
  if (!document.kind || document.spec == nullptr) return std::nullopt;
  return document;
}

std::vector<KindDescription> DescribeKinds() {
  const auto describe = [](DocumentKind kind, std::string summary, const auto& fields) {
    return KindDescription{std::string(WordOf(kind)), std::move(summary), DescribeFields(fields)};
  };
  return {
      describe(DocumentKind::kPolicy, "which requests a check looks at, and what follows",
               FieldsOf(static_cast<Policy*>(nullptr))),
      describe(DocumentKind::kPolicyException, "who is excused from which policies, until when",
               FieldsOf(static_cast<PolicyException*>(nullptr))),
      describe(DocumentKind::kIndicatorList, "addresses, names and images that are known to be bad",
               FieldsOf(static_cast<IndicatorSpec*>(nullptr))),
      describe(DocumentKind::kSuite, "tests for policies", FieldsOf(static_cast<Suite*>(nullptr))),
  };
}

}  // namespace tidewaiter
