#include "webhook/policy/loader.h"

#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "webhook/base/digest.h"
#include "webhook/base/file.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml.h"
#include "webhook/policy/document.h"
#include "webhook/policy/indicator_list.h"

namespace tidewaiter {
namespace {

// A document whose head was read.
struct Pending {
  const SourceFile* file = nullptr;
  Document document;
};

// Reads all files, and then the kinds in the order in which they refer to each other: lists, the
// policies whose checks name lists, the exceptions that name policies.
class Loader {
 public:
  Loader(std::span<const SourceFile> files, std::span<const CheckKind> checks,
         Diagnostics& diagnostics)
      : files_(files), checks_(checks), diagnostics_(diagnostics) {}

  PolicySet Load() {
    for (const SourceFile& file : files_) {
      if (!file.is_text) ReadFileOf(file);
    }
    PolicySet set;
    ForEach(DocumentKind::kIndicatorList, [&](const Pending& pending, YamlContext& context) {
      set.references.lists.push_back(std::make_shared<const IndicatorList>(
          ReadIndicatorList(pending.document, pending.file->name, files_, context, diagnostics_)));
    });
    ForEach(DocumentKind::kPolicy, [&](const Pending& pending, YamlContext& context) {
      set.policies.push_back(ReadPolicy(pending.document, checks_, set.references, context));
    });
    ForEach(DocumentKind::kPolicyException, [&](const Pending& pending, YamlContext& context) {
      set.exceptions.push_back(ReadException(pending.document, set.policies, checks_, context));
    });
    return set;
  }

 private:
  void ReadFileOf(const SourceFile& file) {
    diagnostics_.AddSource(file.name, file.text);
    auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, diagnostics_);
    if (!documents) return;
    if (documents->empty()) {
      return diagnostics_.Error({file.name, 1, 1}, "no document in this file");
    }
    YamlContext context(file.name, diagnostics_);
    // A vector that is moved keeps its elements where they are.
    trees_.push_back(std::move(*documents));
    for (const YamlNode& node : trees_.back()) {
      std::optional<Document> document = ReadDocument(node, context);
      if (!document) continue;
      CheckNameIsNew(*document, context);
      pending_.push_back({&file, std::move(*document)});
    }
  }

  void CheckNameIsNew(const Document& document, YamlContext& context) {
    if (document.name_node == nullptr || document.name_node->kind != YamlKind::kScalar) return;
    const auto [first, is_new] =
        names_.emplace(std::pair(*document.kind, document.name), context.At(*document.name_node));
    if (is_new) return;
    context.Error(*document.name_node,
                  fmt::format("the name {} is taken by the {} at {}", Quote(document.name, 64),
                              WordOf(*document.kind), FormatLocation(first->second)));
  }

  template <class Visit>
  void ForEach(DocumentKind kind, const Visit& visit) {
    for (const Pending& pending : pending_) {
      if (pending.document.kind != kind) continue;
      YamlContext context(pending.file->name, diagnostics_);
      visit(pending, context);
    }
  }

  std::span<const SourceFile> files_;
  std::span<const CheckKind> checks_;
  Diagnostics& diagnostics_;
  std::vector<std::vector<YamlNode>> trees_;  // what `pending_` points into
  std::vector<Pending> pending_;
  std::map<std::pair<DocumentKind, std::string>, SourceLocation> names_;
};

// The name of a file within `root`, without the folder of the day that a mounted ConfigMap is read
// through; the last part of the name if the file itself was given.
std::string KeyOf(const std::string& name, const std::string& root) {
  if (!name.starts_with(root)) return name;
  std::filesystem::path key;
  for (const std::filesystem::path& part : std::filesystem::path(name.substr(root.size()))) {
    if (part != "/" && !part.string().starts_with("..")) key /= part;
  }
  return key.empty() ? std::filesystem::path(name).filename().string() : key.string();
}

// Adds the text files that the IndicatorLists among `files` name.
void ReadNamedFiles(std::vector<SourceFile>& files, Diagnostics& diagnostics) {
  std::set<std::string> known;
  const std::size_t count = files.size();
  for (std::size_t i = 0; i < count; ++i) {
    for (const NamedFile& named : NamedFiles(files[i])) {
      if (!known.insert(named.path).second) continue;
      std::string error;
      std::optional<std::string> text = ReadFile(named.path, kMaxIndicatorFileBytes, error);
      if (text) {
        files.push_back({named.path, std::move(*text), named.key, true});
      } else {
        diagnostics.AddSource(files[i].name, files[i].text);
        diagnostics.Error(named.location, error);
      }
    }
  }
}

}  // namespace

std::string DigestOf(std::span<const SourceFile> files) {
  // Lengths are part of what is hashed, so that no text can be moved from one file to the next.
  std::string all;
  for (const SourceFile& file : files) {
    const std::string& key = file.key.empty() ? file.name : file.key;
    all += fmt::format("{}\n{}\n{}\n", key.size(), file.text.size(), key);
    all += file.text;
  }
  return "sha256:" + Sha256Hex(all);
}

std::optional<PolicySet> ParsePolicies(std::span<const SourceFile> files,
                                       std::span<const CheckKind> checks,
                                       Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.errors();
  PolicySet set = Loader(files, checks, diagnostics).Load();
  diagnostics.Sort();
  if (diagnostics.errors() > errors_before) return std::nullopt;
  set.revision.digest = DigestOf(files);
  return set;
}

// Manifests that suites name lie beside them, in folders of this name, as fixtures do elsewhere.
static constexpr std::string_view kFixtures = "testdata";

std::optional<std::vector<SourceFile>> ReadPolicyFiles(const std::vector<std::string>& paths,
                                                       Diagnostics& diagnostics) {
  std::vector<SourceFile> files;
  const std::size_t errors_before = diagnostics.errors();
  for (const std::string& path : paths) {
    std::string error;
    const auto names = ListFiles(path, {".yaml", ".yml"}, /*recursive=*/true, error, kFixtures);
    if (!names) {
      diagnostics.Error({path, 0, 0}, error);
      continue;
    }
    if (names->empty()) diagnostics.Error({path, 0, 0}, "no policy file (*.yaml) in this folder");
    for (const std::string& name : *names) {
      // One byte more than is allowed, so that the parser can say how large the file is.
      std::optional<std::string> text = ReadFile(name, kMaxPolicyFileBytes + 1, error);
      if (text) {
        files.push_back({name, std::move(*text), KeyOf(name, path)});
      } else {
        diagnostics.Error({name, 0, 0}, error);
      }
    }
  }
  ReadNamedFiles(files, diagnostics);
  if (diagnostics.errors() > errors_before) return std::nullopt;
  return files;
}

}  // namespace tidewaiter
