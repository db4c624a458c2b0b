#include "webhook/base/yaml.h"

#include <fmt/core.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml_scalar.h"

namespace tidewaiter {
namespace {

constexpr std::size_t kMaxLevels = 60;  // a review adds three of its own to a manifest's
constexpr std::string_view kMergeKey = "<<";

std::size_t Levels(const YamlNode& node) {
  std::size_t below = 0;
  for (const YamlNode& item : node.items) below = std::max(below, Levels(item));
  for (const auto& [key, value] : node.entries) below = std::max(below, Levels(value));
  return below + 1;
}

std::size_t Nodes(const YamlNode& node) {
  std::size_t nodes = 1;
  for (const YamlNode& item : node.items) nodes += Nodes(item);
  for (const auto& [key, value] : node.entries) nodes += 1 + Nodes(value);
  return nodes;
}

// Thrown through yaml-cpp's parser, and caught below, to end it early.
struct Stop {
  YAML::Mark mark;
  std::string message;
};

// Builds the tree of one document from the parser's events.
class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& file, YamlDialect dialect, Diagnostics& diagnostics)
      : file_(file), dialect_(dialect), diagnostics_(diagnostics) {}

  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(mark, anchor, Make(mark, YamlKind::kNull));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (dialect_ == YamlDialect::kPolicy) {
      Error(mark, "aliases are not allowed in a policy file; write the value out");
      return Add(mark, 0, Make(mark, YamlKind::kNull));
    }
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) throw Stop{mark, "alias inside the value that it names"};
    YamlNode copy = found->second;
    CountNodes(mark, Nodes(copy));
    if (open_.size() + Levels(copy) > kMaxLevels) throw Stop{mark, TooDeep()};
    copy.line = mark.line + 1;
    copy.column = mark.column + 1;
    Add(mark, 0, std::move(copy));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = Make(mark, YamlKind::kScalar);
    node.plain = tag == "?";
    node.text = value;
    if (tag != "?" && tag != "!" && !tag.empty()) {
      CheckTag(mark, tag);
      node.plain = tag != "tag:yaml.org,2002:str";
    }
    Add(mark, anchor, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlKind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlKind::kMap);
  }
  void OnMapEnd() override {
    YamlNode& map = open_.back().node;
    CheckDuplicates(map);
    Merge(map);
    Close();
  }

 private:
  struct Level {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;  // of a map: read, and waiting for its value
  };

  static YamlNode Make(const YAML::Mark& mark, YamlKind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  static std::string TooDeep() { return fmt::format("nesting deeper than {} levels", kMaxLevels); }

  void Error(const YAML::Mark& mark, std::string message) {
    diagnostics_.Error({file_, mark.line + 1, mark.column + 1}, std::move(message));
  }

  void CountNodes(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMaxManifestNodes) {
      throw Stop{mark, fmt::format("document of more than {} values", kMaxManifestNodes)};
    }
  }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag == "?" || tag == "!" || tag.empty()) return;
    if (dialect_ == YamlDialect::kPolicy) {
      Error(mark, fmt::format("tags are not allowed in a policy file: {}", Quote(tag, 64)));
    } else if (!tag.starts_with("tag:yaml.org,2002:") || tag.ends_with(":binary")) {
      Error(mark, fmt::format("unsupported tag {}", Quote(tag, 64)));
    }
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    CheckTag(mark, tag);
    if (open_.size() >= kMaxLevels) throw Stop{mark, TooDeep()};
    open_.push_back({Make(mark, kind), anchor, std::nullopt});
  }

  void Close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    const YAML::Mark mark = MarkOf(level.node);
    Add(mark, level.anchor, std::move(level.node));
  }

  static YAML::Mark MarkOf(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }

  void Add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    CountNodes(mark, 1);
    if (anchor != 0) {
      if (dialect_ == YamlDialect::kPolicy) {
        Error(mark, "anchors are not allowed in a policy file");
      }
      anchored_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Level& level = open_.back(); level.node.kind == YamlKind::kSequence) {
      level.node.items.push_back(std::move(node));
    } else if (!level.key) {
      if (node.kind == YamlKind::kMap || node.kind == YamlKind::kSequence) {
        throw Stop{mark, "a key must be a single word, not a map or a list"};
      }
      if (dialect_ == YamlDialect::kManifest && node.plain && node.text != kMergeKey) {
        node.text = Yaml11Key(node.text);
      }
      level.key = std::move(node);
    } else {
      if (node.kind == YamlKind::kNull && node.line > level.key->line) {
        // A value that is left out: the parser's mark is where the next thing stands.
        node.line = level.key->line;
        node.column = level.key->column;
      }
      level.node.entries.push_back({std::move(*level.key), std::move(node)});
      level.key.reset();
    }
  }

  void CheckDuplicates(const YamlNode& map) {
    std::set<std::string_view> seen;
    for (const auto& [key, value] : map.entries) {
      if (!seen.insert(key.text).second) {
        Error(MarkOf(key), fmt::format("duplicate key {}", Quote(key.text, 64)));
      }
    }
  }

  void Merge(YamlNode& map) {
    const auto is_merge = [](const YamlNode::Entry& entry) {
      return entry.key.plain && entry.key.text == kMergeKey;
    };
    const auto found = std::find_if(map.entries.begin(), map.entries.end(), is_merge);
    if (found == map.entries.end()) return;
    if (dialect_ == YamlDialect::kPolicy) {
      return Error(MarkOf(found->key), "merge keys are not allowed in a policy file");
    }
    const auto position = static_cast<std::size_t>(found - map.entries.begin());
    const YamlNode source = std::move(found->value);
    map.entries.erase(found);
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < map.entries.size(); ++i) index[map.entries[i].key.text] = i;
    // go-yaml 2 goes through a map from top to bottom: a merge replaces what stands above it, and
    // is replaced by what stands below. Among several merged maps the first wins.
    std::set<std::string> merged;
    const bool is_list = source.kind == YamlKind::kSequence;
    for (std::size_t i = 0; i < (is_list ? source.items.size() : 1); ++i) {
      const YamlNode& from = is_list ? source.items[i] : source;
      if (from.kind != YamlKind::kMap) {
        throw Stop{MarkOf(source), "a merge key takes a map or a list of maps"};
      }
      for (const YamlNode::Entry& entry : from.entries) {
        if (!merged.insert(entry.key.text).second) continue;
        const auto [known, is_new] = index.emplace(entry.key.text, map.entries.size());
        if (is_new) {
          map.entries.push_back(entry);
        } else if (known->second < position) {
          map.entries[known->second] = entry;
        }
      }
    }
  }

  const std::string& file_;
  const YamlDialect dialect_;
  Diagnostics& diagnostics_;
  YamlNode root_;
  std::vector<Level> open_;
  std::unordered_map<YAML::anchor_t, YamlNode> anchored_;
  std::size_t nodes_ = 0;
};

