#include <fmt/core.h>

#include <algorithm>

#include "webhook/cli/explain.h"

namespace tidewaiter {

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += row.back() + "\n";
  }
  return text;
}

std::string Paragraph(std::string_view text, std::size_t indent) {
  constexpr std::size_t kColumns = 80;
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (column > indent && column + 1 + word.size() > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::string Entry(std::string_view word, std::string_view text) {
  constexpr std::size_t kColumn = 13;
  if (text.empty()) return "";
  return fmt::format("{:<{}}{}", word, kColumn, Paragraph(text, kColumn));
}

std::string InWords(const std::vector<Operation>& operations,
                    const std::vector<std::string>& kinds) {
  std::vector<std::string_view> words;
  for (const Operation operation : operations) words.push_back(OperationName(operation));
  return Joined(words) + (kinds.empty() ? "" : " of " + Joined(kinds));
}

}  // namespace tidewaiter
