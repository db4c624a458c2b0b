#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "webhook/base/fields.h"
#include "webhook/base/pattern.h"
#include "webhook/kubernetes/command_line.h"

// What the check `commands` looks for in the texts that a request would have run.
namespace tidewaiter {

enum class CommandPattern : std::uint8_t {
  kReverseShell,  // a shell whose input and output are a network connection
  kNetworkTool,   // netcat, nmap, tunnels and the like, where a command is named
  kMiner,         // a miner of cryptocurrency, its protocol or its options
  kEscape,        // what leaves a container for its node
  kCopy,          // what `kubectl cp` runs in a container
};

Words<CommandPattern> WordsOf(CommandPattern);

struct CommandMatch {
  std::size_t offset = 0;  // in the line's text
  std::string what;        // "a reverse shell (netcat with -e)": of a fixed list
};

// The first match in a line, if it is of an origin in which the pattern is looked for: tools and
// copies are none in the environment, and copies only in an exec.
std::optional<CommandMatch> FindPattern(CommandPattern pattern, const CommandLine& line);

// Matches what any of the patterns may match: one pass for most lines, which match nothing.
Regex AnyOf(std::span<const CommandPattern> patterns);

}  // namespace tidewaiter