// A carriage return alone, U+0085, U+2028 or U+2029: YAML 1.1, which kubectl reads, ends a line
// there, and with it a comment. A person who reviews the file sees something else.
std::size_t FindStrangeLineBreak(std::string_view text) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view line_break : {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    first = std::min(first, text.find(line_break));
  }
  for (std::size_t at = text.find('\r'); at < first; at = text.find('\r', at + 1)) {
    if (!text.substr(at + 1).starts_with('\n')) return at;
  }
  return first;
}

// The parser takes the end of the text for the end of an open quote, and with it what was to
// follow. A document's end, on a line of its own, it does not.
std::string WithDocumentEnd(std::string_view text) {
  return std::string(text) + (text.ends_with('\n') ? "...\n" : "");
}

bool CheckText(const std::string& file, std::string_view text, YamlDialect dialect,
               Diagnostics& diagnostics) {
  if (const std::size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos) {
    diagnostics.Error(LocateOffset(file, text, bad), "invalid UTF-8");
    return false;
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    diagnostics.Error(LocateOffset(file, text, nul), "NUL byte");
    return false;
  }
  if (const std::size_t bad = FindStrangeLineBreak(text); bad != std::string_view::npos) {
    diagnostics.Error(LocateOffset(file, text, bad),
                      "line break that some readers of YAML see and others do not; end lines with "
                      "a line feed");
    return false;
  }
  if (dialect == YamlDialect::kPolicy && text.starts_with("\xef\xbb\xbf")) {
    diagnostics.Error({file, 1, 1}, "byte order mark; save the file as UTF-8 without one");
    return false;
  }
  if (dialect == YamlDialect::kPolicy && text.size() > kMaxPolicyFileBytes) {
    diagnostics.Error({file, 0, 0}, fmt::format("file of {} bytes; a policy file has at most {}",
                                                text.size(), kMaxPolicyFileBytes));
    return false;
  }
  return true;
}

