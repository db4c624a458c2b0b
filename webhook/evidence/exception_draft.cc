#include "webhook/evidence/exception_draft.h"

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/json.h"
#include "webhook/base/pattern.h"
#include "webhook/base/text.h"
#include "webhook/kubernetes/image_reference.h"

namespace tidewaiter {
namespace {

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A scalar that every reader of YAML takes for this text, and no reader for anything else.
std::string YamlText(const std::string& text) {
  static const std::set<std::string> kWords = {"y",   "n",    "yes",   "no",  "on",
                                               "off", "true", "false", "null"};
  const bool plain = !text.empty() && text[0] >= 'A' && !kWords.contains(text) &&
                     std::all_of(text.begin(), text.end(), [](char c) {
                       return IsWordCharacter(c) || c == '-' || c == '.' || c == '/';
                     });
  if (plain) return text;
  JsonWriter json;
  json.String(text);
  return std::string(json.text());
}

std::string YamlList(const std::set<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + YamlText(word);
  return "[" + list + "]";
}

// "registry/repository"; empty if the text is no image reference.
std::string RepositoryOf(std::string_view image) {
  std::string error;
  const auto reference = ParseImageReference(image, error);
  return reference ? reference->registry + "/" + reference->repository : "";
}

// The name as an exception matches it, now and after the next roll-out.
std::string NamePattern(std::string_view name, const Workload& workload) {
  const std::string prefix = workload.name + "-";
  return name.size() > prefix.size() && name.starts_with(prefix) ? prefix + "*" : std::string(name);
}

// A DNS label of those words.
std::string Label(std::string_view text) {
  std::string label;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool fits = IsWordCharacter(lower);
    if (fits || (!label.empty() && label.back() != '-')) label += fits ? lower : '-';
  }
  label.resize(std::min<std::size_t>(label.size(), 59));  // room for a number
  while (label.ends_with('-')) label.pop_back();
  return label.empty() ? "exception" : label;
}

}  // namespace

// Policies that one exception can name, since they ask for the same.
struct ExceptionDrafts::Group {
  std::string name_space;
  std::string workload;
  std::set<std::string> policies;
  Draft draft;
};

void ExceptionDrafts::Add(const FilteredDecision& filtered) {
  if (filtered.refusing.empty()) return;
  const LoggedDecision& decision = filtered.decision;
  const Workload workload = WorkloadOf(decision);
  std::set<Draft*> counted;
  for (const LoggedFinding* const finding : filtered.refusing) {
    Draft& draft = drafts_[{std::string(decision.name_space), workload.ToString(),
                            std::string(finding->policy), decision.operation == "CONNECT"}];
    if (counted.insert(&draft).second) {
      ++draft.decisions;
      if (draft.first.empty() || decision.time < draft.first) draft.first = decision.time;
      if (decision.time > draft.last) draft.last = decision.time;
    }
    AddFinding(filtered, *finding, workload, draft);
  }
}

void ExceptionDrafts::AddFinding(const FilteredDecision& filtered, const LoggedFinding& finding,
                                 const Workload& workload, Draft& draft) const {
  const LoggedDecision& decision = filtered.decision;
  const std::string name = NamePattern(decision.name, workload);
  const std::string_view fixed =
      std::string_view(name).substr(0, name.size() - name.ends_with('*'));
  if (decision.name_space.empty()) draft.obstacle = "an exception needs a namespace";
  if (fixed.empty() || Glob::IsGlob(fixed)) draft.obstacle = "the log has no name to match";
  draft.names.insert(name);
  if (decision.operation == "CONNECT") {
    if (Glob::IsGlob(decision.user)) draft.obstacle = "the user's name reads as a pattern";
    draft.users.insert(std::string(decision.user));
    return;
  }
  draft.kinds.insert(std::string(decision.kind));
  if (finding.container.empty()) {
    draft.whole_pod = true;
  } else {
    draft.containers.insert(std::string(finding.container));
  }
  std::vector<std::string_view> images = decision.images;
  if (!finding.image.empty()) images = {finding.image};
  if (images.empty() && decision.truncated) draft.obstacle = "the log line had no room for images";
  for (const std::string_view image : images) {
    std::string repository = RepositoryOf(image);
    if (repository.empty()) draft.obstacle = Quote(image, 128) + " is no image reference";
    draft.images.insert(std::move(repository));
  }
}

std::vector<ExceptionDrafts::Group> ExceptionDrafts::Groups() const {
  std::vector<Group> groups;
  for (const auto& [key, draft] : drafts_) {
    const auto& [name_space, workload, policy, connect] = key;
    const auto same = [&, &space = name_space, &work = workload, &one = draft](const Group& group) {
      const Draft& other = group.draft;
      const auto narrowing = [](const Draft& d) {
        return std::tie(d.kinds, d.names, d.images, d.containers, d.users, d.whole_pod, d.obstacle);
      };
      return group.name_space == space && group.workload == work &&
             narrowing(other) == narrowing(one);
    };
    // The map's order keeps those of one workload together.
    auto found = groups.end();
    for (auto at = groups.end(); at != groups.begin();) {
      --at;
      if (at->name_space != name_space || at->workload != workload) break;
      if (same(*at)) found = at;
    }
    if (found == groups.end()) {
      groups.push_back({name_space, workload, {policy}, draft});
      continue;
    }
    found->policies.insert(policy);
    found->draft.decisions = std::max(found->draft.decisions, draft.decisions);
    found->draft.first = std::min(found->draft.first, draft.first);
    found->draft.last = std::max(found->draft.last, draft.last);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.draft.decisions > b.draft.decisions;
  });
  return groups;
}

std::string ExceptionDrafts::Render(std::size_t top) const {
  std::vector<Group> groups = Groups();
  if (top > 0 && groups.size() > top) groups.resize(top);
  std::set<std::string> names;
  std::string text;
  for (const auto& [name_space, workload, policies, draft] : groups) {
    if (!text.empty()) text += "---\n";
    text += fmt::format("# {} in {}: {}, {} to {}\n", workload,
                        name_space.empty() ? "the cluster" : PrintableText(name_space),
                        Count(draft.decisions, "refusal", "refusals"), draft.first.substr(0, 10),
                        draft.last.substr(0, 10));
    if (!draft.obstacle.empty()) {
      text += fmt::format("# no exception from {} can be drafted: {}\n", YamlList(policies),
                          draft.obstacle);
      continue;
    }
    const std::string label = Label(fmt::format(
        "{}-{}-{}", name_space, workload.substr(workload.find('/') + 1), *policies.begin()));
    std::string name = label;
    for (int n = 2; !names.insert(name).second; ++n) name = fmt::format("{}-{}", label, n);
    text += fmt::format(
        "apiVersion: tidewaiter.io/v1alpha1\nkind: PolicyException\n"
        "metadata:\n  name: {}\nspec:\n  policies: {}\n  match:\n"
        "    namespaces: [{}]\n",
        YamlText(name), YamlList(policies), YamlText(name_space));
    const auto list = [&](std::string_view key, const std::set<std::string>& words) {
      if (!words.empty()) text += fmt::format("    {}: {}\n", key, YamlList(words));
    };
    list("kinds", draft.kinds);
    list("names", draft.names);
    list("images", draft.images);
    if (!draft.whole_pod) list("containers", draft.containers);
    list("users", draft.users);
    text +=
        "  owner: \"\"    # who answers for it\n"
        "  reason: \"\"   # why it must be allowed\n"
        "  expires: \"\"  # until when: a date, at most 366 days ahead\n";
  }
  return text;
}

}  // namespace tidewaiter
