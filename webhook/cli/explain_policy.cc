#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/base/yaml.h"
#include "webhook/cli/explain.h"
#include "webhook/policy/lint.h"

namespace tidewaiter {
namespace {

using std::chrono::sys_seconds;

// The spec of a policy as it is written: the set keeps no parameters.
YamlNode SpecOf(const Explainable& all, const Policy& policy) {
  for (const SourceFile& file : all.files.files) {
    if (file.name != policy.location.file) continue;
    Diagnostics ignored;
    const auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, ignored);
    for (const YamlNode& document : documents.value_or(std::vector<YamlNode>())) {
      const YamlNode* const metadata = document.Find("metadata");
      const YamlNode* const name = metadata == nullptr ? nullptr : metadata->Find("name");
      const YamlNode* const spec = document.Find("spec");
      if (name == nullptr || spec == nullptr || name->line != policy.location.line) continue;
      return *spec;
    }
  }
  return {};
}

std::string RuleOf(const Explainable& all, const Policy& policy) {
  const CheckKind* const check = all.FindCheck(policy.check_id);
  return fmt::format("{} (check {})", check == nullptr ? "" : check->summary, policy.check_id);
}

std::string ActionsOf(const Policy& policy) {
  std::string text(ActionName(policy.action));
  for (const NamespaceAction& other : policy.actions) {
    std::vector<std::string> patterns;
    for (const Glob& glob : other.namespaces) patterns.push_back(glob.pattern());
    text += fmt::format("; {} in {}", ActionName(other.action), Joined(patterns));
  }
  return text;
}

std::string MatchOf(const Explainable& all, const Policy& policy) {
  const Match& match = policy.match;
  std::vector<std::string> kinds = match.kinds;
  const CheckKind* const check = all.FindCheck(policy.check_id);
  if (kinds.empty() && check != nullptr) kinds = KindsRead(check->reads);
  std::vector<std::string> parts = {InWords(match.operations, kinds)};
  const auto globs = [&](std::string_view word, const std::vector<Glob>& list) {
    std::vector<std::string> patterns;
    for (const Glob& glob : list) patterns.push_back(PrintableText(glob.pattern()));
    if (!patterns.empty()) parts.push_back(fmt::format("{} {}", word, Joined(patterns)));
  };
  const auto names = [&](std::string_view word, const std::vector<WholeName>& list) {
    std::vector<std::string> wholes;
    for (const WholeName& name : list) wholes.push_back(PrintableText(name.name));
    if (!wholes.empty()) parts.push_back(fmt::format("{} {}", word, Joined(wholes)));
  };
  globs("in namespaces", match.namespaces);
  names("not in", match.exclude_namespaces);
  globs("named", match.names);
  globs("by users", match.users);
  names("not by", match.exclude_users);
  globs("by groups", match.groups);
  names("not by groups", match.exclude_groups);
  if (!match.resources.empty()) parts.push_back("resources " + Joined(match.resources));
  return Joined(parts, "; ");
}

// Whether an exception has an effect now, as a word of JSON and in words.
std::pair<std::string_view, std::string> StateOf(const PolicyException& exception,
                                                 sys_seconds now) {
  const std::string day = LastDay(exception.expires.end);
  if (exception.HasExpired(now)) return {"expired", "has expired, its last day was " + day};
  if (exception.IsOverLong(now)) {
    return {"overLong", fmt::format("has no effect, since it ends more than {} days ahead, on {}",
                                    kLongestException.count(), day)};
  }
  if (!exception.InForce(now)) {
    return {"outsideWindow", "in force in its window of the week, its last day is " + day};
  }
  return {"inForce", "in force, its last day is " + day};
}

std::vector<const PolicyException*> ExceptionsFrom(const Explainable& all, const Policy& policy) {
  std::vector<const PolicyException*> exceptions;
  for (const PolicyException& exception : all.set.exceptions) {
    const std::vector<std::string>& names = exception.policies;
    if (std::find(names.begin(), names.end(), policy.name) != names.end()) {
      exceptions.push_back(&exception);
    }
  }
  return exceptions;
}

std::string ExceptionAsText(const PolicyException& exception, sys_seconds now) {
  std::string text =
      fmt::format("  {} ({})\n", exception.name, PrintableText(FormatLocation(exception.location)));
  std::vector<std::string> namespaces;
  for (const WholeName& name : exception.match.namespaces) namespaces.push_back(name.name);
  text += "    " + Paragraph(StateOf(exception, now).second, 4);
  const std::string ticket = exception.ticket.empty() ? "" : ", " + exception.ticket;
  text += "    " + Paragraph(fmt::format("in {}; {}{}: {}", Joined(namespaces),
                                         PrintableText(exception.owner), PrintableText(ticket),
                                         PrintableText(exception.reason)),
                             4);
  return text;
}

std::string Indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    out += "  " + std::string(line) + "\n";
  }
  return out;
}

