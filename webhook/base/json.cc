#include "webhook/base/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "webhook/base/text.h"

// A failed assertion of RapidJSON must not end the process, and must not be compiled out either.
#define RAPIDJSON_ASSERT(condition) \
  (static_cast<bool>(condition) ? void(0) : throw std::logic_error("RapidJSON: " #condition))
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#ifdef __SSE2__
#include <emmintrin.h>

// RapidJSON lets its reader pass over what needs no look in a string. Its own vector code for that
// goes byte by byte to the next multiple of 16, which is most of a short string, and takes the
// control characters 0x1A to 0x1F for harmless ones; so this stands in its place.
namespace rapidjson {
template <>
template <>
inline void Reader::ScanCopyUnescapedString(InsituStringStream& in, InsituStringStream& out) {
  if (in.src_ != out.dst_) return;  // behind an escape, characters are moved one by one
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i last_control = _mm_set1_epi8(0x1f);
  char* at = in.src_;
  while (true) {
    // Never aligned. The text ends with a NUL, and has room for a block behind it.
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, last_control), block);
    const __m128i found = _mm_or_si128(
        control, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
    const int bits = _mm_movemask_epi8(found);
    if (bits != 0) {
      at += __builtin_ctz(static_cast<unsigned>(bits));
      break;
    }
    at += sizeof block;
  }
  in.src_ = at;
  out.dst_ = at;
}
}  // namespace rapidjson
#endif

namespace tidewaiter {
namespace {

// Objects of up to this many members are searched for duplicate keys pair by pair, larger ones by
// sorting: no choice of keys makes that slow, as a choice of keys makes a hash table slow.
constexpr std::size_t kPairwiseMembers = 12;
constexpr std::size_t kLongestNumber = 32;
// ScanCopyUnescapedString reads blocks of 16 bytes.
constexpr std::size_t kPadding = 16;

// Numbers as strings, because RapidJSON 1.1.0's conversion crashes on 1.0000000000e-2147483639. Its
// reader recurses into arrays and objects; the handler ends it where the depth limit is passed, so
// the limit is also the bound of our stack. (Its iterative reader takes a third longer.)
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

class Handler {
 public:
  Handler(const std::string& text, JsonLimits limits, bool escapes, std::vector<JsonNode>& nodes)
      : text_(text), limits_(limits), escapes_(escapes), nodes_(nodes) {
    open_.reserve(limits.max_depth);
  }

  bool Null() { return Scalar(JsonType::kNull, OuterOffset(), 0); }
  bool Bool(bool value) {
    if (!Scalar(JsonType::kBool, OuterOffset(), 0)) return false;
    nodes_.back().boolean = value;
    return true;
  }
  bool RawNumber(const char* data, rapidjson::SizeType length, bool /*copy*/) {
    if (length > kLongestNumber) {
      return Fail(Offset(data), fmt::format("number of more than {} characters", kLongestNumber));
    }
    return Scalar(JsonType::kNumber, Offset(data), length);
  }
  bool String(const char* data, rapidjson::SizeType length, bool /*copy*/) {
    if (escapes_ && !CheckString(data, length)) return false;
    return Scalar(JsonType::kString, Offset(data), length);
  }
  bool Key(const char* data, rapidjson::SizeType length, bool /*copy*/) {
    if (escapes_ && !CheckString(data, length)) return false;
    key_offset_ = Offset(data);
    key_length_ = length;
    has_key_ = true;
    return CountToken(key_offset_);
  }
  bool StartObject() { return Open(JsonType::kObject); }
  bool EndObject(rapidjson::SizeType members) {
    if (!CheckDuplicates(open_.back(), members)) return false;
    Close();
    return true;
  }
  bool StartArray() { return Open(JsonType::kArray); }
  bool EndArray(rapidjson::SizeType /*elements*/) {
    Close();
    return true;
  }

  // Never called: with kParseNumbersAsStringsFlag every number is a RawNumber.
  bool Int(int) { return Fail(0, "unexpected number"); }
  bool Uint(unsigned) { return Fail(0, "unexpected number"); }
  bool Int64(std::int64_t) { return Fail(0, "unexpected number"); }
  bool Uint64(std::uint64_t) { return Fail(0, "unexpected number"); }
  bool Double(double) { return Fail(0, "unexpected number"); }

  // Ends what an error left open, so that what came before it can be read.
  void CloseAll() {
    while (!open_.empty()) Close();
  }

  std::optional<JsonError> TakeError() { return std::move(error_); }

 private:
  std::uint32_t Offset(const char* data) const {
    return static_cast<std::uint32_t>(data - text_.data());
  }

  bool Fail(std::size_t offset, std::string message) {
    error_ = JsonError{offset, std::move(message)};
    return false;
  }

  bool CountToken(std::size_t offset) {
    if (++tokens_ <= limits_.max_tokens) return true;
    return Fail(offset, fmt::format("more than {} values and keys", limits_.max_tokens));
  }

  // The text has been checked as a whole; only escapes like \u0000 can bring in something new.
  bool CheckString(const char* data, std::size_t length) {
    const std::string_view decoded(data, length);
    if (decoded.find('\0') != std::string_view::npos) {
      return Fail(Offset(data), "string with a NUL character (\\u0000)");
    }
    if (!IsValidUtf8(decoded)) return Fail(Offset(data), "string with half a surrogate pair");
    return true;
  }

  bool Scalar(JsonType type, std::uint32_t offset, std::uint32_t length) {
    JsonNode& node = Append(type, offset, length);
    node.end = static_cast<std::uint32_t>(nodes_.size());
    return CountToken(offset);
  }

  // Where the innermost open array or object is: RapidJSON does not say where a word or a bracket
  // is.
  std::uint32_t OuterOffset() const {
    if (open_.empty()) return 0;
    const JsonNode& outer = nodes_[open_.back()];
    return outer.has_key ? outer.key_offset - 1 : outer.offset;
  }

  // Written in place, member by member: a node that is built first and copied then costs three
  // times as much, since the processor cannot forward the small stores to the wide load.
  JsonNode& Append(JsonType type, std::uint32_t offset, std::uint32_t length) {
    JsonNode& node = nodes_.emplace_back();
    node.key_offset = key_offset_;
    node.key_length = key_length_;
    node.offset = offset;
    node.length = length;
    node.type = type;
    node.has_key = has_key_;
    key_offset_ = 0;
    key_length_ = 0;
    has_key_ = false;
    return node;
  }

  bool Open(JsonType type) {
    if (open_.size() >= limits_.max_depth) {
      return Fail(key_offset_, fmt::format("nesting deeper than {} levels", limits_.max_depth));
    }
    const std::uint32_t offset = OuterOffset();
    open_.push_back(static_cast<std::uint32_t>(nodes_.size()));
    Append(type, offset, 0);
    return CountToken(offset);
  }

  void Close() {
    nodes_[open_.back()].end = static_cast<std::uint32_t>(nodes_.size());
    open_.pop_back();
  }

  std::string_view KeyOf(const JsonNode& node) const {
    return {text_.data() + node.key_offset, node.key_length};
  }

  bool CheckDuplicates(std::uint32_t object, std::size_t members) {
    if (members < 2) return true;
    return members <= kPairwiseMembers ? CheckPairs(object) : CheckSorted(object);
  }

  // Keys of one object seldom share this bit, so the texts are seldom compared.
  static std::uint64_t BitOf(std::string_view key) {
    if (key.empty()) return 1;
    const std::size_t mixed = key.size() * 5 + static_cast<unsigned char>(key.front()) * 3 +
                              static_cast<unsigned char>(key.back());
    return std::uint64_t{1} << mixed % 64;
  }

  bool CheckPairs(std::uint32_t object) {
    std::array<std::string_view, kPairwiseMembers> keys;
    auto last = keys.begin();
    std::uint64_t seen = 0;
    const JsonNode* const nodes = nodes_.data();
    const auto end = static_cast<std::uint32_t>(nodes_.size());
    for (std::uint32_t i = object + 1; i < end; i = nodes[i].end) {
      const std::string_view key = KeyOf(nodes[i]);
      const std::uint64_t bit = BitOf(key);
      if ((seen & bit) != 0 && std::find(keys.begin(), last, key) != last) {
        return FailDuplicate(key);
      }
      seen |= bit;
      *last++ = key;
    }
    return true;
  }

  bool CheckSorted(std::uint32_t object) {
    keys_.clear();
    const auto end = static_cast<std::uint32_t>(nodes_.size());
    for (std::uint32_t i = object + 1; i < end; i = nodes_[i].end) {
      keys_.push_back(KeyOf(nodes_[i]));
    }
    std::sort(keys_.begin(), keys_.end());
    const auto duplicate = std::adjacent_find(keys_.begin(), keys_.end());
    return duplicate == keys_.end() || FailDuplicate(*duplicate);
  }

  bool FailDuplicate(std::string_view key) {
    return Fail(Offset(key.data()), fmt::format("duplicate key {}", Quote(key, 64)));
  }

  const std::string& text_;
  const JsonLimits limits_;
  const bool escapes_;
  std::vector<JsonNode>& nodes_;
  std::vector<std::uint32_t> open_;
  std::vector<std::string_view> keys_;
  std::uint32_t key_offset_ = 0;
  std::uint32_t key_length_ = 0;
  bool has_key_ = false;
  std::uint32_t tokens_ = 0;
  std::optional<JsonError> error_;
};

std::optional<JsonError> CheckBytes(const std::string& text) {
  if (text.size() >= (std::size_t{1} << 31)) return JsonError{0, "text of 2 GiB or more"};
  if (text.starts_with("\xef\xbb\xbf")) return JsonError{0, "byte order mark"};
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
    return JsonError{nul, "NUL byte"};
  }
  if (const std::size_t bad = FindInvalidUtf8(text); bad != std::string::npos) {
    return JsonError{bad, "invalid UTF-8"};
  }
  return std::nullopt;
}

}  // namespace

std::string_view JsonTypeName(JsonType type) {
  switch (type) {
    case JsonType::kNull:
      return "null";
    case JsonType::kBool:
      return "a boolean";
    case JsonType::kNumber:
      return "a number";
    case JsonType::kString:
      return "a string";
    case JsonType::kArray:
      return "an array";
    case JsonType::kObject:
      return "an object";
  }
  return "unknown";
}

JsonDocument::JsonDocument(std::string text, JsonLimits limits, std::optional<JsonError>* error)
    : text_(std::move(text)) {
  *error = CheckBytes(text_);
  if (*error) return;
  text_.reserve(text_.size() + kPadding);
  // Measured on recorded reviews: a value for every 20 to 30 bytes.
  nodes_.reserve(std::min<std::size_t>(text_.size() / 20 + 8, limits.max_tokens));
  const bool escapes = text_.find("\\u") != std::string::npos;
  Handler handler(text_, limits, escapes, nodes_);
  rapidjson::InsituStringStream stream(text_.data());
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (!result.IsError()) return;
  *error = handler.TakeError();
  if (!*error) *error = JsonError{result.Offset(), rapidjson::GetParseError_En(result.Code())};
  handler.CloseAll();
}

std::optional<bool> JsonValue::AsBool() const {
  if (!exists() || type() != JsonType::kBool) return std::nullopt;
  return node().boolean;
}

std::optional<std::string_view> JsonValue::AsString() const {
  if (!exists() || type() != JsonType::kString) return std::nullopt;
  return text();
}

std::optional<std::int64_t> JsonValue::AsInteger() const {
  if (!exists() || type() != JsonType::kNumber) return std::nullopt;
  const std::string_view token = text();
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (code != std::errc() || end != token.data() + token.size()) return std::nullopt;
  return value;
}

std::size_t JsonValue::offset() const {
  if (!exists()) return 0;
  if (node().has_key) return node().key_offset - 1;  // the quote before it
  if (type() == JsonType::kString) return node().offset - 1;
  if (type() == JsonType::kNumber) return node().offset;
  // An object or array without a key: where its first member or element is.
  for (const JsonValue child : *this) return child.offset();
  return node().offset;
}

JsonValue JsonValue::Find(std::string_view key) const {
  if (!exists() || type() != JsonType::kObject) return {};
  const JsonNode* const nodes = document_->nodes_.data();
  const char* const text = document_->text_.data();
  for (std::uint32_t i = index_ + 1; i < nodes[index_].end; i = nodes[i].end) {
    if (std::string_view(text + nodes[i].key_offset, nodes[i].key_length) == key) {
      return JsonValue(document_, i);
    }
  }
  return {};
}

JsonValue JsonValue::At(std::size_t index) const {
  if (!exists() || type() != JsonType::kArray) return {};
  for (const JsonValue element : *this) {
    if (index-- == 0) return element;
  }
  return {};
}

namespace {

// Adds to RapidJSON's writer, which looks at each character of a string, a way for those that need
// no look: nearly all.
class FastWriter : public rapidjson::Writer<rapidjson::StringBuffer> {
 public:
  using Writer::Writer;

  void PlainString(std::string_view text) {
    Prefix(rapidjson::kStringType);
    char* const out = os_->Push(text.size() + 2);
    out[0] = '"';
    std::memcpy(out + 1, text.data(), text.size());
    out[text.size() + 1] = '"';
  }
};

// ASCII without a character that JSON escapes, eight bytes at a time. A byte of `found` has its
// high bit set if that of the text is at least 0x80, or below a space, or a quote, or a backslash.
// What a byte borrows from the next can only set more bits: RapidJSON then looks at plain text.
bool IsPlain(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x80 * kOnes;
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  std::uint64_t found = 0;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    found |= word | (word - 0x20 * kOnes) | zeros(word ^ '"' * kOnes) | zeros(word ^ '\\' * kOnes);
  }
  if ((found & kHigh) != 0) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                     [](char c) { return c >= ' ' && c != '"' && c != '\\'; });
}

}  // namespace

