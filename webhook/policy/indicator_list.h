#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "webhook/base/fields.h"
#include "webhook/checks/references.h"

// The kind IndicatorList. Its values stand in the document, or, one a line, in a text file beside
// it whose empty lines and lines that begin with # are skipped.
namespace tidewaiter {

struct Document;
struct SourceFile;

inline constexpr std::size_t kMaxIndicatorFileBytes = 16 << 20;

// spec as it is written. The last four say of the lines of `file` what each indicator says of
// itself.
struct IndicatorSpec {
  std::vector<Indicator> indicators;
  std::string file;
  std::optional<IndicatorType> type;
  std::string source;
  std::optional<Bounded<0, 100>> confidence;
  std::optional<Expiry> expires;
};
const std::vector<Field<IndicatorSpec>>& FieldsOf(const IndicatorSpec*);

// Reads a document of kind IndicatorList; `files` are those of the set, among them the text files.
IndicatorList ReadIndicatorList(const Document& document, const std::string& file,
                                std::span<const SourceFile> files, YamlContext& context,
                                Diagnostics& diagnostics);

// The text files that the IndicatorLists of a YAML file name, and where. Nothing for a text that is
// no YAML: whoever parses the policies tells that.
struct NamedFile {
  std::string path;
  std::string key;  // as SourceFile::key
  SourceLocation location;
};
std::vector<NamedFile> NamedFiles(const SourceFile& file);

}  // namespace tidewaiter
