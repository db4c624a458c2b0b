#include "webhook/policy/indicator_list.h"

#include <algorithm>

#include "webhook/policy/document.h"
#include "webhook/policy/indicator_value.h"
#include "webhook/policy/loader.h"
#include "webhook/policy/names.h"

namespace tidewaiter {

static const std::vector<Field<Indicator>>& FieldsOf(const Indicator*) {
  static const std::vector<Field<Indicator>> kFields = {
      {"type", "ip, cidr, domain, url or image", kRequired, &Indicator::type},
      {"value", "the address, name or image", kRequired, &Indicator::value},
      {"source", "who says so", kRequired, &Indicator::source},
      {"confidence", "how sure it is, from 0 to 100", kRequired, &Indicator::confidence},
      {"expires", "its last day, or its end (default: none)", kOptional, &Indicator::expires},
  };
  return kFields;
}

const std::vector<Field<IndicatorSpec>>& FieldsOf(const IndicatorSpec*) {
  static const std::vector<Field<IndicatorSpec>> kFields = {
      {"indicators", "the indicators", kOptional, &IndicatorSpec::indicators},
      {"file", "a text file in the folder of this one, with one value a line", kOptional,
       &IndicatorSpec::file},
      {"type", "of the lines of file: ip, cidr, domain, url or image", kOptional,
       &IndicatorSpec::type},
      {"source", "of the lines of file: who says so", kOptional, &IndicatorSpec::source},
      {"confidence", "of the lines of file: how sure it is, from 0 to 100", kOptional,
       &IndicatorSpec::confidence},
      {"expires", "of the lines of file: their last day, or their end (default: none)", kOptional,
       &IndicatorSpec::expires},
  };
  return kFields;
}

namespace {

constexpr std::size_t kMostLineErrors = 20;

std::string PathBeside(const std::string& file, const std::string& name) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? name : file.substr(0, slash + 1) + name;
}

// A file beside the document, so that one folder is a whole set and nothing outside it counts.
bool IsFileName(const std::string& name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string::npos;
}

void CheckInline(const YamlNode& spec, YamlContext& context) {
  const YamlNode* const list = spec.Find("indicators");
  if (list == nullptr) return;
  for (const YamlNode& item : list->items) {
    const YamlNode* const value = item.Find("value");
    const YamlNode* const type = item.Find("type");
    if (value == nullptr || type == nullptr || value->kind != YamlKind::kScalar) continue;
    for (const Word<IndicatorType>& word : WordsOf(IndicatorType()).words) {
      if (type->text != word.word) continue;
      const std::string fault = FaultOf(word.value, value->text);
      if (!fault.empty()) context.Error(*value, fault);
    }
  }
}

void ReadLines(const SourceFile& file, const IndicatorSpec& spec, IndicatorList& list,
               Diagnostics& diagnostics) {
  std::string_view rest = file.text;
  std::size_t errors = 0;
  for (int number = 1; !rest.empty() && errors < kMostLineErrors; ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    while (line.ends_with('\r') || line.ends_with(' ') || line.ends_with('\t')) {
      line.remove_suffix(1);
    }
    if (line.empty() || line.starts_with('#')) continue;
    const std::string fault = FaultOf(*spec.type, line);
    if (fault.empty()) {
      list.indicators.push_back(
          {*spec.type, std::string(line), spec.source, *spec.confidence, spec.expires});
    } else {
      diagnostics.Error({file.name, number, 1}, fault);
      ++errors;
    }
  }
}

void ReadNamedFile(const YamlNode& node, const std::string& yaml_file, const IndicatorSpec& spec,
                   std::span<const SourceFile> files, IndicatorList& list, YamlContext& context,
                   Diagnostics& diagnostics) {
  if (!IsFileName(spec.file)) {
    return context.Error(node, fmt::format("{} is not the name of a file in the same folder",
                                           Quote(spec.file, 128)));
  }
  const std::string path = PathBeside(yaml_file, spec.file);
  const auto found = std::find_if(files.begin(), files.end(), [&](const SourceFile& file) {
    return file.is_text && file.name == path;
  });
  if (found == files.end()) {
    return context.Error(node, fmt::format("there is no file {}", Quote(path, 256)));
  }
  if (!spec.type || spec.source.empty() || !spec.confidence) {
    return context.Error(node, "file needs type, source and confidence beside it");
  }
  diagnostics.AddSource(found->name, found->text);
  ReadLines(*found, spec, list, diagnostics);
}

}  // namespace

IndicatorList ReadIndicatorList(const Document& document, const std::string& file,
                                std::span<const SourceFile> files, YamlContext& context,
                                Diagnostics& diagnostics) {
  const YamlNode& node = *document.spec;
  IndicatorSpec spec;
  const std::size_t errors = context.errors();
  ReadValue(node, spec, context);
  CheckInline(node, context);
  IndicatorList list;
  list.name = document.name;
  list.location = context.At(document.name_node ? *document.name_node : node);
  list.indicators = std::move(spec.indicators);
  const YamlNode* const named = node.Find("file");
  if (named != nullptr && context.errors() == errors) {
    ReadNamedFile(*named, file, spec, files, list, context, diagnostics);
  }
  if (named == nullptr) {
    for (const char* const key : {"type", "source", "confidence", "expires"}) {
      const YamlNode* const without = node.Find(key);
      if (without != nullptr) {
        context.Error(*without,
                      fmt::format("{} is said of the lines of file, and there is no file", key));
      }
    }
  }
  if (context.errors() == errors && list.indicators.empty()) {
    context.Error(node, "a list without indicators finds nothing");
  }
  return list;
}

std::vector<NamedFile> NamedFiles(const SourceFile& file) {
  std::vector<NamedFile> named;
  if (file.text.find("IndicatorList") == std::string::npos) return named;
  Diagnostics ignored;
  const auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, ignored);
  if (!documents) return named;
  for (const YamlNode& document : *documents) {
    const YamlNode* const kind = document.Find("kind");
    const YamlNode* const spec = document.Find("spec");
    const YamlNode* const name = spec == nullptr ? nullptr : spec->Find("file");
    if (kind == nullptr || kind->text != WordOf(DocumentKind::kIndicatorList)) continue;
    if (name == nullptr || !IsFileName(name->text)) continue;
    named.push_back({PathBeside(file.name, name->text),
                     PathBeside(file.key, name->text),
                     {file.name, name->line, name->column}});
  }
  return named;
}

}  // namespace tidewaiter
