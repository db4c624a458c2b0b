// The program as a person calls it: words, flags, their environment twins, and exit codes. What
// `check` prints has a file of its own.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

// What a shell command prints, with "E " before each line of stderr, which comes first, and how it
// ends. The program is $T; it runs in `folder`.
std::string Shell(const std::string& command, const std::string& folder = TESTDATA) {
  int code = -1;
  const std::string script = "cd '" + folder + "' && T='" + std::string(TIDEWAITER) +
                             "'; e=$(mktemp); out=$( { " + command +
                             "; } 2>\"$e\" ); code=$?; sed 's/^/E /' \"$e\"; rm \"$e\"; "
                             "[ -z \"$out\" ] || printf '%s\\n' \"$out\"; exit $code";
  const std::string text = RunToEnd("/bin/bash", {"-c", script}, code);
  static const std::regex kTime("\"time\":\"[^\"]*\",");
  return std::regex_replace(text, kTime, "") + "exit " + std::to_string(code) + "\n";
}

struct Case {
  std::string command;
  std::string want;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Shell(c.command), c.want) << c.command;
}

std::string Refused(const std::string& what, const std::string& command = "") {
  return "E tidewaiter: " + what + "\nE See `tidewaiter" + (command.empty() ? "" : " " + command) +
         " --help`.\nexit 2\n";
}

std::string Logged(const std::string& message) {
  return R"(E {"level":"error","message":")" + message + "\"}\nexit 2\n";
}

