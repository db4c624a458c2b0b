#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/kubernetes/admission_request.h"

namespace tidewaiter {

// One text in which a request says what is to be run.
struct CommandLine {
  enum class Origin : std::uint8_t { kStart, kHook, kEnvironment, kExec };

  Origin origin = Origin::kStart;
  const PodSpec* pod = nullptr;          // null for kExec
  const Container* container = nullptr;  // null for kExec
  std::string_view hook;                 // of kHook: livenessProbe, lifecycle.postStart, ...
  // The words with a blank between them; of kEnvironment the values, each on a line.
  std::string text;
  bool whole = true;  // false: the text ends at a limit, and there is more of it

  // Where the word stands that has this byte of the text: "spec.containers[0].args[2]",
  // "spec.containers[0].image", "spec.containers[0].env[1].value", or of kExec "command[2]".
  std::string FieldAt(std::size_t offset) const;
  // "the command of container "app"", for a message.
  std::string ToString() const;

  // How FieldAt finds it: where each word begins, and of kEnvironment the index of the first.
  std::vector<std::uint32_t> begins;
  std::size_t first_variable = 0;
};

// No text is longer, and all texts of a request together have at most kMostCommandBytes. What is
// beyond is left out, and the text says so.
inline constexpr std::size_t kLongestCommand = 64 << 10;
inline constexpr std::size_t kMostCommandBytes = 1 << 20;

// Every place of a request that names something to run: command and args of all containers (one
// text; without a command the last part of the image's name is its first word, since the image's
// own entry point is likely of that name), the commands of probes and lifecycle hooks, the literal
// values of env, and the command of an exec.
//
// $(VAR) stands for the variable's value as the kubelet has it: in command, args, and in variables
// further down all literal ones so far; in probes the value as it is written; in lifecycle hooks
// and exec nothing is replaced. $$( is $(, and what is not known stays.
std::vector<CommandLine> CommandLinesOf(const AdmissionRequest& request);

}  // namespace tidewaiter
