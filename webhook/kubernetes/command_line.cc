#include "webhook/kubernetes/command_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

using Variables = std::unordered_map<std::string_view, std::string_view>;

// "ncat" of "docker.io/raesene/ncat:7.92@sha256:...".
std::string_view LastPartOf(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const std::size_t slash = image.rfind('/');
  if (slash != std::string_view::npos) image.remove_prefix(slash + 1);
  return image.substr(0, image.find(':'));
}

// Appends as much of `piece` as there is room for; whether that is all of it.
bool AppendWithin(std::size_t most, std::string_view piece, std::string& out) {
  const std::string_view fits = piece.substr(0, most - std::min(most, out.size()));
  out.append(fits);
  return fits.size() == piece.size();
}

// The same with each reference replaced, as k8s.io/kubernetes' expansion.Expand does it. Linear: a
// parenthesis that is not closed is looked for only once.
bool ExpandWithin(std::size_t most, std::string_view text, const Variables& variables,
                  std::string& out) {
  const std::size_t last_close = text.rfind(')');
  for (std::size_t at = 0;;) {
    const std::size_t dollar = text.find('$', at);
    if (!AppendWithin(most, text.substr(at, dollar - at), out)) return false;
    if (dollar == std::string_view::npos) return true;
    std::string_view piece = text.substr(dollar, 2);
    at = std::min(dollar + 2, text.size());
    if (piece == "$$") {
      piece = "$";
    } else if (piece == "$(" && last_close != std::string_view::npos && last_close > dollar) {
      const std::size_t close = text.find(')', at);
      const auto found = variables.find(text.substr(at, close - at));
      at = close + 1;
      piece = found == variables.end() ? text.substr(dollar, at - dollar) : found->second;
    }
    if (!AppendWithin(most, piece, out)) return false;
  }
}

// Puts the texts together within the limits.
class Reader {
 public:
  explicit Reader(const AdmissionRequest& request) : request_(request) {}

  std::vector<CommandLine> Read() {
    if (request_.object && request_.object->connect) {
      CommandLine line;
      line.origin = CommandLine::Origin::kExec;
      AddWords(request_.object->connect->command, nullptr, line);
      Keep(std::move(line));
    }
    if (const PodSpec* const pod = request_.pod()) {
      lines_.reserve(2 * pod->containers.size());
      for (const Container& container : request_.Containers(*pod)) ReadContainer(*pod, container);
    }
    return std::move(lines_);
  }

 private:
  void ReadContainer(const PodSpec& pod, const Container& container) {
    ReadVariables(container);
    CommandLine line;
    line.pod = &pod;
    line.container = &container;
    CommandLine start = line;
    const std::string_view image = LastPartOf(container.image);
    if (container.command.empty()) AddWords({&image, 1}, nullptr, start);
    AddWords(container.command, &expanded_, start);
    AddWords(container.args, &expanded_, start);
    Keep(std::move(start));
    for (const HookCommand& hook : container.hook_commands) {
      CommandLine one = line;
      one.origin = CommandLine::Origin::kHook;
      one.hook = hook.hook;
      AddWords(hook.command, hook.hook.starts_with("lifecycle.") ? nullptr : &written_, one);
      Keep(std::move(one));
    }
    line.origin = CommandLine::Origin::kEnvironment;
    ReadEnvironment(container, line);
  }

  // What each variable of a container comes to, if anything in it refers to one.
  void ReadVariables(const Container& container) {
    expanded_.clear();
    written_.clear();
    values_.clear();
    variables_whole_ = true;
    if (!Refers(container)) return;
    values_.resize(container.env.size());
    for (std::size_t i = 0; i < container.env.size(); ++i) {
      const EnvironmentVariable& variable = container.env[i];
      if (!variable.literal) {
        expanded_.erase(variable.name);
        written_.erase(variable.name);
        continue;
      }
      const std::size_t most = std::min(kLongestCommand, room_);
      if (!ExpandWithin(most, variable.value, expanded_, values_[i])) variables_whole_ = false;
      room_ -= values_[i].size();
      expanded_[variable.name] = values_[i];
      written_[variable.name] = variable.value;
    }
  }

