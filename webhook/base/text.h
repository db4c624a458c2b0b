#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Words about text: UTF-8, lengths in runes, suggestions, and text made safe to print.
namespace tidewaiter {

// True if the bytes are UTF-8 as RFC 3629 has it: no overlong form, no surrogate, none above
// U+10FFFF.
bool IsValidUtf8(std::string_view text);

// The offset of the first byte that breaks UTF-8; npos if there is none.
std::size_t FindInvalidUtf8(std::string_view text);

// The text with U+FFFD for each byte that breaks UTF-8.
std::string ReplaceInvalidUtf8(std::string_view text);

// `text` cut to at most `bytes` bytes, never inside a rune.
std::string_view CutToBytes(std::string_view text, std::size_t bytes);

// `text` cut to at most `runes` code points; what was cut is shown by "..." within that length.
std::string CutToRunes(std::string_view text, std::size_t runes);

// Text from outside made fit for a terminal, a log or a message: invalid UTF-8 becomes U+FFFD;
// control characters, line separators and bidirectional controls become \n, \t, \r or \u{hex}.
std::string PrintableText(std::string_view text);

// PrintableText of at most `bytes` bytes of `text`, in double quotes, with "..." for what was cut.
std::string Quote(std::string_view text, std::size_t bytes = 512);

// How many letters one word is from another: put in, left out, changed or swapped with the next
// (Damerau-Levenshtein, as optimal string alignment; letter case ignored). Takes |a| x |b| steps.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The candidate that `word` probably means (Damerau-Levenshtein distance of at most 2 and less
// than half of the word, letter case ignored); nothing if none is near.
std::optional<std::string> Suggest(std::string_view word, std::span<const std::string> candidates);

// `; did you mean "hostPorts"?`, or nothing.
std::string DidYouMean(std::string_view word, std::span<const std::string> candidates);

// "1 policy", "2 policies".
std::string Count(std::size_t n, std::string_view singular, std::string_view plural);

// Text in base 16, lower case.
std::string Hex(std::span<const unsigned char> bytes);

}  // namespace tidewaiter