struct JsonWriter::Impl {
  static constexpr std::size_t kUsualSize = 2048;  // of a line in the decision log

  rapidjson::StringBuffer buffer{nullptr, kUsualSize};
  FastWriter writer{buffer};
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::~JsonWriter() = default;

void JsonWriter::StartObject() { impl_->writer.StartObject(); }
void JsonWriter::EndObject() { impl_->writer.EndObject(); }
void JsonWriter::StartArray() { impl_->writer.StartArray(); }
void JsonWriter::EndArray() { impl_->writer.EndArray(); }
void JsonWriter::Bool(bool value) { impl_->writer.Bool(value); }
void JsonWriter::Null() { impl_->writer.Null(); }
void JsonWriter::Integer(std::int64_t value) { impl_->writer.Int64(value); }

void JsonWriter::Key(std::string_view key) { String(key); }

void JsonWriter::String(std::string_view value) {
  if (IsPlain(value)) return impl_->writer.PlainString(value);
  if (!IsValidUtf8(value)) return String(ReplaceInvalidUtf8(value));
  impl_->writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void JsonWriter::Raw(std::string_view json) {
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kNullType);
}

void JsonWriter::Member(std::string_view key, std::string_view value) {
  Key(key);
  String(value);
}

void JsonWriter::Member(std::string_view key, std::int64_t value) {
  Key(key);
  Integer(value);
}

void JsonWriter::Member(std::string_view key, bool value) {
  Key(key);
  Bool(value);
}

std::string_view JsonWriter::text() const {
  return {impl_->buffer.GetString(), impl_->buffer.GetSize()};
}

}  // namespace tidewaiter