// A text with its own lines, each of them a paragraph.
std::string Prose(std::string_view text, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!out.empty() && !line.empty()) out += std::string(indent, ' ');
    out += Paragraph(PrintableText(line), indent);
  }
  return out.empty() ? "\n" : out;
}

// What is written under the keys of a table, in its order, with the table's words for them.
std::string WrittenAsText(const YamlNode& node, const std::vector<FieldDescription>& fields,
                          std::size_t indent) {
  const std::string pad(indent, ' ');
  std::string text;
  for (const FieldDescription& field : fields) {
    const YamlNode* const value = node.Find(field.key);
    if (value == nullptr) continue;
    text += fmt::format("{}{}:", pad, field.key);
    if (value->kind == YamlKind::kScalar) {
      text += " " + Prose(value->text, indent + 2);
      continue;
    }
    text += '\n';
    if (value->kind == YamlKind::kMap)
      text += WrittenAsText(*value, field.shape.fields, indent + 2);
    for (const YamlNode& item : value->items) {
      if (item.kind == YamlKind::kScalar) {
        text += fmt::format("{}  - {}", pad, Prose(item.text, indent + 4));
      } else {
        std::string entry = WrittenAsText(item, field.shape.of.at(0).fields, indent + 4);
        if (entry.size() > indent + 2) entry[indent + 2] = '-';
        text += entry;
      }
    }
  }
  return text;
}

void WriteRaw(std::string_view key, const YamlNode* node, JsonWriter& json) {
  if (node == nullptr) return;
  json.Key(key);
  json.Raw(YamlToJson(*node));
}

void WritePlace(const SourceLocation& where, JsonWriter& json) {
  json.Member("file", where.file);
  json.Member("line", std::int64_t{where.line});
  json.Member("column", std::int64_t{where.column});
}

}  // namespace

std::string PolicyAsText(const Explainable& all, const Policy& policy, sys_seconds now) {
  const YamlNode spec = SpecOf(all, policy);
  std::string text = fmt::format("POLICY {} ({})\n\n", policy.name,
                                 PrintableText(FormatLocation(policy.location)));
  text += Entry("Rule", RuleOf(all, policy));
  text += Entry("Looks at", MatchOf(all, policy));
  text += Entry("Action", ActionsOf(policy));
  text += Entry("On update", policy.always_on_update
                                 ? "the same for what the old object had already"
                                 : "what the old object had already is only recorded");
  text += Entry("Severity", SeverityName(policy.severity));
  text += Entry("Fix", policy.fix);
  text += Entry("Contact", PrintableText(policy.contact));
  const YamlNode* const params = spec.Find("params");
  if (params != nullptr) text += "\nParameters\n" + Indented(JsonToYaml(YamlToJson(*params)));
  const std::vector<const PolicyException*> exceptions = ExceptionsFrom(all, policy);
  text += exceptions.empty() ? "\nExceptions   none\n" : "\nExceptions\n";
  for (const PolicyException* const one : exceptions) text += ExceptionAsText(*one, now);
  const YamlNode* const detection = spec.Find("detection");
  if (detection == nullptr) return text;
  return text + "\nDetection\n" +
         WrittenAsText(*detection, DescribeFields(FieldsOf(static_cast<Detection*>(nullptr))), 2);
}

void WritePolicy(const Explainable& all, const Policy& policy, sys_seconds now, JsonWriter& json) {
  const YamlNode spec = SpecOf(all, policy);
  const CheckKind* const check = all.FindCheck(policy.check_id);
  json.StartObject();
  json.Member("name", policy.name);
  WritePlace(policy.location, json);
  json.Member("check", policy.check_id);
  json.Member("summary", check == nullptr ? "" : check->summary);
  json.Member("fix", policy.fix);
  json.Member("action", ActionName(policy.action));
  json.Member("severity", SeverityName(policy.severity));
  json.Member("onUpdate", policy.always_on_update ? "always" : "new");
  json.Member("contact", policy.contact);
  json.Member("looksAt", MatchOf(all, policy));
  for (const char* const key : {"actions", "match", "params", "detection"}) {
    WriteRaw(key, spec.Find(key), json);
  }
  json.Key("exceptions");
  json.StartArray();
  for (const PolicyException* const one : ExceptionsFrom(all, policy)) {
    json.StartObject();
    json.Member("name", one->name);
    WritePlace(one->location, json);
    json.Member("state", StateOf(*one, now).first);
    json.Member("expires", FormatTime(one->expires.end));
    json.Member("owner", one->owner);
    json.Member("reason", one->reason);
    json.Member("ticket", one->ticket);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace tidewaiter
