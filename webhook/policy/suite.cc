#include "webhook/policy/suite.h"

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
      {"operation", "CREATE, UPDATE, DELETE or CONNECT (default: CREATE)", kOptional,
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

// An object or a review; and of what goes with an object, nothing beside a review.
void CheckInputs(const YamlNode& node, const SuiteCase& one, YamlContext& context) {
  if (!one.review && !one.object && !one.old_object) {
    return context.Error(node, "a case needs an object, an oldObject or a review");
  }
  if (!one.review) return;
  for (const char* const key : {"object", "oldObject", "operation", "subResource", "namespace",
                                "user", "groups", "dryRun"}) {
    if (const YamlNode* const other = node.Find(key)) {
      context.Error(*other, fmt::format("a review says all of the request; leave {} out", key));
    }
  }
}

void CheckCases(const YamlNode& spec, const Suite& suite, YamlContext& context) {
  const YamlNode* const cases = spec.Find("cases");
  if (cases == nullptr || cases->kind != YamlKind::kSequence) return;
  if (cases->items.empty()) context.Error(*cases, "a suite without cases tests nothing");
  // Cases that could not be read are not in the suite.
  if (cases->items.size() != suite.cases.size()) return;
  std::map<std::string, SourceLocation> names;
  for (std::size_t i = 0; i < suite.cases.size(); ++i) {
    const SuiteCase& one = suite.cases[i];
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

}  // namespace

std::optional<std::vector<Suite>> ParseSuites(std::span<const SourceFile> files,
                                              Diagnostics& diagnostics) {
  std::vector<Suite> suites;
  const std::size_t errors = diagnostics.errors();
  for (const SourceFile& file : files) {
    if (file.is_text) continue;
    diagnostics.AddSource(file.name, file.text);
    const auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, diagnostics);
    if (!documents) continue;
    YamlContext context(file.name, diagnostics);
    for (const YamlNode& node : *documents) {
      if (!IsSuite(node)) continue;
      const auto document = ReadDocument(node, context);
      if (document) suites.push_back(ReadSuite(*document, context));
    }
  }
  diagnostics.Sort();
  if (diagnostics.errors() > errors) return std::nullopt;
  return suites;
}

}  // namespace tidewaiter
