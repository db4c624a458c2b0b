#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"

// YAML as a tree of values that know where they stand.
//
// Two dialects. A policy file is strict: anchors, aliases, merge keys and tags are errors, so that
// what a reviewer reads is what is loaded. A manifest is read as kubectl reads it (YAML 1.1 as in
// go-yaml 2): aliases and merge keys are applied, at most `kMaxManifestNodes` nodes a document.
namespace tidewaiter {

inline constexpr std::size_t kMaxPolicyFileBytes = 1 << 20;
inline constexpr std::size_t kMaxManifestNodes = 100'000;

enum class YamlKind { kNull, kScalar, kSequence, kMap };

struct YamlNode {
  struct Entry;

  YamlKind kind = YamlKind::kNull;
  bool plain = false;           // a scalar without quotes: its type follows from its text
  std::string text;             // of a scalar
  int line = 0;                 // from 1
  int column = 0;               // from 1, in bytes
  std::vector<YamlNode> items;  // of a sequence
  std::vector<Entry> entries;   // of a map, in the order of the file

  const YamlNode* Find(std::string_view key) const;
};

struct YamlNode::Entry {
  YamlNode key;
  YamlNode value;
};

// "a string", "a list", "a map": for messages.
std::string_view YamlKindName(const YamlNode& node);

enum class YamlDialect { kPolicy, kManifest };

// All documents of a text. Empty documents are left out. Nothing, with diagnostics, if any is
// broken: bad syntax, invalid UTF-8, a byte order mark in a policy, duplicate keys at any level,
// what the dialect forbids, too many nodes, too many levels.
std::optional<std::vector<YamlNode>> ParseYaml(const std::string& file, std::string_view text,
                                               YamlDialect dialect, Diagnostics& diagnostics);

// A manifest's document as the JSON that kubectl would send. Plain scalars become what YAML 1.1
// makes of them: yes, on, y are booleans; 010 is 8; 0x1F is 31; 1_000 is 1000.
std::string YamlToJson(const YamlNode& node);

// Where the value at a field path stands, "spec.containers[0].image": its key if it has one, else
// itself; if there is none, the nearest that is above it.
SourceLocation LocateYaml(const std::string& file, const YamlNode& node, std::string_view path);

// A JSON text as YAML in block style, with the layout of kubectl's output. Readers of YAML 1.1 and
// of 1.2 get the same values back. Empty if the text is no JSON.
std::string JsonToYaml(std::string json);

}  // namespace tidewaiter
