#include "tests/support/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace tidewaiter {

TemporaryFolder::TemporaryFolder()
    : path_((std::filesystem::temp_directory_path() / "tidewaiter-test-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tidewaiter