void WriteJson(const YamlNode& node, JsonWriter& writer) {
  switch (node.kind) {
    case YamlKind::kNull:
      return writer.Null();
    case YamlKind::kScalar:
      return WriteYaml11Scalar(node.text, node.plain, writer);
    case YamlKind::kSequence:
      writer.StartArray();
      for (const YamlNode& item : node.items) WriteJson(item, writer);
      return writer.EndArray();
    case YamlKind::kMap:
      writer.StartObject();
      for (const auto& [key, value] : node.entries) {
        writer.Key(key.text);
        WriteJson(value, writer);
      }
      return writer.EndObject();
  }
}

// The entry whose key a path begins with; the longest, since a key may hold dots.
const YamlNode::Entry* FirstStep(const YamlNode& map, std::string_view path) {
  const YamlNode::Entry* found = nullptr;
  for (const YamlNode::Entry& entry : map.entries) {
    const std::string& key = entry.key.text;
    const bool begins =
        path.starts_with(key) &&
        (path.size() == key.size() || path[key.size()] == '.' || path[key.size()] == '[');
    if (begins && (found == nullptr || key.size() > found->key.text.size())) found = &entry;
  }
  return found;
}

// The item that a path begins with: "[2].name" is the third. Takes that off the path.
const YamlNode* FirstItem(const YamlNode& sequence, std::string_view& path) {
  const std::size_t close = path.find(']');
  std::size_t index = 0;
  if (!path.starts_with('[') || close == std::string_view::npos) return nullptr;
  const auto [end, error] = std::from_chars(path.data() + 1, path.data() + close, index);
  if (error != std::errc() || end != path.data() + close || index >= sequence.items.size()) {
    return nullptr;
  }
  path.remove_prefix(close + 1);
  return &sequence.items[index];
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key.text == key; });
  return found == entries.end() ? nullptr : &found->value;
}

std::string_view YamlKindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kScalar:
      return node.plain ? "a plain value" : "a string";
    case YamlKind::kSequence:
      return "a list";
    case YamlKind::kMap:
      return "a map";
  }
  return "unknown";
}

std::optional<std::vector<YamlNode>> ParseYaml(const std::string& file, std::string_view text,
                                               YamlDialect dialect, Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.errors();
  if (!CheckText(file, text, dialect, diagnostics)) return std::nullopt;
  std::vector<YamlNode> documents;
  // A stop and yaml-cpp's own errors may come from anywhere below; they end here.
  try {
    std::istringstream stream(WithDocumentEnd(text));
    YAML::Parser parser(stream);
    while (true) {
      Builder builder(file, dialect, diagnostics);
      if (!parser.HandleNextDocument(builder)) break;
      YamlNode root = builder.TakeRoot();
      if (root.kind != YamlKind::kNull) documents.push_back(std::move(root));
    }
  } catch (const Stop& stop) {
    diagnostics.Error({file, stop.mark.line + 1, stop.mark.column + 1}, stop.message);
  } catch (const YAML::DeepRecursion&) {
    diagnostics.Error({file, 0, 0}, fmt::format("nesting deeper than {} levels", kMaxLevels));
  } catch (const YAML::Exception& error) {
    const bool open_quote =
        error.msg == YAML::ErrorMsg::DOC_IN_SCALAR || error.msg == YAML::ErrorMsg::EOF_IN_SCALAR;
    diagnostics.Error({file, error.mark.line + 1, error.mark.column + 1},
                      open_quote ? "not YAML: a quote that was opened above is not closed"
                                 : fmt::format("not YAML: {}", error.msg));
  }
  if (diagnostics.errors() > errors_before) return std::nullopt;
  return documents;
}

std::string YamlToJson(const YamlNode& node) {
  JsonWriter writer;
  WriteJson(node, writer);
  return std::string(writer.text());
}

SourceLocation LocateYaml(const std::string& file, const YamlNode& node, std::string_view path) {
  SourceLocation location{file, node.line, node.column};
  const YamlNode* at = &node;
  while (!path.empty()) {
    if (at->kind == YamlKind::kMap) {
      const YamlNode::Entry* const entry = FirstStep(*at, path);
      if (entry == nullptr) break;
      location.line = entry->key.line;
      location.column = entry->key.column;
      path.remove_prefix(entry->key.text.size());
      at = &entry->value;
    } else {
      at = FirstItem(*at, path);
      if (at == nullptr) break;
      location.line = at->line;
      location.column = at->column;
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return location;
}

}  // namespace tidewaiter
