#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/pattern.h"
#include "webhook/base/shape.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml.h"

// How a map of a policy file becomes a struct: a table with one row for each key. The table is the
// only place that knows the key: it is read by it, its mistakes are told from it, and its JSON
// Schema and documentation are made of it.
//
//   struct Params { std::vector<Port> allow; Level level; };
//   const std::vector<Field<Params>>& FieldsOf(const Params*) {
//     static const std::vector<Field<Params>> kFields = {
//         {"allow", "ports that may be used", kOptional, &Params::allow},
//         {"level", "how strict it is", kOptional, &Params::level},
//     };
//     return kFields;
//   }
//
// A member may be of any type that can be read and described:
//   * a struct that has a FieldsOf, an enumeration that has a WordsOf;
//   * a list or an optional of such a type;
//   * any other type with two functions in its own namespace: ReadValue(node, value, context),
//   which
//     tells mistakes to the context and then leaves the value as it was, and ShapeOf(const T*).
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

// A moment at which something stops to hold. A date means the end of that day, UTC.
struct Expiry {
  std::chrono::sys_seconds end;  // the first second at which it holds no more
};

template <std::int64_t kLow, std::int64_t kHigh>
struct Bounded {
  std::int64_t value = kLow;
};

// The words of an enumeration, and what one of them is called in a message: "severity".
template <class E>
struct Word {
  std::string_view word;
  E value;
};
template <class E>
struct Words {
  std::string_view what;
  std::span<const Word<E>> words;
};

template <class T>
struct Field;

template <class T>
concept HasFields = requires(const T* type) {
  FieldsOf(type);
};
template <class E>
concept HasWords = requires(E value) {
  WordsOf(value);
};

// What can be read.

void ReadValue(const YamlNode& node, bool& value, YamlContext& context);
void ReadValue(const YamlNode& node, std::string& value, YamlContext& context);
void ReadValue(const YamlNode& node, Glob& value, YamlContext& context);
void ReadValue(const YamlNode& node, WholeName& value, YamlContext& context);
void ReadValue(const YamlNode& node, Expiry& value, YamlContext& context);
void ReadValue(const YamlNode& node, std::chrono::sys_seconds& value, YamlContext& context);
template <std::int64_t kLow, std::int64_t kHigh>
void ReadValue(const YamlNode& node, Bounded<kLow, kHigh>& value, YamlContext& context);
template <HasFields T>
void ReadValue(const YamlNode& node, T& value, YamlContext& context);
template <HasWords E>
void ReadValue(const YamlNode& node, E& value, YamlContext& context);
template <class V>
void ReadValue(const YamlNode& node, std::vector<V>& values, YamlContext& context);
template <class V>
void ReadValue(const YamlNode& node, std::optional<V>& value, YamlContext& context);

// What it looks like.

Shape ShapeOf(const bool*);
Shape ShapeOf(const std::string*);
Shape ShapeOf(const Glob*);
Shape ShapeOf(const WholeName*);
Shape ShapeOf(const Expiry*);
Shape ShapeOf(const std::chrono::sys_seconds*);
template <std::int64_t kLow, std::int64_t kHigh>
Shape ShapeOf(const Bounded<kLow, kHigh>*);
template <HasFields T>
Shape ShapeOf(const T* type);
template <HasWords E>
Shape ShapeOf(const E*);
template <class V>
Shape ShapeOf(const std::vector<V>*);
template <class V>
Shape ShapeOf(const std::optional<V>*);

// A decimal integer within [low, high]; nothing else, neither 010 nor 0x1F.
bool ReadInteger(const YamlNode& node, std::int64_t low, std::int64_t high, std::int64_t& value,
                 YamlContext& context);

// Says that `node` is none of `words`, and which it may have meant.
void UnknownWord(const YamlNode& node, std::string_view what, const std::vector<std::string>& words,
                 YamlContext& context);

// One key of a map that is read into a T.
template <class T>
struct Field : FieldDescription {
  using Read = std::function<void(const YamlNode&, T&, YamlContext&)>;

  template <class V>
  Field(std::string field_key, std::string field_summary, Presence field_presence, V T::*member)
      : Field(std::move(field_key), std::move(field_summary), field_presence, member,
              ShapeOf(static_cast<const V*>(nullptr))) {}
  // A member of whose type only some values are right; whoever reads the map tells the others.
  template <class V>
  Field(std::string field_key, std::string field_summary, Presence field_presence, V T::*member,
        Shape field_shape)
      : Field(std::move(field_key), std::move(field_summary), field_presence,
              std::move(field_shape),
              [member](const YamlNode& node, T& object, YamlContext& context) {
                ReadValue(node, object.*member, context);
              }) {}
  Field(std::string field_key, std::string field_summary, Presence field_presence,
        Shape field_shape, Read field_read)
      : FieldDescription{std::move(field_key), std::move(field_summary), field_presence,
                         std::move(field_shape)},
        read(std::move(field_read)) {}

  Read read;
};

// A table without its readers: keys, summaries, shapes.
template <class T>
std::vector<FieldDescription> DescribeFields(const std::vector<Field<T>>& fields) {
  return {fields.begin(), fields.end()};
}

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

// A value to be read into. Types without a default constructor say here what they begin with.
template <class V>
V DefaultValue() {
  return V();
}
template <>
inline Glob DefaultValue<Glob>() {
  return Glob("");
}

template <std::int64_t kLow, std::int64_t kHigh>
void ReadValue(const YamlNode& node, Bounded<kLow, kHigh>& value, YamlContext& context) {
  ReadInteger(node, kLow, kHigh, value.value, context);
}

template <HasFields T>
void ReadValue(const YamlNode& node, T& value, YamlContext& context) {
  ReadFields(node, FieldsOf(&value), value, context);
}

template <HasWords E>
void ReadValue(const YamlNode& node, E& value, YamlContext& context) {
  const Words<E> table = WordsOf(value);
  std::vector<std::string> known;
  for (const Word<E>& word : table.words) {
    if (node.kind == YamlKind::kScalar && node.text == word.word) {
      value = word.value;
      return;
    }
    known.emplace_back(word.word);
  }
  UnknownWord(node, table.what, known, context);
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

template <class V>
void ReadValue(const YamlNode& node, std::optional<V>& value, YamlContext& context) {
  V read = DefaultValue<V>();
  const std::size_t errors = context.errors();
  ReadValue(node, read, context);
  if (context.errors() == errors) value = std::move(read);
}

template <std::int64_t kLow, std::int64_t kHigh>
Shape ShapeOf(const Bounded<kLow, kHigh>*) {
  return IntegerShape(kLow, kHigh);
}

template <HasFields T>
Shape ShapeOf(const T* type) {
  return MapShape(DescribeFields(FieldsOf(type)));
}

template <HasWords E>
Shape ShapeOf(const E*) {
  std::vector<std::string> words;
  for (const Word<E>& word : WordsOf(E()).words) words.emplace_back(word.word);
  return WordShape(std::move(words));
}

template <class V>
Shape ShapeOf(const std::vector<V>*) {
  return ListShape(ShapeOf(static_cast<const V*>(nullptr)));
}

template <class V>
Shape ShapeOf(const std::optional<V>*) {
  return ShapeOf(static_cast<const V*>(nullptr));
}

// The word of a value; empty if it has none.
template <HasWords E>
std::string_view WordOf(E value) {
  for (const Word<E>& word : WordsOf(value).words) {
    if (word.value == value) return word.word;
  }
  return "";
}

}  // namespace tidewaiter
