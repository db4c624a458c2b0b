// Who works inside running containers, and by which way.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params) {
  return Load(PolicyText("p", "interactiveAccess", params));
}

struct Connect {
  std::string kind;
  std::string sub_resource;
  std::string object = "{}";
  std::string user = "jane";
};

std::string ConnectText(const Connect& connect) {
  return ReviewText({.operation = "CONNECT",
                     .kind = connect.kind,
                     .sub_resource = connect.sub_resource,
                     .user = connect.user,
                     .object = connect.object});
}

std::string DebugText(const std::string& old, const std::string& now,
                      const std::string& user = "jane") {
  const auto pod = [](const std::string& debug) {
    return ObjectText("Pod",
                      R"({"containers":[{"name":"app"}],"ephemeralContainers":[)" + debug + "]}");
  };
  return ReviewText({.operation = "UPDATE",
                     .sub_resource = "ephemeralcontainers",
                     .user = user,
                     .object = pod(now),
                     .old_object = pod(old)});
}

TEST(InteractiveAccess, B55_EachWayIsFound) {
  struct Case {
    Connect connect;
    std::string want;
  };
  const std::string who = "this user is not expected to ";
  const std::string user = "request.userInfo.username|";
  for (const Case& c : {
           Case{{"PodExecOptions", "exec", R"({"command":["sh"],"container":"a"})"},
                user + "a|" + who + "run a command in pod \"web\""},
           Case{{"PodExecOptions", "exec", R"({"command":["sh"],"stdin":true,"tty":true})"},
                user + "|" + who + "run a command in pod \"web\", on a terminal"},
           Case{{"PodAttachOptions", "attach", R"({"container":"a","stdout":true})"},
                user + "a|" + who + "attach to pod \"web\""},
           Case{{"PodPortForwardOptions", "portforward"},
                user + "|" + who + "forward a port to pod \"web\""},
           Case{{"PodProxyOptions", "proxy", R"({"path":"/admin"})"},
                "path||" + who + "send a request through the API server to pod \"web\""},
           Case{{"ServiceProxyOptions", "proxy", R"({"path":"/"})"},
                "path||" + who + "send a request through the API server to Service \"web\""},
           Case{{"NodeProxyOptions", "proxy", R"({"path":"/run/shop/web/app"})"},
                "path||" + who + "send a request through the API server to node \"web\""},
           Case{{"NodeProxyOptions", "proxy", "null"},
                "path||" + who + "send a request through the API server to node \"web\""},
       }) {
    EXPECT_EQ(Violations(Policies(""), ConnectText(c.connect)), Lines{c.want}) << c.connect.object;
  }
}

TEST(InteractiveAccess, B54_WhateverIsRun) {
  for (const std::string command :
       {R"(["sh"])", R"(["/bin/sh","-c","id"])", R"(["/proc/self/exe"])", R"(["busybox","ash"])",
        R"(["env","-i","bash"])", R"(["python3","-c","import pty"])", R"(["ｓｈ"])", R"([" sh"])",
        "null", "[]"}) {
    EXPECT_EQ(Violations(Policies(""),
                         ConnectText({"PodExecOptions", "exec", R"({"command":)" + command + "}"}))
                  .size(),
              1U)
        << command;
  }
}

TEST(InteractiveAccess, B43_OnlyWholeNamesAreExpected) {
  const std::string params =
      R"(params: {allowedUsers: [jane, "system:serviceaccount:kube-system:a"], allowedGroups: [sre]})";
  const auto found = [&](const std::string& user) {
    return !Violations(Policies(params), ConnectText({"PodExecOptions", "exec", "{}", user}))
                .empty();
  };
  EXPECT_FALSE(found("jane"));
  EXPECT_FALSE(found("system:serviceaccount:kube-system:a"));
  for (const std::string user :
       {"Jane", "jane2", "mary", "", "system:serviceaccount:kube-systemx:a",
        "system:serviceaccount:kube-system"}) {
    EXPECT_TRUE(found(user)) << user;
  }
  const auto by_group = [](const std::string& group) {
    return Violations(Policies("params: {allowedGroups: [" + group + "]}"),
                      ConnectText({"PodExecOptions", "exec"}))
        .size();
  };
  EXPECT_EQ(by_group("developers"), 0U);  // of every review in these tests
  EXPECT_EQ(by_group("Developers"), 1U);
}

