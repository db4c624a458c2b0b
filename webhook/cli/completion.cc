#include <fmt/core.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "webhook/cli/command.h"
#include "webhook/cli/result.h"

// Completion scripts of three shells, made from the commands and flags themselves.
namespace tidewaiter {
namespace {

struct Flag {
  std::vector<std::string> names;  // "--output", "-o"
  std::string description;
  std::vector<std::string> values;  // those that it takes, if they are few
  bool takes_value = false;
  bool takes_file = false;
  bool repeatable = false;
};

struct Described {
  std::string name;
  std::string description;
  std::vector<Flag> flags;
  std::vector<std::string> words;  // of its positional argument
  bool takes_files = false;        // as positional arguments
};

// The words of a set as CLI11 shows them: "TEXT:{text,json}".
std::vector<std::string> ValuesIn(const std::string& type) {
  std::vector<std::string> values;
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return values;
  for (std::size_t at = open + 1; at < close;) {
    const std::size_t end = std::min(type.find(',', at), close);
    values.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return values;
}

bool IsFile(const std::string& type) {
  return type.find("FILE") != std::string::npos || type.find("DIR") != std::string::npos ||
         type.find("PATH") != std::string::npos;
}

Flag DescribeFlag(const CLI::Option& option) {
  Flag flag;
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  flag.description = option.get_description();
  const std::string type = option.get_type_name();
  flag.values = ValuesIn(type);
  flag.takes_value = option.get_items_expected_max() > 0;
  flag.takes_file = IsFile(type);
  flag.repeatable = option.get_expected_max() > 1;
  return flag;
}

Described DescribeCommand(const CLI::App& command) {
  Described described{command.get_name(), command.get_description(), {}, {}, false};
  for (const CLI::Option* const option : command.get_options()) {
    if (option->get_positional()) {
      described.words = ValuesIn(option->get_type_name());
      described.takes_files = IsFile(option->get_type_name());
    } else {
      described.flags.push_back(DescribeFlag(*option));
    }
  }
  return described;
}

std::vector<Described> DescribeAll(const CLI::App& root) {
  std::vector<Described> all;
  for (const CLI::App* const command : root.get_subcommands({})) {
    all.push_back(DescribeCommand(*command));
  }
  return all;
}

std::string Join(const std::vector<std::string>& words, std::string_view between) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += between;
    joined += word;
  }
  return joined;
}

// A word in single quotes, as every shell of the three reads it.
std::string Quoted(std::string_view text, bool is_fish = false) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += is_fish ? "\\'" : "'\\''";
    } else if (c == '\\' && is_fish) {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string Bash(const std::vector<Described>& commands) {
  std::string values;
  std::string words;
  std::vector<std::string> names;
  for (const Described& command : commands) {
    names.push_back(command.name);
    std::vector<std::string> all = command.words;
    for (const Flag& flag : command.flags) {
      all.insert(all.end(), flag.names.begin(), flag.names.end());
      if (!flag.takes_value) continue;
      std::vector<std::string> cases;
      for (const std::string& name : flag.names) cases.push_back(command.name + ":" + name);
      const std::string action = flag.takes_file       ? "files"
                                 : flag.values.empty() ? "return"
                                                       : "words " + Quoted(Join(flag.values, " "));
      values += fmt::format("    {}) {} ;;\n", Join(cases, " | "),
                            action == "return" ? action : "_tidewaiter_" + action + "; return");
    }
    words += fmt::format(
        "    {}) {}_tidewaiter_words {} ;;\n", command.name,
        command.takes_files ? "[[ $current != -* ]] && { _tidewaiter_files; return; }; " : "",
        Quoted(Join(all, " ")));
  }
  return fmt::format(R"(# Bash completion of tidewaiter: source <(tidewaiter completion bash)
_tidewaiter_words() {{
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}}
_tidewaiter_files() {{
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
}}
_tidewaiter() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  COMPREPLY=()
  # Bash takes --flag=value apart: the "=" is a word.
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $before == "=" ]]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    _tidewaiter_words {}
    return
  fi
  case "${{COMP_WORDS[1]}}:$before" in
{}  esac
  case "${{COMP_WORDS[1]}}" in
{}  esac
}}
complete -F _tidewaiter tidewaiter
)",
                     Quoted(Join(names, " ") + " --help"), values, words);
}

