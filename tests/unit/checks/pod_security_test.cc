// What each check of the Pod Security Standards says, where, and about what; and the parameters of
// podSecurity.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

struct Case {
  std::string check;
  std::string spec;  // of the pod, without its braces; "app" stands for a container's first members
  Lines want;        // "field|container|message", below spec.template.spec
};

constexpr std::string_view kApp = R"("name":"app","securityContext":)";

// One container of the name "app" with this securityContext.
std::string App(const std::string& security, const std::string& more = "") {
  return fmt::format(R"("containers":[{{{}{}{}}}])", kApp, security, more);
}

std::vector<Case> Cases() {
  const std::string clean = App("{}");
  return {
      {"allowPrivilegeEscalation",
       App(R"({"allowPrivilegeEscalation":true})"),
       {".containers[0].securityContext.allowPrivilegeEscalation|app|container \"app\" sets "
        "allowPrivilegeEscalation to true"}},
      {"allowPrivilegeEscalation",
       clean,
       {".containers[0].securityContext.allowPrivilegeEscalation|app|container \"app\" does not "
        "set "
        "allowPrivilegeEscalation to false"}},
      {"appArmorProfile",
       R"("securityContext":{"appArmorProfile":{"type":"Unconfined"}},)" +
           App(R"({"appArmorProfile":{}})"),
       {".securityContext.appArmorProfile.type||the pod uses the AppArmor profile \"Unconfined\"",
        ".containers[0].securityContext.appArmorProfile.type|app|container \"app\" uses the "
        "AppArmor profile \"\""}},
      {"capabilities_baseline",
       App(R"({"capabilities":{"add":["CHOWN","SYS_ADMIN","CAP_CHOWN"]}})"),
       {".containers[0].securityContext.capabilities.add[1]|app|container \"app\" adds the "
        "capability \"SYS_ADMIN\"",
        ".containers[0].securityContext.capabilities.add[2]|app|container \"app\" adds the "
        "capability \"CAP_CHOWN\""}},
      {"capabilities_restricted",
       App(R"({"capabilities":{"add":["CHOWN"],"drop":["NET_RAW"]}})"),
       {".containers[0].securityContext.capabilities.add[0]|app|container \"app\" adds the "
        "capability \"CHOWN\"",
        ".containers[0].securityContext.capabilities.drop|app|container \"app\" does not drop all "
        "capabilities"}},
      {"hostPathVolumes",
       R"("volumes":[{"name":"a","emptyDir":{}},{"name":"b","hostPath":{"path":"/"}}],)" + clean,
       {".volumes[1].hostPath||volume \"b\" is a path of the node"}},
      {"hostProbesAndHostLifecycle",
       App("{}", R"(,"startupProbe":{"tcpSocket":{"port":1,"host":"10.0.0.1"}},)"
                 R"("lifecycle":{"preStop":{"httpGet":{"port":80,"host":"c2.example.test"}}})"),
       {".containers[0].startupProbe.tcpSocket.host|app|container \"app\" has a startupProbe that "
        "calls the host \"10.0.0.1\"",
        ".containers[0].lifecycle.preStop.httpGet.host|app|container \"app\" has a "
        "lifecycle.preStop that calls the host \"c2.example.test\""}},
      {"privileged",
       App(R"({"privileged":true})"),
       {".containers[0].securityContext.privileged|app|container \"app\" is privileged"}},
      {"procMount",
       App(R"({"procMount":"Unmasked"})"),
       {".containers[0].securityContext.procMount|app|container \"app\" uses the procMount "
        "\"Unmasked\""}},
      {"procMount_restricted",
       R"("hostUsers":false,)" + App(R"({"procMount":"Unmasked"})"),
       {".containers[0].securityContext.procMount|app|container \"app\" uses the procMount "
        "\"Unmasked\""}},
      {"restrictedVolumes",
       R"("volumes":[{"name":"a"},{"name":"b","nfs":{}},{"name":"c","emptyDir":{},"hostPath":{}},)"
       R"({"name":"d","newInKubernetes2":{}}],)" +
           clean,
       {".volumes[1].nfs||volume \"b\" is of the type \"nfs\"",
        ".volumes[2].hostPath||volume \"c\" is of the type \"hostPath\"",
        ".volumes[3].newInKubernetes2||volume \"d\" is of the type \"newInKubernetes2\""}},
      {"runAsNonRoot",
       R"("securityContext":{"runAsNonRoot":false},)" + clean,
       {".securityContext.runAsNonRoot||the pod sets runAsNonRoot to false"}},
      {"runAsNonRoot",
       clean,
       {".containers[0].securityContext.runAsNonRoot|app|container \"app\" does not set "
        "runAsNonRoot to true, nor does its pod"}},
      {"runAsUser",
       R"("securityContext":{"runAsUser":0},)" + App(R"({"runAsUser":0})"),
       {".securityContext.runAsUser||the pod sets runAsUser to 0, which is root",
        ".containers[0].securityContext.runAsUser|app|container \"app\" sets runAsUser to 0, which "
        "is root"}},
      {"seLinuxOptions",
       App(R"({"seLinuxOptions":{"type":"spc_t","user":"u","role":"r"}})"),
       {".containers[0].securityContext.seLinuxOptions.type|app|container \"app\" sets the SELinux "
        "type \"spc_t\"",
        ".containers[0].securityContext.seLinuxOptions.user|app|container \"app\" sets the SELinux "
        "user \"u\"",
        ".containers[0].securityContext.seLinuxOptions.role|app|container \"app\" sets the SELinux "
        "role \"r\""}},
      {"seccompProfile_baseline",
       App(R"({"seccompProfile":{"type":"Unconfined"}})"),
       {".containers[0].securityContext.seccompProfile.type|app|container \"app\" uses the seccomp "
        "profile \"Unconfined\""}},
      {"seccompProfile_restricted",
       clean,
       {".containers[0].securityContext.seccompProfile.type|app|container \"app\" has no seccomp "
        "profile, nor has its pod"}},
      {"sysctls",
       R"("securityContext":{"sysctls":[{"name":"net.ipv4.tcp_syncookies"},{"name":"kernel.sem"}]},)" +
           clean,
       {".securityContext.sysctls[1].name||the pod sets the sysctl \"kernel.sem\""}},
      {"windowsHostProcess",
       R"("securityContext":{"windowsOptions":{"hostProcess":true}},)" +
           App(R"({"windowsOptions":{"hostProcess":true}})"),
       {".securityContext.windowsOptions.hostProcess||the pod runs as a process of its Windows "
        "node",
        ".containers[0].securityContext.windowsOptions.hostProcess|app|container \"app\" runs as a "
        "process of its Windows node"}},
  };
}

