#include <fmt/core.h>

#include <CLI/App.hpp>
#include <memory>

#include "webhook/base/json.h"
#include "webhook/cli/command.h"

namespace tidewaiter {
namespace {

int Run(const std::string& output) {
  if (output != "json") {
    fmt::print("tidewaiter {}\n", Version());
    return kClean;
  }
  JsonWriter json;
  json.StartObject();
  json.Member("version", Version());
  json.EndObject();
  fmt::print("{}\n", json.text());
  return kClean;
}

}  // namespace

Command AddVersion(CLI::App& app) {
  const auto output = std::make_shared<std::string>("text");
  app.add_option("--output,-o", *output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("TIDEWAITER_OUTPUT");
  return [output] { return Run(*output); };
}

}  // namespace tidewaiter
