#include "webhook/policy/suite.h"

#include <algorithm>
#include <map>

#include "webhook/policy/document.h"
#include "webhook/policy/loader.h"

namespace tidewaiter {

static void ReadValue(const YamlNode& node, SuiteInput& value, YamlContext& context) {
  value.location = context.At(node);
  if (node.kind == YamlKind::kMap) {
    value.written = node;
  } else if (node.kind == YamlKind::kScalar && !node.text.empty()) {
    value.file = node.text;
  } else {
    context.WrongType(node, "the name of a file, or the object itself");
  }
}

static Shape ShapeOf(const SuiteInput*) {
  return OneOfShape({ShapeOfKind(Shape::Kind::kText), ShapeOfKind(Shape::Kind::kFreeMap)});
}

static void ReadValue(const YamlNode& node, NameInSuite& value, YamlContext& context) {
  value.location = context.At(node);
  ReadValue(node, value.name, context);
}

static Shape ShapeOf(const NameInSuite*) { return ShapeOfKind(Shape::Kind::kText); }

static const std::vector<Field<ExpectedFinding>>& FieldsOf(const ExpectedFinding*) {
  static const std::vector<Field<ExpectedFinding>> kFields = {
      {"policy", "the policy's name", kRequired, &ExpectedFinding::policy},
      {"field", "the field's path (default: any)", kOptional, &ExpectedFinding::field},
      {"exception", "the exception that excuses it (default: none does)", kOptional,
       &ExpectedFinding::exception},
  };
  return kFields;
}

namespace {

// What a request can come to; a policy's own actions, and allow.
enum class Outcome { kAllow, kAudit, kWarn, kDeny };

Words<Outcome> WordsOf(Outcome) {
  static constexpr Word<Outcome> kWords[] = {{"allow", Outcome::kAllow},
                                             {"audit", Outcome::kAudit},
                                             {"warn", Outcome::kWarn},
                                             {"deny", Outcome::kDeny}};
  return {"action", kWords};
}

}  // namespace

static const std::vector<Field<Expectation>>& FieldsOf(const Expectation*) {
  static const std::vector<Field<Expectation>> kFields = {
      {"action", "the strongest action: allow, audit, warn or deny", kRequired,
       ShapeOf(static_cast<Outcome*>(nullptr)),
       [](const YamlNode& node, Expectation& expect, YamlContext& context) {
         Outcome outcome = Outcome::kAllow;
         ReadValue(node, outcome, context);
         expect.action = static_cast<EnforcementAction>(outcome);
       }},
      {"findings", "exactly these findings (default: none)", kOptional, &Expectation::findings},
  };
  return kFields;
}

static const std::vector<Field<SuiteCase>>& FieldsOf(const SuiteCase*) {
  static const std::vector<Field<SuiteCase>> kFields = {
      {"name", "what is tried", kRequired, ShapeOf(static_cast<std::string*>(nullptr)),
       [](const YamlNode& node, SuiteCase& one, YamlContext& context) {
         one.location = context.At(node);
         ReadValue(node, one.name, context);
       }},
      {"object", "the object: a file, or written out", kOptional, &SuiteCase::object},
      {"oldObject", "what it was before an UPDATE or DELETE", kOptional, &SuiteCase::old_object},
      {"review", "a recorded AdmissionReview, instead of an object", kOptional, &SuiteCase::review},
      {"operation", "CREATE, UPDATE, DELETE or CONNECT (default: what the objects are)", kOptional,
       &SuiteCase::operation},
      {"subResource", "exec, attach and the like", kOptional, &SuiteCase::sub_resource},
      {"namespace", "of the request (default: the object's)", kOptional, &SuiteCase::name_space},
      {"user", "who sends it", kOptional, &SuiteCase::user},
      {"groups", "the groups of that user", kOptional, &SuiteCase::groups},
      {"dryRun", "whether nothing is to be stored", kOptional, &SuiteCase::dry_run},
      {"expect", "what must come of it", kRequired, &SuiteCase::expect},
  };
  return kFields;
}

const std::vector<Field<Suite>>& FieldsOf(const Suite*) {
  static const std::vector<Field<Suite>> kFields = {
      {"policies", "the policies that are tried, by name (default: all)", kOptional,
       &Suite::policies},
      {"now", "a fixed clock: 2026-11-01T00:00:00Z", kOptional, &Suite::now},
      {"cases", "the cases", kRequired, &Suite::cases},
  };
  return kFields;
}

namespace {

Operation OperationOf(const SuiteCase& one) {
  if (one.operation) return *one.operation;
  if (!one.old_object) return Operation::kCreate;
  return one.object ? Operation::kUpdate : Operation::kDelete;
}

// The objects that go with an operation: what is deleted is the old one.
void CheckObjects(const YamlNode& node, const SuiteCase& one, YamlContext& context) {
  const bool has_new = one.operation != Operation::kDelete;
  const bool has_old = one.operation == Operation::kUpdate || one.operation == Operation::kDelete;
  std::string_view mistake;
  if (has_new && !one.object) {
    mistake = "needs an object";
  } else if (!has_new && one.object) {
    mistake = "has no object; what is deleted is the oldObject";
  } else if (has_old && !one.old_object) {
    mistake = "needs an oldObject";
  } else if (!has_old && one.old_object) {
    mistake = "has no oldObject";
  }
  if (mistake.empty()) return;
  context.Error(node, fmt::format("{} {}", OperationName(*one.operation), mistake));
}

// An object or a review; and of what goes with an object, nothing beside a review.
void CheckInputs(const YamlNode& node, SuiteCase& one, YamlContext& context) {
  if (!one.review && !one.object && !one.old_object) {
    return context.Error(node, "a case needs an object, an oldObject or a review");
  }
  if (!one.review) {
    one.operation = OperationOf(one);
    return CheckObjects(node, one, context);
  }
  for (const char* const key : {"object", "oldObject", "operation", "subResource", "namespace",
                                "user", "groups", "dryRun"}) {
    if (const YamlNode* const other = node.Find(key)) {
      context.Error(*other, fmt::format("a review says all of the request; leave {} out", key));
    }
  }
}

void CheckCases(const YamlNode& spec, Suite& suite, YamlContext& context) {
  const YamlNode* const cases = spec.Find("cases");
  if (cases == nullptr || cases->kind != YamlKind::kSequence) return;
  if (cases->items.empty()) context.Error(*cases, "a suite without cases tests nothing");
  // Cases that could not be read are not in the suite.
  if (cases->items.size() != suite.cases.size()) return;
  std::map<std::string, SourceLocation> names;
  for (std::size_t i = 0; i < suite.cases.size(); ++i) {
    SuiteCase& one = suite.cases[i];
    CheckInputs(cases->items[i], one, context);
    const auto [first, is_new] = names.emplace(one.name, one.location);
    if (!is_new) {
      context.Error(*cases->items[i].Find("name"),
                    fmt::format("the case {} stands already at {}", Quote(one.name, 64),
                                FormatLocation(first->second)));
    }
  }
}

Suite ReadSuite(const Document& document, YamlContext& context) {
  Suite suite;
  ReadValue(*document.spec, suite, context);
  suite.name = document.name;
  suite.location = context.At(document.name_node ? *document.name_node : *document.spec);
  CheckCases(*document.spec, suite, context);
  return suite;
}

bool IsSuite(const YamlNode& node) {
  const YamlNode* const kind = node.Find("kind");
  const YamlNode* const version = node.Find("apiVersion");
  return kind != nullptr && kind->text == WordOf(DocumentKind::kSuite) && version != nullptr &&
         version->text == kApiVersion;
}

bool IsTold(const Diagnostic& mistake, const Diagnostics& diagnostics) {
  const std::vector<Diagnostic>& all = diagnostics.all();
  return std::any_of(all.begin(), all.end(), [&](const Diagnostic& other) {
    return other.message == mistake.message &&
           FormatLocation(other.location) == FormatLocation(mistake.location);
  });
}

std::vector<std::string> NamesOf(const auto& documents) {
  std::vector<std::string> names;
  for (const auto& document : documents) names.push_back(document.name);
  return names;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void CheckName(const NameInSuite& name, std::string_view what,
               const std::vector<std::string>& known, Diagnostics& diagnostics) {
  if (Has(known, name.name)) return;
  diagnostics.Error(name.location, fmt::format("unknown {} {}{}", what, Quote(name.name, 64),
                                               DidYouMean(name.name, known)));
}

}  // namespace

std::optional<std::vector<Suite>> ParseSuites(std::span<const SourceFile> files,
                                              Diagnostics& diagnostics) {
  std::vector<Suite> suites;
  Diagnostics found;
  for (const SourceFile& file : files) {
    if (file.is_text) continue;
    diagnostics.AddSource(file.name, file.text);
    const auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, found);
    if (!documents) continue;
    YamlContext context(file.name, found);
    for (const YamlNode& node : *documents) {
      if (!IsSuite(node)) continue;
      const auto document = ReadDocument(node, context);
      if (document) suites.push_back(ReadSuite(*document, context));
    }
  }
  // All that is found here are errors.
  for (const Diagnostic& mistake : found.all()) {
    if (!IsTold(mistake, diagnostics)) diagnostics.Error(mistake.location, mistake.message);
  }
  diagnostics.Sort();
  if (found.HasErrors()) return std::nullopt;
  return suites;
}

void CheckNames(std::span<const Suite> suites, const PolicySet& policies,
                Diagnostics& diagnostics) {
  const std::vector<std::string> all = NamesOf(policies.policies);
  const std::vector<std::string> exceptions = NamesOf(policies.exceptions);
  for (const Suite& suite : suites) {
    const std::vector<std::string> tried = NamesOf(suite.policies);
    for (const NameInSuite& policy : suite.policies) CheckName(policy, "policy", all, diagnostics);
    for (const SuiteCase& one : suite.cases) {
      for (const ExpectedFinding& finding : one.expect.findings) {
        CheckName(finding.policy, "policy", all, diagnostics);
        if (finding.exception) CheckName(*finding.exception, "exception", exceptions, diagnostics);
        if (tried.empty() || Has(tried, finding.policy.name) || !Has(all, finding.policy.name)) {
          continue;
        }
        diagnostics.Error(finding.policy.location,
                          fmt::format("the policy {} is not among those that this suite tries",
                                      Quote(finding.policy.name, 64)));
      }
    }
  }
}

}  // namespace tidewaiter