TEST(PodSecurity, WhatIsSaidAndWhere) {
  for (const Case& c : Cases()) {
    Lines want = c.want;
    for (std::string& line : want) line = "spec.template.spec" + line;
    EXPECT_EQ(
        Violations(Load(PolicyText("p", c.check)), CreateText("Deployment", "{" + c.spec + "}")),
        want)
        << c.check;
  }
}

TEST(PodSecurity, AnnotationsAreThoseOfThePod) {
  const auto object = [](const std::string& workload, const std::string& pod) {
    return ReviewText({.kind = "Deployment",
                       .object = R"({"metadata":{"annotations":{)" + workload +
                                 R"(}},"spec":{"template":{"metadata":{"annotations":{)" + pod +
                                 R"(}},"spec":{"containers":[{"name":"app"}]}}}})"});
  };
  const std::string armor =
      R"("container.apparmor.security.beta.kubernetes.io/app":"unconfined","other":7)";
  const std::string seccomp = R"("seccomp.security.alpha.kubernetes.io/pod":"unconfined")";
  const PolicySet policies =
      Load(PolicyText("a", "appArmorProfile") +
           PolicyText("s", "seccompProfile_baseline", "params: {version: v1.18}"));
  EXPECT_EQ(Violations(policies, object(armor + "," + seccomp, "")), Lines{});
  EXPECT_EQ(
      Violations(policies, object("", armor + "," + seccomp)),
      (Lines{
          "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/"
          "app]||the pod has the annotation "
          "\"container.apparmor.security.beta.kubernetes.io/app\"=\"unconfined\"",
          "spec.template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]||the pod "
          "has the annotation \"seccomp.security.alpha.kubernetes.io/pod\"=\"unconfined\""}));
  EXPECT_EQ(
      Violations(policies, object("", R"("seccomp.security.alpha.kubernetes.io/pod":7)")),
      Lines{"refused: spec.template.metadata.annotations.seccomp.security.alpha.kubernetes.io/"
            "pod: expected a string, got a number"});
}

TEST(PodSecurity, ALevelNamesItselfAndItsReason) {
  const std::string pod =
      R"({"hostNetwork":true,"containers":[{"name":"app","ports":[{"containerPort":80},)"
      R"({"containerPort":81,"hostPort":81}],"securityContext":{"privileged":true}}]})";
  // Written ports only: upstream does not look at what hostNetwork binds.
  EXPECT_EQ(
      Violations(Load(PolicyText("p", "podSecurity", "params: {level: baseline}")),
                 CreateText("Deployment", pod)),
      (Lines{"spec.template.spec.hostNetwork||violates PodSecurity \"baseline:latest\": host "
             "namespaces (the pod shares its node's network namespace)",
             "spec.template.spec.containers[0].ports[1].hostPort|app|violates PodSecurity "
             "\"baseline:latest\": hostPort (container \"app\" binds port 81/TCP of its node)",
             "spec.template.spec.containers[0].securityContext.privileged|app|violates PodSecurity "
             "\"baseline:latest\": privileged (container \"app\" is privileged)"}));
  const Lines restricted =
      Violations(Load(PolicyText("p", "podSecurity", "params: {level: restricted, version: 1.0}")),
                 CreateText("Pod", PodText(R"({"name":"app"})")));
  EXPECT_EQ(restricted,
            Lines{"spec.containers[0].securityContext.runAsNonRoot|app|violates PodSecurity "
                  "\"restricted:v1.0\": runAsNonRoot != true (container \"app\" does not set "
                  "runAsNonRoot to true, nor does its pod)"});
}