// Text inside the brackets and colons of _arguments.
std::string ZshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string ZshFlag(const Flag& flag) {
  std::string lines;
  for (const std::string& name : flag.names) {
    // A flag may stand once, unless it is repeatable; its other names then go with it.
    const std::string once = flag.repeatable ? "*" : fmt::format("({})", Join(flag.names, " "));
    std::string value;
    if (flag.takes_value) {
      value = flag.takes_file       ? ":file:_files"
              : flag.values.empty() ? ":value: "
                                    : fmt::format(":value:({})", Join(flag.values, " "));
    }
    lines += fmt::format(" \\\n        {}", Quoted(fmt::format("{}{}[{}]{}", once, name,
                                                               ZshText(flag.description), value)));
  }
  return lines;
}

std::string Zsh(const std::vector<Described>& commands) {
  std::string names;
  std::string cases;
  for (const Described& command : commands) {
    names += fmt::format("    {}\n",
                         Quoted(fmt::format("{}:{}", command.name, ZshText(command.description))));
    cases += fmt::format("    {})\n      _arguments", command.name);
    for (const Flag& flag : command.flags) cases += ZshFlag(flag);
    if (!command.words.empty()) {
      cases += fmt::format(" \\\n        {}",
                           Quoted(fmt::format("1:word:({})", Join(command.words, " "))));
    }
    if (command.takes_files) cases += " \\\n        '*:file:_files'";
    cases += "\n      ;;\n";
  }
  return fmt::format(R"(#compdef tidewaiter
# Zsh completion of tidewaiter: tidewaiter completion zsh > "${{fpath[1]}}/_tidewaiter"
_tidewaiter() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
{}  esac
}}
if [[ "$funcstack[1]" == "_tidewaiter" ]]; then
  _tidewaiter "$@"
else
  compdef _tidewaiter tidewaiter
fi
)",
                     names, cases);
}

std::string Fish(const std::vector<Described>& commands) {
  std::string out =
      "# Fish completion of tidewaiter: tidewaiter completion fish | source\n"
      "complete -c tidewaiter -f\n";
  for (const Described& command : commands) {
    out += fmt::format("complete -c tidewaiter -n __fish_use_subcommand -a {} -d {}\n",
                       command.name, Quoted(command.description, true));
    const std::string here =
        fmt::format("complete -c tidewaiter -n '__fish_seen_subcommand_from {}'", command.name);
    if (!command.words.empty()) {
      out += fmt::format("{} -a {}\n", here, Quoted(Join(command.words, " "), true));
    }
    if (command.takes_files) out += here + " -F\n";
    for (const Flag& flag : command.flags) {
      out += here;
      for (const std::string& name : flag.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (flag.takes_value) out += flag.takes_file ? " -r -F" : " -x";
      if (!flag.values.empty()) out += " -a " + Quoted(Join(flag.values, " "), true);
      out += " -d " + Quoted(flag.description, true) + "\n";
    }
  }
  return out;
}

int Run(const CLI::App& root, const std::string& shell) {
  const std::vector<Described> commands = DescribeAll(root);
  const std::string script = shell == "bash"  ? Bash(commands)
                             : shell == "zsh" ? Zsh(commands)
                                              : Fish(commands);
  std::string error;
  if (WriteResult(script, "", error)) return kClean;
  WriteError(fmt::format("tidewaiter: {}\n", error));
  return kUsage;
}

}  // namespace

Command AddCompletion(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  app.add_option("shell", *shell, "Whose script to print")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  app.footer(
      "Examples:\n"
      "  source <(tidewaiter completion bash)\n"
      "  tidewaiter completion zsh > \"${fpath[1]}/_tidewaiter\"\n"
      "  tidewaiter completion fish | source");
  return [shell, &app] { return Run(*app.get_parent(), *shell); };
}

}  // namespace tidewaiter
