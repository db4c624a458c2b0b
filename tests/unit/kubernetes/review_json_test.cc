// The rows about JSON that concern a review as a whole: what is refused, and by which uid.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "webhook/kubernetes/admission_request.h"

namespace tidewaiter {
namespace {

using std::string_literals::operator""s;

// A review of a pod; `request` and `pod` are put in front of the members that are there anyway.
std::string Review(const std::string& request, const std::string& pod = "") {
  return R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{)" + request +
         R"("operation":"CREATE","kind":{"group":"","version":"v1","kind":"Pod"},)"
         R"("resource":{"group":"","version":"v1","resource":"pods"},"namespace":"shop",)"
         R"("object":{"metadata":{"name":"web"},"spec":{)" +
         pod + R"("containers":[{"name":"app","image":"nginx"}]}}}})";
}
const std::string kUid = R"("uid":"u-1",)";

// "uid|errors"; no errors if the review was read.
std::string Refusal(const std::string& json) {
  std::string uid = "left from before";
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(json, &uid, diagnostics);
  EXPECT_EQ(request.has_value(), !diagnostics.HasErrors()) << json;
  EXPECT_EQ(request ? request->uid : uid, uid);
  return uid + "|" + diagnostics.Summary();
}

// Whether a review is refused in the name of `uid`, for a reason that begins so.
void ExpectRefusal(const std::string& json, const std::string& uid,
                   const std::string& reason = "") {
  const std::string refusal = Refusal(json);
  EXPECT_TRUE(refusal.starts_with(uid + "|not JSON that we read: " + reason))
      << refusal << "\n"
      << json.substr(0, 1000);
}

struct Case {
  std::string json;
  std::string want;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Refusal(c.json), c.want) << c.json;
}

TEST(ReviewJson, IsRead) { Expect({{Review(kUid), "u-1|"}}); }

TEST(ReviewJson, J01_DuplicateKeyIsRefusedByName) {
  Expect({
      {Review(kUid, R"("hostPID":false,"hostPID":true,)"),
       "u-1|not JSON that we read: duplicate key \"hostPID\" at byte 290"},
      {Review(kUid, R"("containers":[],)"),
       "u-1|not JSON that we read: duplicate key \"containers\" at byte 290"},
  });
}

TEST(ReviewJson, J01_DuplicateUidIsNoUid) {
  const std::string other = R"("uid":"u-2",)";
  ExpectRefusal(Review(kUid + other), "", "duplicate key \"uid\" at byte ");
  // The same after a syntax error, when nobody has looked for duplicates yet.
  for (const std::string& second : {other, std::string(R"("u\u0069d":"u-2",)")}) {
    std::string cut = Review(kUid + second);
    cut.resize(cut.size() - 10);
    ExpectRefusal(cut, "", "Missing a closing quotation mark");
  }
  // Twice the same text is clear enough, but no less refused.
  ExpectRefusal(Review(kUid + kUid), "u-1", "duplicate key \"uid\" at byte ");
}

TEST(ReviewJson, J01_DuplicateRequestHasNoClearUid) {
  ExpectRefusal(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1",)"
                R"("request":{"uid":"u-1"},"request":{"uid":"u-2"}})",
                "", "duplicate key \"request\" at byte ");
}

TEST(ReviewJson, J02_DuplicateThroughAnEscape) {
  ExpectRefusal(Review(kUid, R"("h\u006fstPID":false,"hostPID":true,)"), "u-1",
                "duplicate key \"hostPID\" at byte ");
}

TEST(ReviewJson, J03_OnlyTheKeyInItsOwnCaseIsRead) {
  Expect({
      {Review(R"("UID":"u-1",)"), "|request.uid: expected a string that is not empty"},
      {Review(kUid, R"("HostPID":"yes","hostpid":1,)"), "u-1|"},
  });
  std::string uid;
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(Review(kUid, R"("HOSTPID":true,)"), &uid, diagnostics);
  ASSERT_TRUE(request && request->pod());
  EXPECT_FALSE(request->pod()->host_pid);
}

TEST(ReviewJson, J04_J06_J09_BytesThatAreNoJson) {
  Expect({
      {Review(kUid) + "\0"s, "|not JSON that we read: NUL byte at byte 322"},
      {"\xef\xbb\xbf" + Review(kUid), "|not JSON that we read: byte order mark at byte 0"},
      {Review(kUid) + "\xff", "|not JSON that we read: invalid UTF-8 at byte 322"},
      {"", "|not JSON that we read: The document is empty. at byte 0"},
  });
}

TEST(ReviewJson, J05_NulInAString) {
  const std::string reason = "string with a NUL character (\\u0000) at byte ";
  ExpectRefusal(Review(kUid, R"("nodeName":"a\u0000b",)"), "u-1", reason);
  ExpectRefusal(Review(R"("uid":"u\u0000",)"), "", reason);
}

TEST(ReviewJson, J07_HalfASurrogate) {
  const std::string reason = "string with half a surrogate pair at byte ";
  ExpectRefusal(Review(kUid, R"("nodeName":"\udc00",)"), "u-1", reason);
  ExpectRefusal(Review(R"("uid":"\udc00",)"), "", reason);
}

TEST(ReviewJson, J10_PortsAreIntegersOrRefused) {
  const auto port = [](const std::string& value) {
    return Review(kUid, R"("initContainers":[{"name":"i","ports":[{"hostPort":)" + value + "}]}],");
  };
  for (const char* const value : {"0", "80", "-0", "65536", "-1", "2147483647", "null"}) {
    EXPECT_EQ(Refusal(port(value)), "u-1|") << value;
  }
  const std::string field =
      "u-1|spec.initContainers[0].ports[0].hostPort: expected an integer of 32 bits, got ";
  for (const char* const value :
       {"8080.0", "8.08e3", "1e5", "0.0", "2147483648", "-2147483649", "18446744073709551616",
        "4294967376", "1.0000000000e-2147483639"}) {
    EXPECT_EQ(Refusal(port(value)), field + "a number") << value;
  }
  EXPECT_EQ(Refusal(port("\"80\"")), field + "a string");
  EXPECT_EQ(Refusal(port("true")), field + "a boolean");
  EXPECT_EQ(Refusal(port("[80]")), field + "an array");
}

TEST(ReviewJson, J13_DepthCountsFromTheOutermostBrace) {
  // The review, the request, the object and its spec are four levels.
  const auto deep = [](std::size_t levels) {
    return Review(kUid, "\"x\":" + std::string(levels, '[') + std::string(levels, ']') + ",");
  };
  EXPECT_EQ(Refusal(deep(60)), "u-1|");
  ExpectRefusal(deep(61), "u-1", "nesting deeper than 64 levels at byte 0");
  ExpectRefusal(deep(100'000), "u-1", "nesting deeper than 64 levels at byte 0");
}

TEST(ReviewJson, J15_TooManyValuesAreRefusedByName) {
  std::string zeros = "0";
  for (int i = 0; i < 1'000'000; ++i) zeros += ",0";
  ExpectRefusal(Review(kUid, "\"x\":[" + zeros + "],"), "u-1",
                "more than 1000000 values and keys at byte ");
}

TEST(ReviewJson, J16_SyntaxErrorIsRefusedByNameIfTheUidCameBefore) {
  const std::string head =
      R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1")";
  Expect({
      {head,
       "u-1|not JSON that we read: Missing a comma or '}' after an object member. at byte 83"},
      {head + R"(,"object":{oops)",
       "u-1|not JSON that we read: Missing a name for object member. at byte 94"},
      {head + "}}x",
       "u-1|not JSON that we read: The document root must not be followed by other values. at byte "
       "85"},
      {head.substr(0, 80),
       "|not JSON that we read: Missing a closing quotation mark in string. at "
       "byte 80"},
      {R"({"request":{"uid":"u-1"},"kind":"AdmissionReview",oops)",
       "|not JSON that we read: Missing a name for object member. at byte 50"},
      {R"([1,)", "|not JSON that we read: Invalid value. at byte 3"},
      {R"("AdmissionReview)",
       "|not JSON that we read: Missing a closing quotation mark in string. at "
       "byte 16"},
  });
}

TEST(ReviewJson, J17_NoReviewOfVersionOneIsRefusedWithoutName) {
  const std::string kind = R"({"kind":"AdmissionReview",)";
  const std::string version = R"("apiVersion":"admission.k8s.io/v1")";
  Expect({
      {"[]", "|kind: expected \"AdmissionReview\""},
      {"null", "|kind: expected \"AdmissionReview\""},
      {"{}", "|kind: expected \"AdmissionReview\""},
      {R"({"kind":"Pod"})", "|kind: expected \"AdmissionReview\", got \"Pod\""},
      {R"({"kind":1})", "|kind: expected \"AdmissionReview\""},
      {R"({"kind":"AdmissionReview"})", "|apiVersion: expected \"admission.k8s.io/v1\""},
      {kind + R"("apiVersion":"admission.k8s.io/v1beta1"})",
       "|apiVersion: expected \"admission.k8s.io/v1\", got \"admission.k8s.io/v1beta1\""},
      {kind + version + "}", "|request: expected an object"},
      {kind + version + R"(,"request":null})", "|request: expected an object"},
      {kind + version + R"(,"request":["uid"]})", "|request: expected an object"},
      {Review(""), "|request.uid: expected a string that is not empty"},
      {Review(R"("uid":"",)"), "|request.uid: expected a string that is not empty"},
      {Review(R"("uid":null,)"), "|request.uid: expected a string that is not empty"},
      {Review(R"("uid":7,)"), "|request.uid: expected a string that is not empty"},
  });
}

TEST(ReviewJson, J17_AKnownFieldOfAnotherTypeIsRefusedByName) {
  Expect({
      {Review(kUid, R"("hostPID":"true",)"), "u-1|spec.hostPID: expected a boolean, got a string"},
      {Review(kUid, R"("hostPID":1,)"), "u-1|spec.hostPID: expected a boolean, got a number"},
      {Review(kUid, R"("initContainers":{},)"),
       "u-1|spec.initContainers: expected an array, got an object"},
      {Review(kUid, R"("initContainers":[null],)"),
       "u-1|spec.initContainers[0]: expected an object, got null"},
      {Review(kUid, R"("hostPID":null,"initContainers":null,)"), "u-1|"},
      {Review(kUid + R"("dryRun":"yes",)"), "u-1|request.dryRun: expected a boolean, got a string"},
      {Review(kUid + R"("userInfo":{"groups":[1]},)"),
       "u-1|request.userInfo.groups[0]: expected a string, got a number"},
  });
}

}  // namespace
}  // namespace tidewaiter