TEST(InteractiveAccess, OnlyTheSubResourcesThatAreNamed) {
  const PolicySet policies = Policies("params: {subResources: [attach]}");
  EXPECT_EQ(Violations(policies, ConnectText({"PodExecOptions", "exec"})), Lines{});
  EXPECT_EQ(Violations(policies, ConnectText({"PodAttachOptions", "attach"})).size(), 1U);
  EXPECT_EQ(Violations(policies, DebugText("", R"({"name":"d","image":"x"})")), Lines{});
}

TEST(InteractiveAccess, PathsOfAProxy) {
  struct Case {
    std::string path;
    bool found;
    bool found_by_paths;
  };
  for (const Case& c :
       {Case{"/metrics", false, false}, Case{"/metrics/cadvisor", false, false},
        Case{"/healthz", false, false}, Case{"/stats/summary", false, false},
        Case{"/configz", false, false}, Case{"/metrics2", true, false}, Case{"/pods", true, false},
        Case{"/run/shop/web/app", true, true}, Case{"/exec/shop/web/app", true, true},
        Case{"/metrics/../run/shop/web/app", true, false},
        Case{"/metrics/%2e%2e/run/x", true, false}, Case{"//metrics", true, false},
        Case{"", true, false}}) {
    const std::string text =
        ConnectText({"NodeProxyOptions", "proxy", R"({"path":)" + JsonText(c.path) + "}"});
    EXPECT_EQ(!Violations(Policies(""), text).empty(), c.found) << c.path;
    EXPECT_EQ(!Violations(Policies(R"(params: {paths: ["/run/*", "/exec/*"]})"), text).empty(),
              c.found_by_paths)
        << c.path;
  }
  EXPECT_EQ(Violations(Policies(""), ConnectText({"NodeProxyOptions", "proxy", R"({"path":1})"})),
            Lines{"refused: path: expected a string, got a number"});
}

TEST(InteractiveAccess, B33_EphemeralContainersThatAreNew) {
  const std::string debug = R"({"name":"d","image":"docker.io/library/busybox:1.36"})";
  const std::string foreign = R"({"name":"e","image":"evil.example/tool"})";
  EXPECT_EQ(Violations(Policies(""), DebugText("", debug)),
            Lines{"spec.ephemeralContainers[0]|d|this user is not expected to add a debug "
                  "container to pod \"web\""});
  EXPECT_EQ(Violations(Policies(""), DebugText(debug, debug)), Lines{});
  EXPECT_EQ(Violations(Policies(""), DebugText(debug, debug + "," + foreign)).size(), 1U);
  const std::string images = "params: {allowedUsers: [jane], images: [docker.io/library/busybox]}";
  EXPECT_EQ(Violations(Policies(images), DebugText("", debug)), Lines{});
  EXPECT_EQ(Violations(Policies(images), DebugText("", debug + "," + foreign)),
            Lines{"spec.ephemeralContainers[1].image|e|debug container \"e\" uses "
                  "\"evil.example/tool\", which is no image for debugging"});
  EXPECT_EQ(Violations(Policies(images), DebugText("", debug, "mary")).size(), 1U);
  // An UPDATE of the pod itself brings in none.
  EXPECT_EQ(Violations(Policies(""), UpdateText("Pod", PodText(R"({"name":"a"})"),
                                                PodText(R"({"name":"a","image":"x"})"))),
            Lines{});
}

}  // namespace
}  // namespace tidewaiter
