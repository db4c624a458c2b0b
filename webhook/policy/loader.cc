#include "webhook/policy/loader.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "webhook/base/digest.h"
#include "webhook/base/fields.h"
#include "webhook/base/file.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml.h"

namespace tidewaiter {

// Words and lists of a policy. They stand outside the unnamed namespace, where ReadValue's templates
// find them by their types.

static void ReadValue(const YamlNode& node, Operation& value, YamlContext& context) {
  static constexpr Word<Operation> kWords[] = {{"CREATE", Operation::kCreate},
                                               {"UPDATE", Operation::kUpdate},
                                               {"DELETE", Operation::kDelete},
                                               {"CONNECT", Operation::kConnect}};
  ReadWord(node, "operation", kWords, value, context);
}

static void ReadValue(const YamlNode& node, EnforcementAction& value, YamlContext& context) {
  static constexpr Word<EnforcementAction> kWords[] = {{"deny", EnforcementAction::kDeny},
                                                       {"warn", EnforcementAction::kWarn},
                                                       {"audit", EnforcementAction::kAudit}};
  ReadWord(node, "action", kWords, value, context);
}

static void ReadValue(const YamlNode& node, Severity& value, YamlContext& context) {
  static constexpr Word<Severity> kWords[] = {{"info", Severity::kInfo},
                                              {"low", Severity::kLow},
                                              {"medium", Severity::kMedium},
                                              {"high", Severity::kHigh},
                                              {"critical", Severity::kCritical}};
  ReadWord(node, "severity", kWords, value, context);
}

static void ReadValue(const YamlNode& node, NamespaceAction& value, YamlContext& context) {
  static const std::vector<Field<NamespaceAction>> kFields = {
      {"namespaces", "namespaces in which the action differs; globs", kRequired,
       &NamespaceAction::namespaces},
      {"action", "deny, warn or audit", kRequired, &NamespaceAction::action},
  };
  ReadFields(node, kFields, value, context);
}

static void ReadValue(const YamlNode& node, Match& value, YamlContext& context) {
  static const std::vector<Field<Match>> kFields = {
      {"operations", "CREATE, UPDATE, DELETE, CONNECT (default: those that the check reads)",
       kOptional, &Match::operations},
      {"kinds", "kinds of object (default: all that the check reads)", kOptional, &Match::kinds},
      {"namespaces", "namespaces; globs over the whole name", kOptional, &Match::namespaces},
      {"excludeNamespaces", "namespaces that are left out; whole names", kOptional,
       &Match::exclude_namespaces},
      {"names", "names of objects; globs; generateName counts as \"prefix*\"", kOptional,
       &Match::names},
      {"users", "users; globs", kOptional, &Match::users},
      {"excludeUsers", "users that are left out; whole names", kOptional, &Match::exclude_users},
      {"groups", "groups of the user; globs", kOptional, &Match::groups},
      {"excludeGroups", "groups that are left out; whole names", kOptional, &Match::exclude_groups},
      {"resources", "resources, with subresource: pods, pods/exec", kOptional, &Match::resources},
  };
  ReadFields(node, kFields, value, context);
}

namespace {

constexpr std::string_view kApiVersion = "tidewaiter.io/v1alpha1";

// spec, as it stands in the file: the check and its parameters are bound once both are known.
struct PolicySpec {
  Policy policy;
  const YamlNode* check = nullptr;
  const YamlNode* params = nullptr;
  const YamlNode* match = nullptr;
};

template <class V>
Field<PolicySpec> PolicyField(std::string key, std::string summary, Presence presence,
                              V Policy::*member) {
  return {std::move(key), std::move(summary), presence,
          [member](const YamlNode& node, PolicySpec& spec, YamlContext& context) {
            ReadValue(node, spec.policy.*member, context);
          }};
}

void ReadOnUpdate(const YamlNode& node, PolicySpec& spec, YamlContext& context) {
  static constexpr Word<bool> kWords[] = {{"always", true}, {"new", false}};
  ReadWord(node, "value", kWords, spec.policy.always_on_update, context);
}

const std::vector<Field<PolicySpec>>& SpecFields() {
  static const std::vector<Field<PolicySpec>> kFields = {
      {"check", "which check decides", kRequired,
       [](const YamlNode& node, PolicySpec& spec, YamlContext& context) {
         spec.check = &node;
         ReadValue(node, spec.policy.check_id, context);
       }},
      PolicyField("action", "deny, warn or audit", kRequired, &Policy::action),
      PolicyField("actions", "other actions by namespace; the first that matches counts", kOptional,
                  &Policy::actions),
      PolicyField("severity", "info, low, medium, high or critical", kRequired, &Policy::severity),
      {"match", "which requests are looked at (default: all that the check reads)", kOptional,
       [](const YamlNode& node, PolicySpec& spec, YamlContext& context) {
         spec.match = &node;
         ReadValue(node, spec.policy.match, context);
       }},
      {"params", "the check's parameters", kOptional,
       [](const YamlNode& node, PolicySpec& spec, YamlContext&) { spec.params = &node; }},
      {"onUpdate", "new (default): what the old object had is only audited; always: it is not",
       kOptional, ReadOnUpdate},
      PolicyField("contact", "where a person who is refused can ask", kOptional, &Policy::contact),
  };
  return kFields;
}

struct Document {
  std::string api_version;
  std::string kind;
  std::string name;
  const YamlNode* name_node = nullptr;
  const YamlNode* spec = nullptr;
};

const std::vector<Field<Document>>& DocumentFields() {
  static const std::vector<Field<Document>> kMetadata = {
      {"name", "a DNS label, unique among the policies", kRequired,
       [](const YamlNode& node, Document& document, YamlContext& context) {
         document.name_node = &node;
         ReadValue(node, document.name, context);
       }},
  };
  static const std::vector<Field<Document>> kFields = {
      {"apiVersion", std::string(kApiVersion), kRequired, &Document::api_version},
      {"kind", "Policy", kRequired, &Document::kind},
      {"metadata", "the document's name", kRequired,
       [](const YamlNode& node, Document& document, YamlContext& context) {
         ReadFields(node, kMetadata, document, context);
       }},
      {"spec", "what the document says", kRequired,
       [](const YamlNode& node, Document& document, YamlContext&) { document.spec = &node; }},
  };
  return kFields;
}

bool IsDnsLabel(std::string_view name) {
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 63 && word(name.front()) && word(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return word(c) || c == '-'; });
}

class Loader {
 public:
  Loader(std::span<const CheckKind> checks, Diagnostics& diagnostics)
      : checks_(checks), diagnostics_(diagnostics) {}

