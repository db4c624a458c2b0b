#include "webhook/base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tidewaiter {
namespace {

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }

// The length of the well-formed sequence at the front of `text` (Unicode 15, table 3-7); 0 if there
// is none.
std::size_t SequenceLength(std::string_view text) {
  const unsigned char lead = Byte(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                             : lead >= 0xe0 && lead <= 0xef ? 3
                             : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  if (Byte(text[1]) < low || Byte(text[1]) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (Byte(text[i]) < 0x80 || Byte(text[i]) > 0xbf) return 0;
  }
  return length;
}

std::uint32_t Decode(std::string_view sequence) {
  if (sequence.size() == 1) return Byte(sequence[0]);
  std::uint32_t rune = Byte(sequence[0]) & (0x7fU >> sequence.size());
  for (const char c : sequence.substr(1)) rune = rune << 6 | (Byte(c) & 0x3fU);
  return rune;
}

// Controls, line and paragraph separators, and what changes the direction or visibility of the text
// around it (Unicode "Trojan Source" characters, zero width, byte order mark).
bool IsHidden(std::uint32_t rune) {
  return rune < 0x20 || (rune >= 0x7f && rune <= 0x9f) || rune == 0x061c || rune == 0xad ||
         (rune >= 0x200b && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202e) ||
         (rune >= 0x2060 && rune <= 0x206f) || rune == 0xfeff;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t FindInvalidUtf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    // Most text is ASCII: eight bytes at a time while none has its high bit set.
    while (i + 8 <= text.size()) {
      std::uint64_t word;
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((word & 0x8080808080808080ULL) != 0) break;
      i += 8;
    }
    if (i == text.size()) break;
    const std::size_t length = SequenceLength(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

bool IsValidUtf8(std::string_view text) { return FindInvalidUtf8(text) == std::string_view::npos; }

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t bad = FindInvalidUtf8(text);
    out += text.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    out += "\xef\xbf\xbd";
    text.remove_prefix(bad + 1);
  }
}

std::string_view CutToBytes(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (Byte(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string CutToRunes(std::string_view text, std::size_t runes) {
  const auto is_lead = [](char c) { return (Byte(c) & 0xc0) != 0x80; };
  const auto count = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_lead));
  if (count <= runes) return std::string(text);
  constexpr std::string_view kMark = "...";
  const std::size_t keep = runes > kMark.size() ? runes - kMark.size() : 0;
  std::size_t seen = 0;
  std::size_t i = 0;
  while (i < text.size() && !(is_lead(text[i]) && seen == keep)) seen += is_lead(text[i++]) ? 1 : 0;
  return std::string(text.substr(0, i)) + std::string(kMark);
}

std::string PrintableText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  while (true) {
    // Nearly all text is this, as a whole.
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return out;
    const std::size_t length = SequenceLength(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }
    const std::uint32_t rune = Decode(text.substr(0, length));
    if (rune == '\n') {
      out += "\\n";
    } else if (rune == '\r') {
      out += "\\r";
    } else if (rune == '\t') {
      out += "\\t";
    } else if (IsHidden(rune)) {
      out += fmt::format("\\u{{{:x}}}", rune);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

std::string Quote(std::string_view text, std::size_t bytes) {
  const std::string_view shown = CutToBytes(text, bytes);
  return fmt::format("\"{}\"{}", PrintableText(shown), shown.size() < text.size() ? "..." : "");
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = Lower(a[i - 1]) == Lower(b[j - 1]) ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
      if (i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) &&
          Lower(a[i - 2]) == Lower(b[j - 1])) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::optional<std::string> Suggest(std::string_view word, std::span<const std::string> candidates) {
  constexpr std::size_t kLongestWord = 64;
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  std::size_t best = std::min<std::size_t>(2, (word.size() - 1) / 2) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string DidYouMean(std::string_view word, std::span<const std::string> candidates) {
  const std::optional<std::string> suggestion = Suggest(word, candidates);
  return suggestion ? fmt::format("; did you mean \"{}\"?", *suggestion) : std::string();
}

std::string Count(std::size_t n, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", n, n == 1 ? singular : plural);
}

std::string Hex(std::span<const unsigned char> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const unsigned char byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace tidewaiter
