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
      return "text";
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

TEST(Describe, TheKinds) {
  const std::string severity = "info|low|medium|high|critical";
  const std::vector<std::pair<std::string, std::string>> want = {
      {"Policy",
       "check!:text action!:deny|warn|audit "
       "actions:[{namespaces!:[text] action!:deny|warn|audit}] severity!:" +
           severity +
           " match:{operations:[CREATE|UPDATE|DELETE|CONNECT] kinds:[text] namespaces:[text] "
           "excludeNamespaces:[text] names:[text] users:[text] excludeUsers:[text] groups:[text] "
           "excludeGroups:[text] resources:[text]} params:{...} onUpdate:always|new contact:text "
           "detection:{id!:text status!:draft|test|production goal:text "
           "categorization:{attackVersion:text techniques:[{tactic!:text technique!:text}] "
           "seeds:[text]} strategy:text technicalContext:text blindSpots:[text] "
           "assumptions:[text] falsePositives:[{what!:text recognise!:text handle!:text}] "
           "validation:[text] priority:{default!:" +
           severity + " criteria:[{when!:text level!:" + severity +
           "}]} response:{denied:[text] admitted:[text]} references:[text]}"},
      {"PolicyException",
       "policies!:[text] match!:{namespaces!:[text] kinds:[text] names:[text] images:[text] "
       "containers:[text] users:[text]} owner!:text reason!:text ticket:text expires!:date "
       "window:{days:[Mon|Tue|Wed|Thu|Fri|Sat|Sun] from:text to:text}"},
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
            "apiVersion!:text kind!:Policy|PolicyException|IndicatorList|Suite "
            "metadata!:{name!:text} spec!:{...}");
}

TEST(Describe, TheParametersOfChecks) {
  const auto params = [](const CheckKind& check) { return Shown(check.params.fields); };
  EXPECT_EQ(params(HostNamespaces()), "namespaces:[network|pid|ipc]");
  EXPECT_EQ(params(HostPorts()), "allowed:[1..65535 or text]");
  EXPECT_EQ(params(ImageRegistries()),
            "allow!:[text] requireDigest:bool unqualified:docker.io|deny");
  EXPECT_EQ(params(PortChanges()), "");
}

}  // namespace
}  // namespace tidewaiter
