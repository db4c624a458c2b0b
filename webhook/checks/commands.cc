// commands: a container or an exec must not run what attackers run (MITRE ATT&CK T1059.004 Unix
// Shell, T1095 Non-Application Layer Protocol, T1496.001 Compute Hijacking, T1611 Escape to Host).
//
// Fields   of spec.{containers,initContainers,ephemeralContainers}[*]: command, args, env[*].value,
//          lifecycle.{postStart,preStop}.exec.command,
//          {liveness,readiness,startup}Probe.exec.command, and the last part of image where there
//          is no command; command of PodExecOptions
// Allowed  what none of the `patterns` and of `extra` matches
//
// A text beyond 64 KiB, and texts of more than 1 MiB together, are read up to there and reported:
// what was not read is not known to be harmless.
//
// What admission cannot see: scripts and entry points in the image, files that are downloaded
// later, the values of ConfigMaps and Secrets, variables and quotes that a shell puts together
// (n""c), and renamed programs. These are alarms, not walls.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/command_patterns.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {

static void ReadValue(const YamlNode& node, Regex& value, YamlContext& context) {
  std::string text;
  const std::size_t errors = context.errors();
  ReadValue(node, text, context);
  if (context.errors() > errors) return;
  std::string error;
  if (auto regex = Regex::Parse(text, error)) {
    value = std::move(*regex);
  } else {
    context.Error(node, fmt::format("no regular expression of RE2: {}", PrintableText(error)));
  }
}

static Shape ShapeOf(const Regex*) { return ShapeOfKind(Shape::Kind::kText); }

namespace {

struct ExtraPattern {
  std::string name;
  Regex expression;
};

const std::vector<Field<ExtraPattern>>& FieldsOf(const ExtraPattern*) {
  static const std::vector<Field<ExtraPattern>> kFields = {
      {"name", "what it finds; shown to the person who is refused", kRequired, &ExtraPattern::name},
      {"expression", "a regular expression of RE2, matched anywhere in a text", kRequired,
       &ExtraPattern::expression},
  };
  return kFields;
}

struct Params {
  std::vector<CommandPattern> patterns;
  std::vector<ExtraPattern> extra;
  Regex any;  // of `patterns`
};

void Prepare(const YamlNode& node, const References&, Params& params, YamlContext& context) {
  if (params.patterns.empty() && params.extra.empty()) {
    context.Error(node, "neither patterns nor extra: this policy would find nothing");
  }
  params.any = AnyOf(params.patterns);
}

void Report(const CommandLine& line, std::size_t offset, const std::string& what,
            std::vector<Violation>& violations) {
  violations.push_back({line.FieldAt(offset),
                        line.container == nullptr ? "" : std::string(line.container->name),
                        what + "\n" + line.text, fmt::format("{} {}", line.ToString(), what)});
}

void LookAt(const CommandLine& line, const Params& params, std::vector<Violation>& violations) {
  if (params.any.Matches(line.text)) {
    for (const CommandPattern pattern : params.patterns) {
      if (const std::optional<CommandMatch> match = FindPattern(pattern, line)) {
        Report(line, match->offset, "holds " + match->what, violations);
      }
    }
  }
  for (const ExtraPattern& extra : params.extra) {
    if (const auto match = extra.expression.Find(line.text)) {
      Report(line, match->begin, "holds " + PrintableText(extra.name), violations);
    }
  }
  if (!line.whole) Report(line, line.text.size(), "is too long to be read to its end", violations);
}

std::vector<Violation> CheckCommands(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  std::size_t looked_at = 0;
  for (const CommandLine& line : CommandLinesOf(request)) {
    if (++looked_at % 8 == 0 && request.deadline.passed()) break;
    LookAt(line, params, violations);
  }
  return violations;
}

}  // namespace

CheckKind Commands() {
  return {
      "commands",
      "containers and exec must not run what attackers run",
      "run the program that the image is made for; tools for debugging belong into a debug "
      "container",
      {.operations = {Operation::kCreate, Operation::kUpdate, Operation::kConnect},
       .pod_specs = true},
      Bind<Params>({{"patterns", "reverseShell, networkTool, miner, escape, copy", kOptional,
                     &Params::patterns},
                    {"extra", "further expressions, each with a name", kOptional, &Params::extra}},
                   CheckCommands, Prepare)};
}

}  // namespace tidewaiter
