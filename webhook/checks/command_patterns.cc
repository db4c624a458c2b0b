#include "webhook/checks/command_patterns.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

namespace tidewaiter {
namespace {

// Parts that the expressions below are made of.
#define SHELL R"((?:ba|da|z|k|a)?sh\b)"
#define NETCAT R"((?:nc|ncat|netcat|nc\.traditional|nc\.openbsd))"
#define TCP_PATH R"(/dev/(?:tcp|udp)/([^/\s"']+)/[0-9$])"
// Where a shell or the kernel takes a word for the name of a command: at the beginning, behind what
// separates commands, and behind words that run another command.
#define COMMAND                                                                                   \
  R"((?:^|[;&|(`{\n"'])\s*(?:(?:(?:\S*/)?(?:exec|sudo|env|nohup|time|command|then|do|else|until)" \
  R"(|while|if|!|busybox|chroot\s+\S+|timeout(?:\s+-\S+)*\s+[0-9.]+\w?|xargs|)" SHELL             \
  R"()(?:\s+-\S+)*|[A-Za-z_]\w*=\S*)\s+)*(?:\S*/)?)"

struct Row {
  CommandPattern pattern;
  std::string_view what;
  std::string_view expression;  // its first parenthesis, if any, is the host or the tool
};

constexpr auto kShell = CommandPattern::kReverseShell;
constexpr auto kMiner = CommandPattern::kMiner;
constexpr auto kEscape = CommandPattern::kEscape;

constexpr Row kRows[] = {
    {kShell, "an interactive shell on /dev/tcp", R"(\b)" SHELL R"(\s+-[a-z]*i[^\n]*)" TCP_PATH},
    {kShell, "/dev/tcp as input and output", TCP_PATH R"([^\n;|]*\s0?[<>]&\s?1)"},
    {kShell, "commands read from /dev/tcp", R"(\b)" SHELL R"(\s+(?:-i\s+)?0?<\s*)" TCP_PATH},
    {kShell, "commands read from /dev/tcp",
     R"((?s:<>\s*)" TCP_PATH R"(.*(?:\b)" SHELL
     R"([^|;&\n]*<&|<&\s*[0-9$][^\n]*\|\s*(?:\S*/)?(?:)" SHELL R"(|while\s+read\b))))"},
    {kShell, "netcat with -e or -c",
     R"((?:^|[\s;&|(/`"'])(?:)" NETCAT
     R"()(?:\s[^|;&\n]*)?\s(?:-[A-Za-z]*[ec](?:[\s/]|$)|--(?:sh-|lua-)?exec(?:\s|=)))"},
    {kShell, "a network client piped into a shell",
     R"(\b(?:)" NETCAT R"(|telnet|openssl\s+s_client)\s[^|;&\n]*\|\s*(?:\S*/)?)" SHELL},
    {kShell, "socat with exec", R"((?i:\bsocat\b[^|;&\n]*\b(?:exec|system|shell)\s*:))"},
    {kShell, "an interactive shell on a descriptor",
     R"(\b)" SHELL R"(\s+(?:-i\s+[0-9]*[<>]&|[0-9]*<&\s*[0-9$]))"},
    {kShell, "a named pipe and a network client",
     R"(\bmk(?:fifo|nod)\b[^\n]*\b)" SHELL R"([^\n]*\|\s*(?:\S*/)?(?:)" NETCAT
     R"(|telnet|openssl)\b)"},
    {kShell, "Python's socket and a shell",
     R"((?s:\bpython[0-9.]*\b.*\bsocket\b.*(?:\bdup2\b|pty\.spawn|\bsubprocess\b.*\b)" SHELL
     R"()))"},
    {kShell, "Perl's Socket and a shell", R"((?s:\bperl\b.*\bSocket\b.*(?:\bexec\b|\bsystem\b)))"},
    {kShell, "PHP's fsockopen and a shell",
     R"((?s:\bphp[0-9.]*\b.*\bfsockopen\b.*\b(?:exec|shell_exec|system|passthru|popen|proc_open)\b))"},
    {kShell, "Ruby's TCPSocket and a shell",
     R"((?s:\bruby[0-9.]*\b.*\bTCPSocket\b.*\b(?:exec|spawn|system|popen)\b))"},
    {kShell, "Lua's socket and a shell",
     R"((?s:\blua[0-9.]*\b.*\bsocket\b.*(?:\bos\.execute\b|\bio\.popen\b)))"},
    {kShell, "Node's net and a shell",
     R"((?s:\bnode(?:js)?\b.*\bchild_process\b.*(?:\bnet\b|\.connect\b).*\bpipe\b))"},
    {kShell, "awk's network files", R"(/inet[46]?/(?:tcp|udp)/)"},
    {kShell, "PowerShell's TCPClient",
     R"((?i:\b(?:powershell|pwsh)\b[^\n]*\bsockets\.tcpclient\b))"},

    {kMiner, "the stratum protocol", R"((?i:\bstratum[12]?\+(?:tcp|ssl|tls|udp)://))"},
    {kMiner, "the name of a miner",
     R"((?i:(?:^|[\s/;&|("'=])(?:xmrig(?:-\w+)?|xmr-stak(?:-\w+)?|minerd|cpuminer(?:-\w+)?|ccminer|)"
     R"(ethminer|lolminer|nbminer|bfgminer|cgminer|teamredminer|phoenixminer|nanominer|srbminer\S*|)"
     R"(kdevtmpfsi|kinsing)(?:[\s;&|"')]|$)))"},
    {kMiner, "the options of a miner",
     R"((?i:(?:^|\s)(?:--donate-level|--nicehash|--randomx-[a-z]|(?:-a|--algo|--coin)[\s=]+)"
     R"((?:rx/|cn/|cn-|cryptonight|randomx|kawpow|etchash|autolykos|monero))))"},

    {kEscape, "nsenter into the node's first process",
     R"(\bnsenter\b[^\n;|]*(?:(?:-t|--target)[\s=]*1\b|/proc/1/))"},
    {kEscape, "chroot into the node's file system",
     R"(\bchroot\s+(?:-\S+\s+)*(?:/host(?:fs|root)?|/rootfs|/mnt/host|/proc/1/root)(?:[/\s;"']|$))"},
    {kEscape, "the release_agent of a cgroup", R"(\brelease_agent\b)"},
    {kEscape, "the core_pattern of the kernel",
     R"(/proc/sys/kernel/core_pattern\b|\bkernel\.core_pattern\s*=)"},
    {kEscape, "a kernel module", R"((?:^|[\s;&|(/`"'])(?:insmod|modprobe)(?:\s|$))"},
    {kEscape, "the node's disk",
     R"(\b(?:debugfs|mount)\b[^|;&\n]*\s/dev/(?:sd|vd|xvd|nvme|mapper/|dm-))"},
    {kEscape, "a container that has the node",
     R"(\b(?:docker|nerdctl|podman|ctr)\b[^|;&\n]*\brun\b[^|;&\n]*(?:\s--privileged\b|\s--pid[\s=]host\b|)"
     R"(\s(?:-v|--volume)[\s=]*/:/))"},

    {CommandPattern::kNetworkTool, "the network tool",
     COMMAND
     R"((nc|ncat|netcat|nc\.traditional|nc\.openbsd|socat|nmap|masscan|zmap|telnet|tcpdump|)"
     R"(tshark|chisel|gost|frpc|frps|ligolo(?:-ng)?|ngrok|cloudflared|proxychains4?|dnscat2?|iodined?))"
     R"((?:[\s;&|`"')]|$))"},
    {CommandPattern::kNetworkTool, "bash's /dev/tcp", TCP_PATH},

    {CommandPattern::kCopy, "the copy of files out of the container",
     R"(^(?:sh\s+-c\s+)?tar\s+-?[a-z]*c[a-z]*f\s+-(?:\s|$))"},
    {CommandPattern::kCopy, "the copy of files into the container",
     R"(^(?:sh\s+-c\s+)?tar\s+-?[a-z]*x[a-z]*f\s+-(?:\s|$))"},
};

struct Compiled {
  const Row* row;
  Regex regex;
};

const std::vector<Compiled>& Patterns() {
  static const std::vector<Compiled> kPatterns = [] {
    std::vector<Compiled> patterns;
    std::string error;
    for (const Row& row : kRows) {
      patterns.push_back({&row, Regex::Parse(row.expression, error).value()});
    }
    return patterns;
  }();
  return kPatterns;
}

Regex Known(std::string_view expression) {
  std::string error;
  return Regex::Parse(expression, error).value();
}

bool IsThisHost(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1" || host == "[::1]";
}

// Whether netcat only looks whether a port is open, as containers do that wait for another one.
// `arguments` end where the command does.
bool OnlyScans(std::string_view tool, std::string_view arguments) {
  static const Regex kZero = Known(R"((?:^|\s)-[A-Za-z0-9]*z)");
  return (tool.starts_with("nc") || tool == "netcat") && kZero.Matches(arguments);
}

// Where a match begins, past what only separates it from what is before.
std::size_t BeginOf(const Regex::Match& match, std::string_view text) {
  return std::min(text.find_first_not_of(" \t\n;&|(`\"'=", match.begin), match.end);
}

// Where the match is, unless it is one of the harmless ones: a host that is this one, or a look at
// a port. After so many of those nobody looks further: who writes that many hides something.
std::optional<std::size_t> FindHarmful(const Compiled& compiled, std::string_view text,
                                       std::string_view& group) {
  constexpr int kMostHarmless = 64;
  std::size_t from = 0;
  for (int harmless = 0; from <= text.size(); ++harmless) {
    const std::optional<Regex::Match> match = compiled.regex.Find(text, from);
    if (!match) return std::nullopt;
    group = match->group;
    if (group.empty() || harmless == kMostHarmless) return BeginOf(*match, text);
    const std::size_t group_end = group.data() + group.size() - text.data();
    from = std::max(group_end, match->begin + 1);
    if (compiled.row->what != "the network tool") {
      if (!IsThisHost(group)) return BeginOf(*match, text);
      continue;
    }
    const std::size_t end = std::min(text.find_first_of(";&|()`\"'\n", from), text.size());
    if (!OnlyScans(group, text.substr(from, end - from))) return group.data() - text.data();
    from = end;
  }
  return std::nullopt;
}

std::string_view NounOf(CommandPattern pattern) {
  switch (pattern) {
    case CommandPattern::kReverseShell:
      return "a reverse shell";
    case CommandPattern::kMiner:
      return "a miner";
    case CommandPattern::kEscape:
      return "a way out of the container";
    case CommandPattern::kNetworkTool:
    case CommandPattern::kCopy:
      break;
  }
  return "";
}

bool IsLookedFor(CommandPattern pattern, CommandLine::Origin origin) {
  if (pattern == CommandPattern::kCopy) return origin == CommandLine::Origin::kExec;
  return pattern != CommandPattern::kNetworkTool || origin != CommandLine::Origin::kEnvironment;
}

}  // namespace

Words<CommandPattern> WordsOf(CommandPattern) {
  static constexpr Word<CommandPattern> kWords[] = {{"reverseShell", CommandPattern::kReverseShell},
                                                    {"networkTool", CommandPattern::kNetworkTool},
                                                    {"miner", CommandPattern::kMiner},
                                                    {"escape", CommandPattern::kEscape},
                                                    {"copy", CommandPattern::kCopy}};
  return {"pattern", kWords};
}

std::optional<CommandMatch> FindPattern(CommandPattern pattern, const CommandLine& line) {
  if (!IsLookedFor(pattern, line.origin)) return std::nullopt;
  for (const Compiled& compiled : Patterns()) {
    if (compiled.row->pattern != pattern) continue;
    std::string_view group;
    const std::optional<std::size_t> offset = FindHarmful(compiled, line.text, group);
    if (!offset) continue;
    const std::string_view noun = NounOf(pattern);
    const std::string_view what = compiled.row->what;
    if (!noun.empty()) return CommandMatch{*offset, fmt::format("{} ({})", noun, what)};
    const bool is_tool = what == "the network tool";
    return CommandMatch{*offset, is_tool ? fmt::format("{} {}", what, group) : std::string(what)};
  }
  return std::nullopt;
}

Regex AnyOf(std::span<const CommandPattern> patterns) {
  std::string expression;
  for (const Row& row : kRows) {
    if (std::find(patterns.begin(), patterns.end(), row.pattern) == patterns.end()) continue;
    expression += fmt::format("{}(?:{})", expression.empty() ? "" : "|", row.expression);
  }
  return expression.empty() ? Regex() : Known(expression);
}

}  // namespace tidewaiter
