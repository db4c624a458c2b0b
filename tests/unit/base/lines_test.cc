#include "webhook/base/lines.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

namespace tidewaiter {
namespace {

const std::string& Path() {
  static const std::string kPath = testing::TempDir() + "/lines_test." + std::to_string(::getpid());
  return kPath;
}

void WriteText(const std::string& text) { std::ofstream(Path(), std::ios::binary) << text; }

void AppendZipped(const std::string& text) {
  const gzFile file = ::gzopen(Path().c_str(), "ab");
  ::gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  ::gzclose(file);
}

// The lines with a bar between them, and what is said at the end.
std::string LinesOf(std::string& error) {
  const auto reader = LineReader::Open(Path(), error);
  std::string all;
  if (!reader) return all;
  for (std::string_view line; reader->Next(line);) all += std::string(line) + "|";
  error = reader->error();
  return all;
}

TEST(LineReader, EndsOfLines) {
  for (const auto& [text, want] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"a", "a|"},
                                                        {"a\n", "a|"},
                                                        {"a\n\nb", "a||b|"},
                                                        {"\n", "|"},
                                                        {"a\r\n", "a\r|"}}) {
    WriteText(text);
    std::string error;
    EXPECT_EQ(LinesOf(error), want);
    EXPECT_EQ(error, "");
  }
}

TEST(LineReader, LinesAcrossItsBuffer) {
  std::string text;
  for (int i = 0; text.size() < 3 * LineReader::kMaxLine; ++i) text += std::string(999, 'x') + "\n";
  WriteText(text);
  std::string error;
  const auto reader = LineReader::Open(Path(), error);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size(), text.size());
  std::size_t lines = 0;
  for (std::string_view line; reader->Next(line); ++lines) ASSERT_EQ(line, std::string(999, 'x'));
  EXPECT_EQ(lines, text.size() / 1000);
  EXPECT_EQ(reader->position(), text.size());
}

TEST(LineReader, ALineThatIsTooLongIsCutAndTheNextIsWhole) {
  for (const std::size_t beyond : {0, 1, 5'000'000}) {
    WriteText("a\n" + std::string(LineReader::kMaxLine + beyond, 'x') + "\nb\n");
    std::string error;
    EXPECT_EQ(LinesOf(error), "a|" + std::string(LineReader::kMaxLine, 'x') + "|b|") << beyond;
  }
}

TEST(LineReader, GzipOfSeveralParts) {
  WriteText("");
  AppendZipped("a\nb");
  AppendZipped("c\n");
  std::string error;
  EXPECT_EQ(LinesOf(error), "a|bc|");
  EXPECT_EQ(error, "");
}

TEST(LineReader, GzipThatBreaksOffOrIsBroken) {
  WriteText("");
  AppendZipped("line\nline\nline\n");
  std::string bytes;
  std::ifstream file(Path(), std::ios::binary);
  bytes.assign(std::istreambuf_iterator<char>(file), {});
  WriteText(bytes.substr(0, bytes.size() - 4));
  std::string error;
  LinesOf(error);
  EXPECT_EQ(error, "cannot read " + Path() + " to its end: the file breaks off");
  bytes[bytes.size() - 8] = static_cast<char>(~bytes[bytes.size() - 8]);
  WriteText(bytes);
  LinesOf(error);
  EXPECT_EQ(error, "cannot read " + Path() + " to its end: incorrect data check");
}

TEST(LineReader, WhatCannotBeOpened) {
  std::string error;
  EXPECT_FALSE(LineReader::Open("/nowhere/log", error));
  EXPECT_EQ(error, "cannot read /nowhere/log: No such file or directory");
  EXPECT_FALSE(LineReader::Open("/", error));
  EXPECT_EQ(error, "cannot read /: Is a directory");
}

}  // namespace
}  // namespace tidewaiter
