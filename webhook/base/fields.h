#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/pattern.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml.h"

// How a map of a policy file becomes a struct: a table with one row for each key. The table is the
// only place that knows the key; unknown keys, missing keys and wrong types are told from it.
//
//   const std::vector<Field<Params>>& ParamFields() {
//     static const std::vector<Field<Params>> kFields = {
//         {"allow", "ports that may be used", kOptional, &Params::allow},
//     };
//     return kFields;
//   }
//
// A member of any type that has a ReadValue can stand in a row. ReadValue reports what is wrong to
// the context and leaves the value as it was.
namespace tidewaiter {

// Where the reading is: the file, and who is told what is wrong with it.
class YamlContext {
 public:
  YamlContext(std::string file, Diagnostics& diagnostics)
      : file_(std::move(file)), diagnostics_(diagnostics) {}

  SourceLocation At(const YamlNode& node) const { return {file_, node.line, node.column}; }
  void Error(const YamlNode& node, std::string message) {
    diagnostics_.Error(At(node), std::move(message));
  }
  void Warning(const YamlNode& node, std::string message) {
    diagnostics_.Warning(At(node), std::move(message));
  }
  std::size_t errors() const { return diagnostics_.errors(); }
  // `expected` in words: "true or false".
  void WrongType(const YamlNode& node, std::string_view expected);

 private:
  std::string file_;
  Diagnostics& diagnostics_;
};

// A name that is compared as a whole: a glob in it is a mistake, as it would exempt more than one.
struct WholeName {
  std::string name;
};

// A row of a table of words, for enumerations.
template <class E>
struct Word {
  std::string_view word;
  E value;
};

void ReadValue(const YamlNode& node, bool& value, YamlContext& context);
void ReadValue(const YamlNode& node, std::string& value, YamlContext& context);
void ReadValue(const YamlNode& node, Glob& value, YamlContext& context);
void ReadValue(const YamlNode& node, WholeName& value, YamlContext& context);

// A decimal integer within [low, high]; nothing else, neither 010 nor 0x1F.
bool ReadInteger(const YamlNode& node, std::int64_t low, std::int64_t high, std::int64_t& value,
                 YamlContext& context);

// Says that `node` is none of `words`, and which it may have meant.
void UnknownWord(const YamlNode& node, std::string_view what, const std::vector<std::string>& words,
                 YamlContext& context);

template <class V>
V DefaultValue() {
  return V();
}
template <>
inline Glob DefaultValue<Glob>() {
  return Glob("");
}

template <class V>
void ReadValue(const YamlNode& node, std::vector<V>& values, YamlContext& context) {
  if (node.kind != YamlKind::kSequence) return context.WrongType(node, "a list");
  values.clear();
  for (const YamlNode& item : node.items) {
    V value = DefaultValue<V>();
    const std::size_t errors = context.errors();
    ReadValue(item, value, context);
    // What could not be read is told once, and not again by whoever looks at the list.
    if (context.errors() == errors) values.push_back(std::move(value));
  }
}

// Reads one of the words of a table.
template <class E, std::size_t N>
void ReadWord(const YamlNode& node, std::string_view what, const Word<E> (&words)[N], E& value,
              YamlContext& context) {
  std::vector<std::string> known;
  for (const Word<E>& word : words) {
    if (node.kind == YamlKind::kScalar && node.text == word.word) {
      value = word.value;
      return;
    }
    known.emplace_back(word.word);
  }
  UnknownWord(node, what, known, context);
}

enum Presence { kOptional, kRequired };

// One key of a map that is read into a T.
template <class T>
struct Field {
  using Read = std::function<void(const YamlNode&, T&, YamlContext&)>;

  template <class V>
  Field(std::string field_key, std::string field_summary, Presence field_presence, V T::*member)
      : Field(std::move(field_key), std::move(field_summary), field_presence,
              [member](const YamlNode& node, T& object, YamlContext& context) {
                ReadValue(node, object.*member, context);
              }) {}
  Field(std::string field_key, std::string field_summary, Presence field_presence, Read field_read)
      : key(std::move(field_key)),
        summary(std::move(field_summary)),
        presence(field_presence),
        read(std::move(field_read)) {}

  std::string key;
  std::string summary;  // for people: what the key says
  Presence presence;
  Read read;
};

// Reads a map by its table.
template <class T>
void ReadFields(const YamlNode& node, const std::vector<Field<T>>& fields, T& object,
                YamlContext& context) {
  if (node.kind != YamlKind::kMap) return context.WrongType(node, "a map");
  std::vector<std::string> keys;
  for (const Field<T>& field : fields) keys.push_back(field.key);
  for (const auto& [key, value] : node.entries) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field<T>& f) { return f.key == key.text; });
    if (field == fields.end()) {
      UnknownWord(key, "key", keys, context);
    } else {
      field->read(value, object, context);
    }
  }
  for (const Field<T>& field : fields) {
    if (field.presence == kRequired && node.Find(field.key) == nullptr) {
      context.Error(node, fmt::format("missing key \"{}\": {}", field.key, field.summary));
    }
  }
}

}  // namespace tidewaiter
