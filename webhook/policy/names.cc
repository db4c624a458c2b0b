#include "webhook/policy/names.h"

#include <algorithm>

namespace tidewaiter {
namespace {

bool IsWord(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

bool IsDnsLabel(std::string_view name) {
  return !name.empty() && name.size() <= 63 && IsWord(name.front()) && IsWord(name.back()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsWord(c) || c == '-'; });
}

Shape DnsLabelShape() { return TextShape("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"); }
Shape NamespaceNamesShape() { return ListShape(DnsLabelShape()); }
Shape NamespacePatternsShape() { return ListShape(TextShape("^[a-z0-9*?-]+$")); }

std::vector<const YamlNode*> TextsOf(const YamlNode& map, std::string_view key) {
  std::vector<const YamlNode*> texts;
  const YamlNode* const list = map.Find(key);
  if (list == nullptr) return texts;
  for (const YamlNode& item : list->items) {
    if (item.kind == YamlKind::kScalar && !item.text.empty()) texts.push_back(&item);
  }
  return texts;
}

void CheckNamespaceNames(const YamlNode& map, std::string_view key, YamlContext& context) {
  for (const YamlNode* const item : TextsOf(map, key)) {
    if (Glob::IsGlob(item->text) || IsDnsLabel(item->text)) continue;
    context.Error(*item, fmt::format("no namespace can be named {}: at most 63 of a-z, 0-9 and -, "
                                     "with a letter or digit at both ends",
                                     Quote(item->text, 64)));
  }
}

void CheckNamespacePatterns(const YamlNode& map, std::string_view key, YamlContext& context) {
  const auto possible = [](char c) { return IsWord(c) || c == '-' || c == '*' || c == '?'; };
  for (const YamlNode* const item : TextsOf(map, key)) {
    if (std::all_of(item->text.begin(), item->text.end(), possible)) continue;
    context.Error(*item, fmt::format("no namespace can match {}: a pattern has a-z, 0-9, -, * and "
                                     "?",
                                     Quote(item->text, 64)));
  }
}

}  // namespace tidewaiter