TEST(PodSecurity, Versions) {
  for (const std::string text : {"latest", "v1.0", "v1.9", "v1.25", "v1.100"}) {
    const auto version = ParsePodSecurityVersion(text);
    ASSERT_TRUE(version) << text;
    EXPECT_EQ(ToString(*version), text);
  }
  EXPECT_EQ(ParsePodSecurityVersion("1.25"), PodSecurityVersion{25});
  for (const std::string text : {"", "v", "v1", "v1.", "v2.0", "v1.01", "v1.-1", "v1.2.3", "v1.x",
                                 "1.25 ", "vv1.2", "Latest", "v1.99999999999999"}) {
    EXPECT_FALSE(ParsePodSecurityVersion(text)) << text;
  }
}

TEST(PodSecurity, ParametersAreReadWhenThePolicyIsLoaded) {
  const auto diagnostics = [](const std::string& check, const std::string& params) {
    Diagnostics found;
    const SourceFile file{"p.yaml", PolicyText("p", check, params)};
    const auto policies = ParsePolicies({&file, 1}, ShippedChecks(), found);
    EXPECT_EQ(policies.has_value(), !found.HasErrors());
    std::string text;
    for (const Diagnostic& diagnostic : found.all()) {
      text += FormatLocation(diagnostic.location) + ": " + diagnostic.message;
    }
    return text;
  };
  EXPECT_EQ(diagnostics("podSecurity", "params: {level: baselin}"),
            "p.yaml:9:19: unknown level \"baselin\"; did you mean \"baseline\"?");
  EXPECT_EQ(diagnostics("podSecurity", "params: {level: privileged}"),
            "p.yaml:9:19: unknown level \"privileged\"; known: baseline, restricted");
  EXPECT_EQ(diagnostics("podSecurity", "params: {version: latest}"),
            "p.yaml:9:11: missing key \"level\": baseline or restricted");
  EXPECT_EQ(diagnostics("sysctls", "params: {version: v2.0}"),
            "p.yaml:9:21: expected latest, or a version of Kubernetes as in v1.25, got v2.0");
  EXPECT_EQ(diagnostics("runAsUser", "params: {version: v1.22}"),
            "p.yaml:9:21: nothing is checked: the standard has runAsUser from v1.23 on");
  EXPECT_EQ(diagnostics("runAsUser", "params: {version: v1.23}"), "");
}

TEST(PodSecurity, B38_WrongTypesAreRefused) {
  const auto refused = [](const std::string& spec) {
    return Refusal(CreateText("Pod", "{" + spec + "}"));
  };
  const auto security = [&](const std::string& json) { return refused(App(json)); };
  const std::string at = "u-1|spec.containers[0].securityContext.";
  EXPECT_EQ(security(R"({"capabilities":["ALL"]})"),
            at + "capabilities: expected an object, got an array");
  EXPECT_EQ(security(R"({"capabilities":{"add":"ALL"}})"),
            at + "capabilities.add: expected an array, got a string");
  EXPECT_EQ(security(R"({"capabilities":{"drop":[7]}})"),
            at + "capabilities.drop[0]: expected a string, got a number");
  EXPECT_EQ(security(R"({"runAsNonRoot":"true"})"),
            at + "runAsNonRoot: expected a boolean, got a string");
  EXPECT_EQ(security(R"({"runAsUser":"0"})"), at + "runAsUser: expected an integer, got a string");
  EXPECT_EQ(security(R"({"runAsUser":0.0})"), at + "runAsUser: expected an integer, got a number");
  EXPECT_EQ(security(R"({"seccompProfile":"x"})"),
            at + "seccompProfile: expected an object, got a string");
  EXPECT_EQ(security(R"({"seccompProfile":{"type":1}})"),
            at + "seccompProfile.type: expected a string, got a number");
  EXPECT_EQ(security(R"({"procMount":false})"), at + "procMount: expected a string, got a boolean");
  EXPECT_EQ(refused(R"("hostUsers":"no",)" + App("{}")),
            "u-1|spec.hostUsers: expected a boolean, got a string");
  EXPECT_EQ(refused(R"("os":"windows",)" + App("{}")),
            "u-1|spec.os: expected an object, got a string");
  EXPECT_EQ(refused(R"("volumes":[{"name":"v","nfs":true}],)" + App("{}")),
            "u-1|spec.volumes[0].nfs: expected an object, got a boolean");
  EXPECT_EQ(refused(App("{}", R"(,"lifecycle":{"preStop":{"httpGet":{"host":1}}})")),
            "u-1|spec.containers[0].lifecycle.preStop.httpGet.host: expected a string, got a "
            "number");
  EXPECT_EQ(refused(R"("securityContext":{"sysctls":{}},)" + App("{}")),
            "u-1|spec.securityContext.sysctls: expected an array, got an object");
}

}  // namespace
}  // namespace tidewaiter