  void Load(const SourceFile& file) {
    diagnostics_.AddSource(file.name, file.text);
    const auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, diagnostics_);
    if (!documents) return;
    if (documents->empty()) {
      return diagnostics_.Error({file.name, 1, 1}, "no document in this file");
    }
    YamlContext context(file.name, diagnostics_);
    for (const YamlNode& document : *documents) LoadDocument(document, context);
  }

  std::vector<Policy> TakePolicies() { return std::move(policies_); }

 private:
  void LoadDocument(const YamlNode& node, YamlContext& context) {
    Document document;
    ReadFields(node, DocumentFields(), document, context);
    const YamlNode* const version = node.Find("apiVersion");
    if (version != nullptr && version->kind == YamlKind::kScalar && version->text != kApiVersion) {
      return context.Error(*version,
                           fmt::format("unknown apiVersion {}; this program reads {}",
                                       Quote(document.api_version, 64), kApiVersion));
    }
    const YamlNode* const kind = node.Find("kind");
    if (kind != nullptr && kind->kind == YamlKind::kScalar && kind->text != "Policy") {
      return UnknownWord(*kind, "kind", {"Policy"}, context);
    }
    CheckName(document, context);
    if (document.spec != nullptr) LoadPolicy(document, context);
  }

  void CheckName(const Document& document, YamlContext& context) {
    if (document.name_node == nullptr || document.name_node->kind != YamlKind::kScalar) return;
    if (!IsDnsLabel(document.name)) {
      context.Error(*document.name_node,
                    fmt::format("{} is not a DNS label: at most 63 of a-z, 0-9 and -, with a "
                                "letter or digit at both ends",
                                Quote(document.name, 64)));
    }
    const SourceLocation here = context.At(*document.name_node);
    const auto [first, is_new] = names_.emplace(document.name, here);
    if (!is_new) {
      context.Error(*document.name_node, fmt::format("the name {} is taken by the policy at {}",
                                                     Quote(document.name, 64),
                                                     FormatLocation(first->second)));
    }
  }

