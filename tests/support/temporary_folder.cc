#include "tests/support/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace tidewaiter {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder()
    : path_((fs::temp_directory_path() / "tidewaiter-test-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::Write(const std::string& name, const std::string& content) const {
  fs::create_directories(fs::path(Path(name)).parent_path());
  std::ofstream(Path(name)) << content;
}

void TemporaryFolder::Link(const std::string& name, const std::string& target) const {
  const std::string fresh = Path(name) + "_tmp";
  fs::create_directories(fs::path(fresh).parent_path());
  fs::create_symlink(target, fresh);
  fs::rename(fresh, Path(name));
}

}  // namespace tidewaiter