  static bool Refers(const Container& container) {
    const auto refers = [](std::string_view text) {
      return text.find('$') != std::string_view::npos;
    };
    const auto any = [&](const std::vector<std::string_view>& words) {
      return std::any_of(words.begin(), words.end(), refers);
    };
    return any(container.command) || any(container.args) ||
           std::any_of(container.hook_commands.begin(), container.hook_commands.end(),
                       [&](const HookCommand& hook) { return any(hook.command); }) ||
           std::any_of(container.env.begin(), container.env.end(),
                       [&](const EnvironmentVariable& v) { return refers(v.value); });
  }

  // In blocks, as one text is cheaper to look through than many.
  void ReadEnvironment(const Container& container, const CommandLine& empty) {
    CommandLine block = empty;
    for (std::size_t i = 0; i < container.env.size(); ++i) {
      const std::string_view value = values_.empty() ? container.env[i].value : values_[i];
      if (block.text.size() + value.size() >= kLongestCommand && !block.begins.empty()) {
        Keep(std::exchange(block, empty));
      }
      if (block.begins.empty()) block.first_variable = i;
      Add(value, nullptr, ";\n", block);
    }
    Keep(std::move(block));
  }

  void AddWords(std::span<const std::string_view> words, const Variables* variables,
                CommandLine& line) {
    line.begins.reserve(line.begins.size() + words.size());
    for (const std::string_view word : words) Add(word, variables, " ", line);
  }

  void Add(std::string_view word, const Variables* variables, std::string_view between,
           CommandLine& line) {
    if (!line.whole) return;
    const std::size_t most = std::min(kLongestCommand, room_);
    if (!line.begins.empty()) AppendWithin(most, between, line.text);
    line.begins.push_back(static_cast<std::uint32_t>(line.text.size()));
    if (variables == nullptr || variables->empty()) {
      line.whole = AppendWithin(most, word, line.text);
    } else {
      line.whole = ExpandWithin(most, word, *variables, line.text) && variables_whole_;
    }
  }

  // Beyond the limit of all texts one that is not whole is told, and no other.
  void Keep(CommandLine line) {
    if (line.begins.empty() || (line.text.empty() && (line.whole || full_))) return;
    room_ -= line.text.size();
    full_ = full_ || (room_ == 0 && !line.whole);
    lines_.push_back(std::move(line));
  }

  const AdmissionRequest& request_;
  std::size_t room_ = kMostCommandBytes;
  bool full_ = false;
  std::vector<CommandLine> lines_;
  // Of the container at hand. The maps' texts stand in `values_` and in the request.
  std::vector<std::string> values_;
  Variables expanded_;
  Variables written_;
  bool variables_whole_ = true;
};

}  // namespace

std::string CommandLine::FieldAt(std::size_t offset) const {
  const auto after = std::upper_bound(begins.begin(), begins.end(), offset);
  std::size_t word = after == begins.begin() ? 0 : after - begins.begin() - 1;
  if (origin == Origin::kExec) return fmt::format("command[{}]", word);
  const std::string path = pod->PathOf(*container);
  if (origin == Origin::kEnvironment) {
    return fmt::format("{}.env[{}].value", path, first_variable + word);
  }
  if (origin == Origin::kHook) return fmt::format("{}.{}.exec.command[{}]", path, hook, word);
  const std::size_t commands = container->command.size();
  if (word < commands) return fmt::format("{}.command[{}]", path, word);
  if (commands == 0 && word == 0) return path + ".image";
  return fmt::format("{}.args[{}]", path, word - std::max<std::size_t>(commands, 1));
}

std::string CommandLine::ToString() const {
  if (origin == Origin::kExec) return "the command of this exec";
  const std::string_view what = origin == Origin::kStart         ? "command"
                                : origin == Origin::kEnvironment ? "environment"
                                                                 : hook;
  return fmt::format("the {} of container {}", what, Quote(container->name, 64));
}

std::vector<CommandLine> CommandLinesOf(const AdmissionRequest& request) {
  return Reader(request).Read();
}

}  // namespace tidewaiter
