#include <gtest/gtest.h>

#include <string>

#include "webhook/policy/document.h"
#include "webhook/policy/loader.h"

namespace tidewaiter {
namespace {

std::string Shown(const Shape& shape);

std::string Shown(const std::vector<FieldDescription>& fields) {
  std::string text;
  for (const FieldDescription& field : fields) {
    text += (text.empty() ? "" : " ") + field.key + (field.presence == kRequired ? "!" : "") + ":" +
            Shown(field.shape);
    EXPECT_FALSE(field.summary.empty()) << field.key;
  }
  return text;
}

std::string Shown(const Shape& shape) {
  std::string text;
  switch (shape.kind) {
    case Shape::Kind::kText:
      return shape.pattern.empty() ? "text" : "text/" + shape.pattern + "/";
    case Shape::Kind::kBool:
      return "bool";
    case Shape::Kind::kInteger:
      return std::to_string(shape.low) + ".." + std::to_string(shape.high);
    case Shape::Kind::kWord:
      for (const std::string& word : shape.words) text += (text.empty() ? "" : "|") + word;
      return text;
    case Shape::Kind::kDate:
      return "date";
    case Shape::Kind::kTime:
      return "time";
    case Shape::Kind::kList:
      return "[" + Shown(shape.of.at(0)) + "]";
    case Shape::Kind::kMap:
      return "{" + Shown(shape.fields) + "}";
    case Shape::Kind::kFreeMap:
      return "{...}";
    case Shape::Kind::kOneOf:
      for (const Shape& one : shape.of) text += (text.empty() ? "" : " or ") + Shown(one);
      return text;
  }
  return text;
}

// How texts of a certain form are shown.
const std::string kLabel = "text/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/";
const std::string kWhole = "text/^[^*?]+$/";
const std::string kFilled = "text/./";
const std::string kNamespaces = "[text/^[a-z0-9*?-]+$/]";
const std::string kTimeOfDay = "text/^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/";

TEST(Describe, TheKinds) {
  const std::string severity = "info|low|medium|high|critical";
  const std::string globs = "[" + kFilled + "]";
  const std::string wholes = "[" + kWhole + "]";
  const std::vector<std::pair<std::string, std::string>> want = {
      {"Policy",
       "check!:text action!:deny|warn|audit actions:[{namespaces!:" + kNamespaces +
           " action!:deny|warn|audit}] severity!:" + severity +
           " match:{operations:[CREATE|UPDATE|DELETE|CONNECT] kinds:[text] namespaces:" +
           kNamespaces + " excludeNamespaces:[" + kLabel + "] names:" + globs + " users:" + globs +
           " excludeUsers:" + wholes + " groups:" + globs + " excludeGroups:" + wholes +
           " resources:[text/^[a-z]+(/[a-z]+)?$/]} params:{...} onUpdate:always|new contact:text "
           "detection:{id!:text/^[A-Z]{2,5}-[0-9]{3}$/ status!:draft|test|production goal:text "
           "categorization:{attackVersion:text techniques:[{tactic!:text/^TA[0-9]{4} ./ "
           "technique!:text/^T[0-9]{4}([.][0-9]{3})? ./}] "
           "seeds:[text]} strategy:text technicalContext:text blindSpots:[text] "
           "assumptions:[text] falsePositives:[{what!:text recognise!:text handle!:text}] "
           "validation:[text] priority:{default!:" +
           severity + " criteria:[{when!:text level!:" + severity +
           "}]} response:{denied:[text] admitted:[text]} references:[text]}"},
      {"PolicyException",
       "policies!:[text] match!:{namespaces!:[" + kLabel + "] kinds:[text] names:" + globs +
           " images:[text] containers:" + wholes + " users:" + wholes + "} owner!:" + kFilled +
           " reason!:" + kFilled +
           " ticket:text expires!:date window:{days:[Mon|Tue|Wed|Thu|Fri|Sat|Sun] from:" +
           kTimeOfDay + " to:" + kTimeOfDay + "}"},
      {"IndicatorList",
       "indicators:[{type!:ip|cidr|domain|url|image value!:text source!:text confidence!:0..100 "
       "expires:date}] file:text type:ip|cidr|domain|url|image source:text confidence:0..100 "
       "expires:date"},
      {"Suite",
       "policies:[text] now:time cases!:[{name!:text object:text or {...} oldObject:text or {...} "
       "review:text or {...} operation:CREATE|UPDATE|DELETE|CONNECT subResource:text "
       "namespace:text user:text groups:[text] dryRun:bool expect!:{action!:allow|audit|warn|deny "
       "findings:[{policy!:text field:text exception:text}]}}]"},
  };
  std::vector<std::pair<std::string, std::string>> got;
  for (const KindDescription& kind : DescribeKinds()) {
    EXPECT_FALSE(kind.summary.empty());
    got.emplace_back(kind.kind, Shown(kind.spec));
  }
  EXPECT_EQ(got, want);
}

TEST(Describe, TheHeadOfADocument) {
  EXPECT_EQ(Shown(DescribeFields(FieldsOf(static_cast<Document*>(nullptr)))),
            "apiVersion!:tidewaiter.io/v1alpha1 kind!:Policy|PolicyException|IndicatorList|Suite "
            "metadata!:{name!:" +
                kLabel + "} spec!:{...}");
}

TEST(Describe, TheParametersOfChecks) {
  const auto params = [](const CheckKind& check) { return Shown(check.params.fields); };
  EXPECT_EQ(params(HostNamespaces()), "namespaces:[network|pid|ipc]");
  EXPECT_EQ(params(HostPorts()), "allowed:[1..65535 or text/^[0-9]+(-[0-9]+)?$/]");
  EXPECT_EQ(params(ImageRegistries()),
            "allow!:[text] requireDigest:bool unqualified:docker.io|deny");
  EXPECT_EQ(params(PortChanges()), "");
}

}  // namespace
}  // namespace tidewaiter
