#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

Lines Of(const std::string& before, const std::string& after) {
  return Violations(
      Load(PolicyText("p", "serviceWiring")),
      UpdateText("Service", R"({"selector":)" + before + "}", R"({"selector":)" + after + "}"));
}
Lines Becomes(const std::string& before, const std::string& after) {
  return {"spec.selector||the Service sends its traffic to other pods: " + before + " becomes " +
          after};
}

TEST(ServiceWiring, ASelectorThatChanges) {
  EXPECT_EQ(Of(R"({"app":"web"})", R"({"app":"evil"})"), Becomes("\"app=web\"", "\"app=evil\""));
  EXPECT_EQ(Of(R"({"app":"web"})", R"({"app":"web","v":"2"})"),
            Becomes("\"app=web\"", "\"app=web,v=2\""));
  EXPECT_EQ(Of(R"({"app":"web"})", "null"), Becomes("\"app=web\"", "no selector"));
  EXPECT_EQ(Of("{}", R"({"app":"web"})"), Becomes("no selector", "\"app=web\""));
  EXPECT_EQ(Of("null", "{\"app\":\"" + std::string(200, 'x') + "\"}"),
            Becomes("no selector", "\"app=" + std::string(124, 'x') + "\"..."));
}

TEST(ServiceWiring, B50_WhatIsNoChange) {
  EXPECT_EQ(Of(R"({"app":"web","v":"2"})", R"({"v":"2","app":"web"})"), Lines{});
  EXPECT_EQ(Of("null", "{}"), Lines{});
  EXPECT_EQ(Of(R"({"app":null})", R"({"app":""})"), Lines{});
  EXPECT_EQ(Of(R"({"app":"web"})", R"({"app":7})"),
            Lines{"refused: spec.selector.app: expected a string, got a number"});
  EXPECT_EQ(Violations(Load(PolicyText("p", "serviceWiring")),
                       CreateText("Service", R"({"selector":{"app":"web"}})")),
            Lines{});
}

}  // namespace
}  // namespace tidewaiter
