#include "webhook/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, removed at its end.
class File : public testing::Test {
 protected:
  File() {
    std::string path = (fs::temp_directory_path() / "tidewaiter-file-XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  ~File() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void Create(const std::string& name, const std::string& content = "") const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  // What ListFiles gives for a folder, relative to it; or its error.
  std::vector<std::string> List(const std::string& name, bool recursive = true) const {
    std::string error;
    const auto files = ListFiles(Path(name), {".yaml", ".yml"}, recursive, error);
    if (!files) return {error};
    std::vector<std::string> names;
    for (const std::string& file : *files) {
      names.push_back(fs::path(file).lexically_relative(folder_).string());
    }
    return names;
  }

  fs::path folder_;
};

TEST_F(File, ReadsUpToTheLimit) {
  std::string error;
  Create("a", "12345");
  EXPECT_EQ(ReadFile(Path("a"), 5, error), "12345");
  EXPECT_EQ(error, "");
  EXPECT_EQ(ReadFile(Path("a"), 4, error), std::nullopt);
  EXPECT_EQ(error, "cannot read " + Path("a") + ": larger than 4 bytes");
  Create("empty");
  EXPECT_EQ(ReadFile(Path("empty"), 0, error), "");
}

TEST_F(File, ReadsAllBytes) {
  std::string content(300'000, 'x');
  content[100'000] = '\0';
  Create("big", content);
  std::string error;
  EXPECT_EQ(ReadFile(Path("big"), 1 << 20, error), content);
}

TEST_F(File, SaysWhyItCannotRead) {
  std::string error;
  EXPECT_EQ(ReadFile(Path("none"), 10, error), std::nullopt);
  EXPECT_EQ(error, "cannot read " + Path("none") + ": No such file or directory");
  EXPECT_EQ(ReadFile(Path(""), 10, error), std::nullopt);
  EXPECT_EQ(error, "cannot read " + Path("") + ": Is a directory");
}

TEST_F(File, WritesAndReplaces) {
  std::string error;
  EXPECT_TRUE(WriteFile(Path("key.pem"), "old and longer", 0644, error)) << error;
  EXPECT_TRUE(WriteFile(Path("key.pem"), "new", 0600, error)) << error;
  EXPECT_EQ(ReadFile(Path("key.pem"), 100, error), "new");
  struct stat status = {};
  ASSERT_EQ(::stat(Path("key.pem").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(fs::exists(Path("key.pem.new")));
}

TEST_F(File, SaysWhyItCannotWrite) {
  std::string error;
  EXPECT_FALSE(WriteFile(Path("none/a"), "x", 0644, error));
  EXPECT_EQ(error, "cannot write " + Path("none/a") + ".new: No such file or directory");
  fs::create_directory(Path("folder"));
  EXPECT_FALSE(WriteFile(Path("folder"), "x", 0644, error));
  EXPECT_EQ(error, "cannot write " + Path("folder") + ": Is a directory");
}

TEST_F(File, ListsInNameOrder) {
  for (const char* const name : {"p/b.yaml", "p/a.yml", "p/sub/c.yaml", "p/z.yaml", "p/readme.md",
                                 "p/.hidden.yaml", "p/.git/d.yaml", "p/sub/deep/e.yaml"}) {
    Create(name);
  }
  EXPECT_EQ(List("p"), (std::vector<std::string>{"p/a.yml", "p/b.yaml", "p/sub/c.yaml",
                                                 "p/sub/deep/e.yaml", "p/z.yaml"}));
  EXPECT_EQ(List("p", false), (std::vector<std::string>{"p/a.yml", "p/b.yaml", "p/z.yaml"}));
}

TEST_F(File, ListsAFileAsItself) {
  Create("rules.txt");
  EXPECT_EQ(List("rules.txt"), (std::vector<std::string>{"rules.txt"}));
  // What is not there is told when it is read.
  EXPECT_EQ(List("none"), (std::vector<std::string>{"none"}));
  fs::create_directory(Path("empty"));
  EXPECT_EQ(List("empty"), (std::vector<std::string>{}));
}

TEST_F(File, ReadsAMountedConfigMapOnce) {
  // As the kubelet lays it out: the names are links through ..data, which is swapped as a whole.
  Create("m/..2026_11_21/a.yaml");
  Create("m/..2026_11_21/b.yaml");
  fs::create_directory_symlink("..2026_11_21", Path("m/..data"));
  fs::create_symlink("..data/a.yaml", Path("m/a.yaml"));
  fs::create_symlink("..data/b.yaml", Path("m/b.yaml"));
  EXPECT_EQ(List("m"),
            (std::vector<std::string>{"m/..2026_11_21/a.yaml", "m/..2026_11_21/b.yaml"}));
}

TEST_F(File, FilesOfOneMountAreReadTogether) {
  Create("m/..1/tls.crt", "certificate 1");
  Create("m/..1/tls.key", "key 1");
  fs::create_directory_symlink("..1", Path("m/..data"));
  // A link that leads past `..data` must not be followed: it may be swapped between two files.
  Create("m/tls.crt", "stale");
  fs::create_symlink("..data/tls.key", Path("m/tls.key"));
  Create("ca.crt", "authority");
  Create("m/beside", "beside the link");
  std::string error;
  EXPECT_EQ(
      ReadFilesTogether({Path("m/tls.crt"), Path("m/tls.key"), Path("ca.crt"), Path("m/beside")},
                        100, error),
      (std::vector<std::string>{"certificate 1", "key 1", "authority", "beside the link"}));
  EXPECT_EQ(ReadFilesTogether({Path("ca.crt"), Path("absent")}, 100, error), std::nullopt);
  EXPECT_EQ(error, "cannot read " + Path("absent") + ": No such file or directory");
  EXPECT_EQ(ReadFilesTogether({Path("ca.crt")}, 2, error), std::nullopt);
  EXPECT_EQ(error, "cannot read " + Path("ca.crt") + ": larger than 2 bytes");
}

TEST_F(File, ADanglingDataLinkIsAnError) {
  fs::create_directory(Path("m"));
  fs::create_directory_symlink("..gone", Path("m/..data"));
  EXPECT_EQ(List("m"),
            (std::vector<std::string>{"cannot read " + Path("m") + ": No such file or directory"}));
}

TEST_F(File, AFolderThatContainsItselfIsAnError) {
  Create("loop/a.yaml");
  fs::create_directory_symlink(".", Path("loop/self"));
  EXPECT_EQ(List("loop"), (std::vector<std::string>{"cannot read " + Path("loop") +
                                                    ": Too many levels of symbolic links"}));
}

}  // namespace
}  // namespace tidewaiter
