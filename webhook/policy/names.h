#pragma once

#include <string_view>

#include "webhook/base/fields.h"

// Names that Kubernetes gives, as an operator's file may write them.
namespace tidewaiter {

// What a name of a namespace, and of a document of ours, looks like: RFC 1123.
bool IsDnsLabel(std::string_view name);
Shape DnsLabelShape();

// Tells of each entry of the list `key` of a map that is no name of a namespace or, for patterns,
// that matches none. What is no list of texts has been told already.
void CheckNamespaceNames(const YamlNode& map, std::string_view key, YamlContext& context);
void CheckNamespacePatterns(const YamlNode& map, std::string_view key, YamlContext& context);
// Lists of those.
Shape NamespaceNamesShape();
Shape NamespacePatternsShape();

// The texts of the list `key` of a map, where it has them.
std::vector<const YamlNode*> TextsOf(const YamlNode& map, std::string_view key);

}  // namespace tidewaiter
