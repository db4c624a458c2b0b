#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What a file of ours may say, as data. Loader, JSON Schema and documentation are all made of the
// same tables (fields.h), and this is what those tables look like to whoever only describes them.
namespace tidewaiter {

enum Presence { kOptional, kRequired };

struct FieldDescription;

// What may stand behind a key.
struct Shape {
  enum class Kind {
    kText,     // that `pattern` is found in
    kBool,     // true or false
    kInteger,  // from `low` to `high`
    kWord,     // one of `words`
    kDate,     // 2027-03-31, or an RFC 3339 time
    kTime,     // an RFC 3339 time
    kList,     // of `of[0]`
    kMap,      // with the keys `fields` and no others
    kFreeMap,  // with keys that somebody else knows: a check's parameters, a Kubernetes object
    kOneOf,    // any of `of`
  };

  Kind kind = Kind::kText;
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::vector<std::string> words;
  std::string pattern;  // a regular expression as ECMA-262 and Python read it; empty: any text
  std::vector<FieldDescription> fields;
  std::vector<Shape> of;
};

// One key of a map.
struct FieldDescription {
  std::string key;
  std::string summary;  // for people: what the key says
  Presence presence = kOptional;
  Shape shape;
};

inline Shape ShapeOfKind(Shape::Kind kind) {
  Shape shape;
  shape.kind = kind;
  return shape;
}
inline Shape TextShape(std::string pattern) {
  Shape shape = ShapeOfKind(Shape::Kind::kText);
  shape.pattern = std::move(pattern);
  return shape;
}
inline Shape WordShape(std::vector<std::string> words) {
  Shape shape = ShapeOfKind(Shape::Kind::kWord);
  shape.words = std::move(words);
  return shape;
}
inline Shape IntegerShape(std::int64_t low, std::int64_t high) {
  Shape shape = ShapeOfKind(Shape::Kind::kInteger);
  shape.low = low;
  shape.high = high;
  return shape;
}
inline Shape ListShape(Shape item) {
  Shape shape = ShapeOfKind(Shape::Kind::kList);
  shape.of = {std::move(item)};
  return shape;
}
inline Shape MapShape(std::vector<FieldDescription> fields) {
  Shape shape = ShapeOfKind(Shape::Kind::kMap);
  shape.fields = std::move(fields);
  return shape;
}
inline Shape OneOfShape(std::vector<Shape> alternatives) {
  Shape shape = ShapeOfKind(Shape::Kind::kOneOf);
  shape.of = std::move(alternatives);
  return shape;
}

}  // namespace tidewaiter
