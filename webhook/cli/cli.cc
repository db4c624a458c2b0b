#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <vector>

#include "webhook/base/text.h"
#include "webhook/cli/command.h"
#include "webhook/cli/result.h"

namespace tidewaiter {
namespace {

struct Row {
  std::string name;
  std::string summary;
  std::function<Command(CLI::App&)> add;
};

std::vector<std::string> KnownWords(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  for (const CLI::App* command : app.get_subcommands({})) words.push_back(command->get_name());
  return words;
}

// Says what is wrong with the words of a call, and what was probably meant.
int ReportUsage(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& where = chosen.empty() ? app : *chosen.front();
  const std::vector<std::string> extras = app.remaining(true);
  if (!extras.empty()) {
    const std::string word = extras.front().substr(0, extras.front().find('='));
    const bool flag = word.starts_with('-');
    const bool files = where.get_option_no_throw("--filename") != nullptr;
    if (flag || chosen.empty()) {
      fmt::print(stderr, "tidewaiter: unknown {} {}{}\n", flag ? "flag" : "command",
                 Quote(word, 64), DidYouMean(word, KnownWords(where)));
    } else {
      fmt::print(stderr, "tidewaiter: unexpected argument {}{}\n", Quote(word, 64),
                 files ? "; files are given with -f" : "");
    }
  } else {
    fmt::print(stderr, "tidewaiter: {}\n", error.what());
  }
  fmt::print(stderr, "See `{} --help`.\n",
             chosen.empty() ? "tidewaiter" : "tidewaiter " + where.get_name());
  return kUsage;
}

}  // namespace

std::string Version() { return TIDEWAITER_VERSION; }

int RunCli(int argc, char** argv, const std::vector<CheckKind>& checks, const Limits& limits) {
  const std::vector<Row> rows = {
      {"serve", "Answer the API server's admission reviews over TLS",
       [&](CLI::App& app) { return AddServe(app, checks, limits); }},
      {"check", "Judge manifests and recorded reviews, as the webhook would",
       [&](CLI::App& app) { return AddCheck(app, checks); }},
      {"lint", "Find the mistakes in policies, exceptions, lists and suites",
       [&](CLI::App& app) { return AddLint(app, checks); }},
      {"test", "Run suites: what policies must refuse, and what they must let through",
       [&](CLI::App& app) { return AddTest(app, checks); }},
      {"explain", "Tell all about a policy, a check, or a key of the policy files",
       [&](CLI::App& app) { return AddExplain(app, checks); }},
      {"schema", "Print the JSON Schema of the policy files, for editors",
       [&](CLI::App& app) { return AddSchema(app, checks); }},
      {"cert", "Make a CA and a serving certificate", AddCert},
      {"report", "Say what enforcement would have refused, from the decision log", AddReport},
      {"completion", "Print a shell's completion script", AddCompletion},
      {"version", "Print the version, and which policies there are",
       [&](CLI::App& app) { return AddVersion(app, checks); }},
  };
  // Exceptions are for bugs and for libraries that throw; this is the last place to catch one.
  try {
    CLI::App app(
        "Tidewaiter looks at every pod, workload and Service when it is asked for, and "
        "refuses or reports what is suspicious.",
        "tidewaiter");
    app.require_subcommand(0, 1);
    app.allow_extras(false);
    app.footer(
        "Examples:\n"
        "  tidewaiter check -f pod.yaml\n"
        "  tidewaiter serve --dev");
    std::vector<std::pair<CLI::App*, Command>> commands;
    for (const Row& row : rows) {
      CLI::App* const command = app.add_subcommand(row.name, row.summary);
      // Only then the library leaves the environment twins of commands alone that were not called.
      command->parse_complete_callback([] {});
      commands.emplace_back(command, row.add(*command));
    }
    try {
      app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
      return app.exit(help);
    } catch (const CLI::ParseError& error) {
      return ReportUsage(app, error);
    }
    for (const auto& [command, run] : commands) {
      if (command->parsed()) return run();
    }
    fmt::print("{}", app.help());
    return kUsage;
  } catch (const std::exception& error) {
    WriteError(fmt::format("tidewaiter: internal error: {}\n", error.what()));
    return kInternal;
  }
}

}  // namespace tidewaiter