TEST(CommandLine, WordsThatAreUnknown) {
  Expect({
      {"$T chekc", Refused(R"(unknown command "chekc"; did you mean "check"?)")},
      {"$T SERVE", Refused(R"(unknown command "SERVE"; did you mean "serve"?)")},
      {"$T frobnicate", Refused(R"(unknown command "frobnicate")")},
      {"$T --halp", Refused(R"(unknown flag "--halp"; did you mean "--help"?)")},
      {"$T serve --polices x",
       Refused(R"(unknown flag "--polices"; did you mean "--policies"?)", "serve")},
      {"$T serve --cert-fil=x",
       Refused(R"(unknown flag "--cert-fil"; did you mean "--cert-file"?)", "serve")},
      {"$T check -x -f pod.yaml", Refused(R"(unknown flag "-x")", "check")},
      {"$T version extra", Refused(R"(unexpected argument "extra")", "version")},
      {"$T check pod.yaml",
       Refused(R"(unexpected argument "pod.yaml"; files are given with -f)", "check")},
      {"$T $'\\e[31m'", Refused(R"(unknown command "\u{1b}[31m")")},
  });
}

TEST(CommandLine, ValuesThatCannotBe) {
  Expect({
      {"$T check", Refused("--filename is required", "check")},
      {"$T check -f", Refused("--filename: 1 required FILE|DIR|- missing", "check")},
      {"$T cert --days 0", Refused("--days: Value 0 not in range 1 to 3650", "cert")},
      {"$T serve --mode off", Refused("--mode: off not in {enforce,audit}", "serve")},
      {"$T serve --max-body 1",
       Refused("--max-body: Value 1 not in range 65536 to 67108864", "serve")},
      {"$T serve --threads 0", Refused("--threads: Value 0 not in range 1 to 256", "serve")},
      {"$T serve --shutdown-delay -1",
       Refused("--shutdown-delay: Value -1 not in range 0 to 20", "serve")},
  });
}

TEST(CommandLine, WithoutACommandItShowsWhatThereIs) {
  const std::string text = Shell("$T");
  EXPECT_EQ(text.substr(text.rfind("exit")), "exit 2\n");
  for (const std::string command :
       {"serve", "check", "lint", "test", "explain", "schema", "cert", "version"}) {
    EXPECT_NE(text.find("\n  " + command + " "), std::string::npos) << text;
  }
}

TEST(CommandLine, HelpShowsExamples) {
  for (const std::string command :
       {"", " serve", " check", " lint", " test", " explain", " schema", " cert", " version"}) {
    for (const std::string flag : {" --help", " -h"}) {
      const std::string text = Shell("$T" + command + flag);
      EXPECT_TRUE(text.ends_with("\nexit 0\n")) << text;
      const std::size_t examples = text.find("\nExamples:\n  tidewaiter" + command + " ");
      EXPECT_TRUE(examples != std::string::npos ||
                  text.find("\nExamples:\n  tidewaiter" + command + "\n") != std::string::npos)
          << text;
      EXPECT_EQ(text.find("\nE "), std::string::npos) << "help is no mistake";
    }
  }
}

// The examples of the help are calls that the program understands.
TEST(CommandLine, ExamplesOfHelpAreUnderstood) {
  const std::regex call("\n  (?:[^\n|]*\\| )?tidewaiter ([^\n]*)");
  int found = 0;
  for (const std::string command :
       {"", " serve", " check", " lint", " test", " explain", " schema", " cert", " version"}) {
    std::string text = Shell("$T" + command + " --help");
    text.erase(0, text.find("\nExamples:"));
    for (auto at = std::sregex_iterator(text.begin(), text.end(), call);
         at != std::sregex_iterator(); ++at) {
      ++found;
      // With --help nothing is run, but the words before it are read.
      EXPECT_TRUE(Shell("$T " + (*at)[1].str() + " --help").ends_with("exit 0\n"))
          << (*at)[1].str();
    }
  }
  EXPECT_GE(found, 10);
}

TEST(CommandLine, Version) {
  const std::string text = Shell("$T version");
  const std::regex shape("tidewaiter ([0-9]+\\.[0-9]+\\.[0-9]+)\nexit 0\n");
  std::smatch match;
  ASSERT_TRUE(std::regex_match(text, match, shape)) << text;
  int code = -1;
  const std::string json = RunToEnd(TIDEWAITER, {"version", "-o", "json"}, code);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(JsonAt(json, "/version"), match[1].str());
}

TEST(CommandLine, ServeSaysWhatItCannotUse) {
  Expect({
      {"$T serve",
       Logged("--cert-file and --key-file are needed (or --dev, which makes a throw-away "
              "certificate); `tidewaiter cert` makes them")},
      {"$T serve --cert-file x",
       Logged("--cert-file and --key-file are needed (or --dev, which makes a throw-away "
              "certificate); `tidewaiter cert` makes them")},
      {"$T serve --cert-file none --key-file none",
       Logged("cannot read none: No such file or directory")},
      {"$T serve --dev --listen nonsense",
       Logged(R"(\"nonsense\" is not ADDRESS:PORT, as in 0.0.0.0:8443 or [::]:8443)")},
      {"$T serve --dev --listen 127.0.0.1:65536",
       Logged(R"(\"127.0.0.1:65536\" is not ADDRESS:PORT, as in 0.0.0.0:8443 or [::]:8443)")},
      {"$T serve --dev --profile defalt",
       "E error: unknown profile \"defalt\"; did you mean \"default\"?\n" +
           Logged("the policies have mistakes; not serving")},
      {"$T serve --dev --policies none",
       "E none: error: cannot read none: No such file or directory\n" +
           Logged("the policies have mistakes; not serving")},
  });
}

TEST(CommandLine, ServeNeedsAPairThatBelongsTogether) {
  const TemporaryFolder folder;
  for (const std::string flags :
       {"--cert-file a/tls.crt --key-file b/tls.key", "--cert-file a/tls.key --key-file a/tls.crt",
        "--cert-file /dev/null --key-file a/tls.key"}) {
    const std::string text = Shell(
        "$T cert --out a >/dev/null; $T cert --out b >/dev/null; "
        "timeout 20 $T serve --listen 127.0.0.1:0 "
        "--health-listen 127.0.0.1:0 " +
            flags,
        folder.path());
    EXPECT_TRUE(text.starts_with(R"(E {"level":"error","message":")")) << text;
    EXPECT_TRUE(text.ends_with("exit 2\n")) << text;
    EXPECT_EQ(text.find("serving on"), std::string::npos);
  }
}

TEST(CommandLine, CertWritesThreeFiles) {
  const TemporaryFolder folder;
  EXPECT_EQ(Shell("$T cert --out x/y --service tidewaiter -n guard --name 10.0.0.1 --days 30",
                  folder.path()),
            "wrote x/y/ca.crt (the caBundle), x/y/tls.crt and x/y/tls.key: ECDSA P-256, 30 days\n"
            "  tidewaiter.guard.svc\n  tidewaiter.guard.svc.cluster.local\n  tidewaiter.guard\n  "
            "tidewaiter\n  10.0.0.1\nexit 0\n");
  EXPECT_EQ(Shell("openssl verify -CAfile x/y/ca.crt -verify_hostname tidewaiter.guard.svc "
                  "x/y/tls.crt",
                  folder.path()),
            "x/y/tls.crt: OK\nexit 0\n");
  struct stat status;
  ASSERT_EQ(::stat((folder.path() + "/x/y/tls.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(folder.path() + "/x/y")) {
    ++files;
  }
  EXPECT_EQ(files, 3U) << "the authority's key is not kept";
  EXPECT_EQ(Shell("$T cert --name 'a b'", folder.path()),
            "E tidewaiter: \"a b\" is neither a DNS name nor an IP address\nexit 2\n");
  const std::string unwritable = Shell("touch file; $T cert --out file", folder.path());
  EXPECT_TRUE(unwritable.starts_with("E tidewaiter: ")) << unwritable;
  EXPECT_TRUE(unwritable.ends_with("exit 2\n")) << unwritable;
}

// Every long flag of a command can be set by its name in capitals.
TEST(CommandLine, EveryFlagHasAnEnvironmentTwin) {
  const std::regex flag("\n  (?:-.,)?--([a-z-]+)([^\n]*)");
  for (const std::string command : {"serve", "test", "cert", "version"}) {
    const std::string text = "\n" + Shell("$T " + command + " --help");
    for (auto at = std::sregex_iterator(text.begin(), text.end(), flag);
         at != std::sregex_iterator(); ++at) {
      std::string name = (*at)[1].str();
      if (name == "help") continue;
      std::string twin = "(Env:TIDEWAITER_";
      for (const char c : name) {
        twin += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      }
      EXPECT_NE((*at)[2].str().find(twin + ")"), std::string::npos) << command << " --" << name;
    }
  }
}

TEST(CommandLine, AFlagGoesBeforeTheEnvironmentAndThatBeforeTheDefault) {
  const TemporaryFolder folder;
  const auto made = [&](const std::string& call) {
    const std::string text = Shell(call, folder.path());
    return text.substr(0, text.find("ca.crt"));
  };
  EXPECT_EQ(made("$T cert"), "wrote ./");
  EXPECT_EQ(made("TIDEWAITER_OUT=env $T cert"), "wrote env/");
  EXPECT_EQ(made("TIDEWAITER_OUT=env $T cert --out flag"), "wrote flag/");
  // A value that cannot be is refused wherever it comes from, unless a flag replaces it.
  Expect({
      {"TIDEWAITER_MODE=off $T serve", Refused("--mode: off not in {enforce,audit}", "serve")},
      {"TIDEWAITER_OUTPUT=xml $T version", Refused("--output: xml not in {text,json}", "version")},
  });
  EXPECT_EQ(Shell("TIDEWAITER_OUTPUT=json $T version").substr(0, 12), "{\"version\":\"");
  EXPECT_EQ(Shell("TIDEWAITER_OUTPUT=json $T version -o text").substr(0, 11), "tidewaiter ");
  EXPECT_EQ(Shell("TIDEWAITER_OUTPUT=xml $T version -o text").substr(0, 11), "tidewaiter ");
  const std::string no_certificate = Logged(
      "--cert-file and --key-file are needed (or --dev, which makes a throw-away "
      "certificate); `tidewaiter cert` makes them");
  Expect({{"TIDEWAITER_DEV=false $T serve", no_certificate},
          {"TIDEWAITER_CERT_FILE=none TIDEWAITER_KEY_FILE=none $T serve",
           Logged("cannot read none: No such file or directory")},
          {"TIDEWAITER_DEV=true TIDEWAITER_LISTEN=nonsense $T serve",
           Logged(R"(\"nonsense\" is not ADDRESS:PORT, as in 0.0.0.0:8443 or [::]:8443)")},
          {"TIDEWAITER_DEV=true TIDEWAITER_LISTEN=nonsense $T serve --listen other",
           Logged(R"(\"other\" is not ADDRESS:PORT, as in 0.0.0.0:8443 or [::]:8443)")}});
}

TEST(CommandLine, CheckTakesItsPoliciesAndItsModeFromTheEnvironment) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/pod.yaml")
      << "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
         "spec: {containers: [{name: a, image: i, securityContext: {privileged: true}}]}\n";
  std::ofstream(folder.path() + "/ports.yaml")
      << "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {name: ports}\n"
         "spec: {check: hostPorts, action: deny, severity: high}\n";
  const auto exits = [&](const std::string& call) {
    const std::string text = Shell(call + " >/dev/null 2>&1", folder.path());
    return text;
  };
  EXPECT_EQ(exits("$T check -f pod.yaml"), "exit 1\n");
  EXPECT_EQ(exits("TIDEWAITER_POLICIES=ports.yaml $T check -f pod.yaml"), "exit 0\n");
  EXPECT_EQ(exits("TIDEWAITER_POLICIES=none $T check -f pod.yaml"), "exit 2\n");
  EXPECT_EQ(exits("TIDEWAITER_POLICIES=none $T check -f pod.yaml --policies ports.yaml"),
            "exit 0\n");
  EXPECT_EQ(exits("TIDEWAITER_MODE=audit $T check -f pod.yaml"), "exit 0\n");
  EXPECT_EQ(exits("TIDEWAITER_MODE=audit $T check -f pod.yaml --mode enforce"), "exit 1\n");
  EXPECT_EQ(exits("TIDEWAITER_FAIL_ON=none $T check -f pod.yaml"), "exit 0\n");
  EXPECT_EQ(exits("TIDEWAITER_FAIL_ON=none $T check -f pod.yaml --fail-on deny"), "exit 1\n");
}

// Read by others: PyYAML takes the Secret apart, openssl checks the certificate against its
// authority.
TEST(CommandLine, ASecretHoldsAPairAndItsAuthority) {
  const TemporaryFolder folder;
  EXPECT_EQ(
      Shell("$T cert --secret --service gate -n guard >s.yaml && python3 -c '"
            "import base64, yaml; s = yaml.safe_load(open(\"s.yaml\")); m = s[\"metadata\"]; "
            "print(s[\"kind\"], s[\"type\"], m[\"namespace\"], m[\"name\"], sorted(s[\"data\"])); "
            "[open(k, \"wb\").write(base64.b64decode(v)) for k, v in s[\"data\"].items()]' && "
            "openssl verify -CAfile ca.crt -verify_hostname gate.guard.svc tls.crt && "
            "openssl pkey -in tls.key -pubout >a && openssl x509 -in tls.crt -pubkey -noout >b "
            "&& cmp a b && grep -c \"^# caBundle: $(base64 -w0 ca.crt)$\" s.yaml",
            folder.path()),
      "Secret kubernetes.io/tls guard gate-tls ['ca.crt', 'tls.crt', 'tls.key']\n"
      "tls.crt: OK\n1\nexit 0\n");
}

}  // namespace
}  // namespace tidewaiter
