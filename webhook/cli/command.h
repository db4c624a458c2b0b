#pragma once

#include <functional>
#include <string>
#include <vector>

#include "webhook/checks/registry.h"
#include "webhook/server/limits.h"

namespace CLI {
class App;
}

namespace tidewaiter {

// The exit codes of every command.
enum ExitCode {
  kClean = 0,
  kFindings = 1,  // something was found that fails the command
  kUsage = 2,     // a flag, file, port or certificate that cannot be used
  kInternal = 3,  // a bug
};

// A subcommand adds its flags to the app and gives what runs it.
using Command = std::function<int()>;
Command AddServe(CLI::App& app, const std::vector<CheckKind>& checks, const Limits& limits);
Command AddCheck(CLI::App& app, const std::vector<CheckKind>& checks);
Command AddLint(CLI::App& app, const std::vector<CheckKind>& checks);
Command AddTest(CLI::App& app, const std::vector<CheckKind>& checks);
Command AddExplain(CLI::App& app, const std::vector<CheckKind>& checks);
Command AddSchema(CLI::App& app, const std::vector<CheckKind>& checks);
Command AddCert(CLI::App& app);
Command AddReport(CLI::App& app);
Command AddCompletion(CLI::App& app);
Command AddVersion(CLI::App& app, const std::vector<CheckKind>& checks);

// The whole command line. `checks` are those that policies may name; `limits` are those of `serve`
// where no flag says otherwise.
int RunCli(int argc, char** argv, const std::vector<CheckKind>& checks, const Limits& limits = {});

// "0.1.0"
std::string Version();

}  // namespace tidewaiter