  void LoadPolicy(const Document& document, YamlContext& context) {
    PolicySpec spec;
    ReadFields(*document.spec, SpecFields(), spec, context);
    Policy& policy = spec.policy;
    policy.name = document.name;
    policy.location = context.At(document.name_node ? *document.name_node : *document.spec);
    if (spec.check == nullptr || spec.check->kind != YamlKind::kScalar) return;
    const CheckKind* const check = FindCheck(*spec.check, policy.check_id, context);
    if (check == nullptr) return;
    policy.fix = check->fix;
    YamlNode no_params = *document.spec;
    no_params.entries.clear();
    policy.check = check->bind(spec.params == nullptr ? no_params : *spec.params, context);
    CheckMatch(spec, *check, context);
    if (policy.match.operations.empty()) policy.match.operations = check->reads.operations;
    policies_.push_back(std::move(policy));
  }

  const CheckKind* FindCheck(const YamlNode& node, const std::string& id, YamlContext& context) {
    std::vector<std::string> known;
    for (const CheckKind& check : checks_) {
      if (check.id == id) return &check;
      known.push_back(check.id);
    }
    UnknownWord(node, "check", known, context);
    return nullptr;
  }

  // A policy that can never match protects nobody, and nobody notices.
  void CheckMatch(const PolicySpec& spec, const CheckKind& check, YamlContext& context) {
    const YamlNode* const kinds = spec.match == nullptr ? nullptr : spec.match->Find("kinds");
    const std::vector<std::string> readable = KindsRead(check.reads);
    for (const YamlNode& kind : kinds == nullptr ? std::vector<YamlNode>() : kinds->items) {
      if (kind.kind == YamlKind::kScalar &&
          std::find(readable.begin(), readable.end(), kind.text) == readable.end()) {
        UnknownWord(kind, fmt::format("kind for check {}:", check.id), readable, context);
      }
    }
    for (const Operation operation : spec.policy.match.operations) {
      const std::vector<Operation>& reads = check.reads.operations;
      if (std::find(reads.begin(), reads.end(), operation) == reads.end()) {
        context.Error(*spec.match->Find("operations"),
                      fmt::format("check {} does not read {}", check.id, OperationName(operation)));
      }
    }
  }

  std::span<const CheckKind> checks_;
  Diagnostics& diagnostics_;
  std::vector<Policy> policies_;
  std::map<std::string, SourceLocation> names_;
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
  Loader loader(checks, diagnostics);
  for (const SourceFile& file : files) loader.Load(file);
  diagnostics.Sort();
  if (diagnostics.errors() > errors_before) return std::nullopt;
  return PolicySet{loader.TakePolicies(), {DigestOf(files), ""}};
}

std::optional<std::vector<SourceFile>> ReadPolicyFiles(const std::vector<std::string>& paths,
                                                       Diagnostics& diagnostics) {
  std::vector<SourceFile> files;
  const std::size_t errors_before = diagnostics.errors();
  for (const std::string& path : paths) {
    std::string error;
    const auto names = ListFiles(path, {".yaml", ".yml"}, /*recursive=*/true, error);
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
  if (diagnostics.errors() > errors_before) return std::nullopt;
  return files;
}

}  // namespace tidewaiter
