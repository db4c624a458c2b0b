// What a review means once it is read: its names, its pod spec, and what is refused on the way. A
// refusal without a uid is answered by HTTP 400, one with a uid by a verdict.

#include "webhook/kubernetes/admission_request.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/kubernetes/object_parser.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kApp = R"({"name":"app","image":"nginx"})";
const std::string kSpec = PodText(std::string(kApp));
const std::string kPrivileged =
    PodText(R"({"name":"app","image":"nginx","securityContext":{"privileged":true}})");

struct Case {
  std::string json;
  std::string want;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Refusal(c.json), c.want) << c.json.substr(0, 1000);
}

std::string PodWith(const std::string& container) { return CreateText("Pod", PodText(container)); }

TEST(AdmissionRequest, EveryMemberIsRead) {
  const AdmissionRequest request = Parsed(ReviewText(
      {.operation = "UPDATE",
       .kind = "Deployment",
       .sub_resource = "future",
       .name = "api",
       .object = R"({"metadata":{"name":"api","ownerReferences":[{"kind":"A","name":"a"},)"
                 R"({"kind":"B","name":"b","controller":true}]},"spec":{"template":{"spec":)" +
                 kSpec + "}}}",
       .old_object = ObjectText("Deployment", kSpec),
       .more = R"("dryRun":true,"requestKind":{"group":"extensions","version":"v1beta1",)"
               R"("kind":"Deployment"},"requestResource":{"group":"extensions",)"
               R"("version":"v1beta1","resource":"deployments"},)"}));
  EXPECT_EQ(request.uid, "u-1");
  EXPECT_EQ(request.operation, Operation::kUpdate);
  EXPECT_EQ(request.kind.group, "apps");
  EXPECT_EQ(request.kind.version, "v1");
  EXPECT_EQ(request.kind.kind, "Deployment");
  EXPECT_EQ(request.resource.group, "apps");
  EXPECT_EQ(request.resource.version, "v1");
  EXPECT_EQ(request.resource.resource, "deployments");
  EXPECT_EQ(request.request_kind.group, "extensions");
  EXPECT_EQ(request.request_kind.version, "v1beta1");
  EXPECT_EQ(request.request_resource.resource, "deployments");
  EXPECT_EQ(request.sub_resource, "future");
  EXPECT_EQ(request.name, "api");
  EXPECT_EQ(request.name_space, "shop");
  EXPECT_EQ(request.user.username, "jane");
  EXPECT_EQ(request.user.groups, std::vector<std::string_view>{"developers"});
  EXPECT_TRUE(request.dry_run);
  ASSERT_TRUE(request.object && request.object->owner && request.pod() && request.old_pod());
  EXPECT_EQ(request.object->owner->kind, "B");
  EXPECT_EQ(request.object->owner->name, "b");
}

TEST(AdmissionRequest, TheNamespaceIsThatOfTheRequest) {
  const AdmissionRequest request = Parsed(ReviewText(
      {.object = R"({"metadata":{"name":"web","namespace":"kube-system"},"spec":)" + kSpec + "}"}));
  EXPECT_EQ(request.name_space, "shop");
}

TEST(AdmissionRequest, WhereThePodSpecOfAKindStands) {
  for (const WorkloadKind& workload : WorkloadKinds()) {
    const AdmissionRequest request = Parsed(UpdateText(workload.kind, kSpec, kPrivileged));
    ASSERT_TRUE(request.pod() && request.old_pod()) << workload.kind;
    EXPECT_EQ(request.pod()->path, workload.path);
    EXPECT_TRUE(request.pod()->containers.at(0).privileged) << workload.kind;
    EXPECT_EQ(request.old_pod()->path, workload.path);
    EXPECT_FALSE(request.old_pod()->containers.at(0).privileged) << workload.kind;
    // A workload without its pod spec is refused, and the message says where it was looked for.
    const std::string top = workload.path.substr(0, workload.path.find('.'));
    EXPECT_EQ(Refusal(ReviewText({.kind = workload.kind, .object = R"({"metadata":{}})"})),
              "u-1|" + top + ": expected an object, got none")
        << workload.kind;
  }
}

TEST(AdmissionRequest, AKindOfTheSameNameInAnotherGroupHasNoPodSpec) {
  EXPECT_EQ(PodSpecPath({"evil.io", "v1", "Pod"}), nullptr);
  EXPECT_EQ(PodSpecPath({"", "v1", "Deployment"}), nullptr);
  EXPECT_EQ(PodSpecPath({"apps", "v1", "Job"}), nullptr);
  EXPECT_EQ(PodSpecPath({"", "v1", "pod"}), nullptr);
  ASSERT_NE(PodSpecPath({"batch", "v1beta1", "CronJob"}), nullptr);
  EXPECT_FALSE(Parsed(CreateText("ConfigMap", "[]")).pod());
}

TEST(AdmissionRequest, B22_NulInAnImageIsRefusedByName) {
  const std::string json = PodWith(R"({"name":"app","image":"gcr.io/acme/app\u0000.evil.com/x"})");
  EXPECT_TRUE(Refusal(json).starts_with(
      "u-1|not JSON that we read: string with a NUL character (\\u0000) at byte "));
  EXPECT_EQ(Refusal(PodWith(R"({"name":"app","image":"gcr.io/acme/app"})")), "u-1|");
}

TEST(AdmissionRequest, B29_AnImageIsAStringOrNotThere) {
  Expect({{PodWith(R"({"name":"app","image":7})"),
           "u-1|spec.containers[0].image: expected a string, got a number"},
          {CreateText("Deployment", PodText(R"({"name":"app","image":7})")),
           "u-1|spec.template.spec.containers[0].image: expected a string, got a number"},
          {PodWith(R"({"name":"app","image":""})"), "u-1|"},
          {PodWith(R"({"name":"app","image":null})"), "u-1|"},
          {PodWith(R"({"name":"app"})"), "u-1|"}});
}

TEST(AdmissionRequest, B37_NullIsAbsent) {
  struct Context {
    std::string json;
    bool privileged;
  };
  for (const Context& c : std::vector<Context>{{R"({"privileged":true})", true},
                                               {R"({"privileged":false})", false},
                                               {R"({"privileged":null})", false},
                                               {"null", false},
                                               {"{}", false}}) {
    const AdmissionRequest request =
        Parsed(PodWith(R"({"name":"app","securityContext":)" + c.json + "}"));
    ASSERT_TRUE(request.pod());
    EXPECT_EQ(request.pod()->containers.at(0).privileged, c.privileged) << c.json;
  }
}

TEST(AdmissionRequest, B38_AWrongTypeIsRefusedAndNeverSkipped) {
  const auto privileged = [](const std::string& value) {
    return PodWith(R"({"name":"app","securityContext":{"privileged":)" + value + "}}");
  };
  const auto pod = [](const std::string& spec) { return CreateText("Pod", spec); };
  const std::string field = "u-1|spec.containers[0].securityContext.privileged: ";
  const std::string app = "\"containers\":[" + std::string(kApp) + "]";
  Expect({
      {privileged("\"true\""), field + "expected a boolean, got a string"},
      {privileged("1"), field + "expected a boolean, got a number"},
      {privileged("[true]"), field + "expected a boolean, got an array"},
      {privileged("{}"), field + "expected a boolean, got an object"},
      {pod(R"({"hostNetwork":"yes",)" + app + "}"),
       "u-1|spec.hostNetwork: expected a boolean, got a string"},
      {pod(R"({"hostPID":1,)" + app + "}"), "u-1|spec.hostPID: expected a boolean, got a number"},
      {pod(R"({"containers":{}})"),
       "u-1|spec.containers: expected an array, got an object; spec.containers: expected at least "
       "one container"},
      {pod(R"({"containers":null})"), "u-1|spec.containers: expected at least one container"},
      {pod(R"({"containers":[]})"), "u-1|spec.containers: expected at least one container"},
      {pod("{}"), "u-1|spec.containers: expected at least one container"},
      {pod("[]"),
       "u-1|spec: expected an object, got an array; spec.containers: expected at least one "
       "container"},
      {pod("null"), "u-1|spec: expected an object, got none"},
      {pod(R"({"containers":[[]]})"), "u-1|spec.containers[0]: expected an object, got an array"},
      {pod(R"({"containers":[null]})"), "u-1|spec.containers[0]: expected an object, got null"},
      {pod(R"({"volumes":{},)" + app + "}"), "u-1|spec.volumes: expected an array, got an object"},
      {pod(R"({"volumes":[{"image":"evil.io/x"}],)" + app + "}"),
       "u-1|spec.volumes[0].image: expected an object, got a string"},
      {pod(R"({"ephemeralContainers":"x",)" + app + "}"),
       "u-1|spec.ephemeralContainers: expected an array, got a string"},
      {PodWith(R"({"name":"app","volumeMounts":[{"name":"v","readOnly":"yes"}]})"),
       "u-1|spec.containers[0].volumeMounts[0].readOnly: expected a boolean, got a string"},
      {PodWith(R"({"name":"app","imagePullPolicy":1})"),
       "u-1|spec.containers[0].imagePullPolicy: expected a string, got a number"},
      {pod(R"({"volumes":[{"hostPath":{"path":["/"]}}],)" + app + "}"),
       "u-1|spec.volumes[0].hostPath.path: expected a string, got an array"},
      {pod(R"({"volumes":[{"image":{"reference":"a","pullPolicy":true}}],)" + app + "}"),
       "u-1|spec.volumes[0].image.pullPolicy: expected a string, got a boolean"},
      {pod(R"({"dnsPolicy":1,"hostAliases":{},)" + app + "}"),
       "u-1|spec.dnsPolicy: expected a string, got a number; spec.hostAliases: expected an array, "
       "got an object"},
      {CreateText("Service", R"({"type":1,"externalIPs":"x","selector":["a"]})"),
       "u-1|spec.type: expected a string, got a number; spec.externalIPs: expected an array, got a "
       "string; spec.selector: expected an object, got an array"},
      {CreateText("PersistentVolume", R"({"hostPath":"/"})"),
       "u-1|spec.hostPath: expected an object, got a string"},
      {ReviewText({.object = "[]"}), "u-1|object: expected an object, got an array"},
      {pod(kSpec), "u-1|"},
  });
}

TEST(AdmissionRequest, B38_AHostileObjectGivesFewErrors) {
  std::string containers = "7";
  for (int i = 0; i < 10'000; ++i) containers += ",7";
  std::string uid;
  Diagnostics diagnostics;
  EXPECT_FALSE(ParseAdmissionReview(PodWith(containers), &uid, diagnostics));
  EXPECT_EQ(uid, "u-1");
  EXPECT_EQ(diagnostics.errors(), 8U);
}

TEST(AdmissionRequest, B49_PortsAreIntegers) {
  const auto port = [](const std::string& value) {
    return PodWith(R"({"name":"app","ports":[{"hostPort":)" + value + "}]}");
  };
  for (const std::string value : {"0", "null", "80", "65535", "65536", "-1"}) {
    EXPECT_EQ(Refusal(port(value)), "u-1|") << value;
  }
  const std::string field = "u-1|spec.containers[0].ports[0].hostPort: expected an integer of 32 ";
  Expect({{port("8080.0"), field + "bits, got a number"},
          {port("8.08e3"), field + "bits, got a number"},
          {port("4294967376"), field + "bits, got a number"},
          {port("\"80\""), field + "bits, got a string"},
          {port("true"), field + "bits, got a boolean"}});
}

TEST(AdmissionRequest, B58_NoObjectToJudge) {
  const std::string object = ObjectText("Pod", kSpec);
  Expect({
      {ReviewText({}), "u-1|object: expected an object for CREATE, got none"},
      {ReviewText({.operation = "UPDATE", .old_object = object}),
       "u-1|object: expected an object for UPDATE, got none"},
      {ReviewText({.operation = "UPDATE", .object = object}), "u-1|"},
      {ReviewText({.object = object}), "u-1|"},
  });
}

TEST(AdmissionRequest, K02_TheUidIsTheTextThatWasSent) {
  std::string hostile = "\xe2\x80\xa8\xf0\x9f\x98\x80</script>\n\t\x7f";
  while (hostile.size() < 1024) hostile += "\"\\";
  const std::string json =
      ReviewText({.object = ObjectText("Pod", kSpec), .uid = JsonText(hostile)});
  EXPECT_EQ(Refusal(json), hostile + "|");
  EXPECT_EQ(Parsed(json).uid, hostile);
  // A NUL in it leaves no uid that could be echoed.
  EXPECT_TRUE(Refusal(ReviewText({.object = ObjectText("Pod", kSpec), .uid = R"("u\u0000")"}))
                  .starts_with("|not JSON that we read: string with a NUL character"));
}

TEST(AdmissionRequest, K03_K04_NoReviewOfVersionOneHasNoUid) {
  const auto review = [](const std::string& kind, const std::string& version,
                         const std::string& request) {
    return fmt::format(R"({{"kind":{},"apiVersion":{},"request":{}}})", kind, version, request);
  };
  const std::string kind = "\"AdmissionReview\"";
  const std::string v1 = "\"admission.k8s.io/v1\"";
  const std::string uid = R"({"uid":"u-1"})";
  Expect({
      {review(kind, v1, "null"), "|request: expected an object"},
      {review(kind, v1, "[]"), "|request: expected an object"},
      {review(kind, v1, "\"u-1\""), "|request: expected an object"},
      {review(kind, v1, "{}"), "|request.uid: expected a string that is not empty"},
      {review(kind, v1, R"({"uid":7})"), "|request.uid: expected a string that is not empty"},
      {review(kind, v1, R"({"uid":""})"), "|request.uid: expected a string that is not empty"},
      {review(kind, v1, R"({"uid":null})"), "|request.uid: expected a string that is not empty"},
      {review(kind, "\"admission.k8s.io/v1beta1\"", uid),
       "|apiVersion: expected \"admission.k8s.io/v1\", got \"admission.k8s.io/v1beta1\""},
      {review(kind, "\"v1\"", uid), "|apiVersion: expected \"admission.k8s.io/v1\", got \"v1\""},
      {review(kind, "1", uid), "|apiVersion: expected \"admission.k8s.io/v1\""},
      {review("\"admissionReview\"", v1, uid),
       "|kind: expected \"AdmissionReview\", got \"admissionReview\""},
      {review("\"Pod\"", v1, uid), "|kind: expected \"AdmissionReview\", got \"Pod\""},
      {review("null", v1, uid), "|kind: expected \"AdmissionReview\""},
      {"{}", "|kind: expected \"AdmissionReview\""},
      {"7", "|kind: expected \"AdmissionReview\""},
  });
}

TEST(AdmissionRequest, AnUnknownOperationIsRefusedByName) {
  const std::string known = "; known: CREATE, UPDATE, DELETE, CONNECT";
  for (const std::string word : {"PATCH", "create", "", "*"}) {
    EXPECT_EQ(Refusal(ReviewText({.operation = word, .object = ObjectText("Pod", kSpec)})),
              "u-1|request.operation: unknown operation \"" + word + "\"" + known);
  }
}

TEST(AdmissionRequest, K05_Delete) {
  const std::string object = ObjectText("Pod", kPrivileged);
  const AdmissionRequest deleted =
      Parsed(ReviewText({.operation = "DELETE", .old_object = object}));
  EXPECT_EQ(deleted.operation, Operation::kDelete);
  EXPECT_EQ(deleted.pod(), nullptr);
  EXPECT_EQ(deleted.old_pod(), nullptr);
  EXPECT_EQ(deleted.name, "web");
  const AdmissionRequest nothing = Parsed(ReviewText({.operation = "DELETE"}));
  EXPECT_EQ(nothing.object, nullptr);
  EXPECT_EQ(nothing.old_object, nullptr);
  // What is deleted need not be right: it must always be possible to be rid of it.
  EXPECT_EQ(Refusal(ReviewText(
                {.operation = "DELETE", .old_object = R"({"metadata":{"name":"x"},"spec":[]})"})),
            "u-1|");
}

TEST(AdmissionRequest, K06_TheNameOfWhatADeleteOfManyDeletes) {
  const AdmissionRequest request = Parsed(ReviewText(
      {.operation = "DELETE", .name = "", .old_object = R"({"metadata":{"name":"web-7"}})"}));
  EXPECT_EQ(request.name, "web-7");
}

TEST(AdmissionRequest, K07_GenerateName) {
  struct Name {
    std::string request;
    std::string metadata;
    std::string want;
  };
  for (const Name& c : std::vector<Name>{{"", R"({"generateName":"x-"})", "x-*"},
                                         {"", R"({"generateName":"x-","name":"x-7"})", "x-7"},
                                         {"x-8", R"({"generateName":"x-","name":"x-7"})", "x-8"},
                                         {"", R"({"generateName":"x-","name":""})", "x-*"},
                                         {"", "{}", ""},
                                         {"", "null", ""}}) {
    const AdmissionRequest request = Parsed(ReviewText(
        {.name = c.request, .object = "{\"metadata\":" + c.metadata + ",\"spec\":" + kSpec + "}"}));
    EXPECT_EQ(request.name, c.want) << c.metadata;
    ASSERT_TRUE(request.pod());
  }
}

TEST(AdmissionRequest, K08_SubresourcesWithoutAPodSpec) {
  struct Sample {
    std::string operation;
    std::string kind;
    std::string sub_resource;
    std::string object;
  };
  for (const Sample& s : std::vector<Sample>{
           {"UPDATE", "Scale", "scale", R"({"metadata":{"name":"web"},"spec":{"replicas":3}})"},
           {"CREATE", "Binding", "binding", R"({"metadata":{"name":"web"},"target":{}})"},
           {"CREATE", "Eviction", "eviction", R"({"metadata":{"name":"web"}})"},
           {"UPDATE", "Pod", "status", ObjectText("Pod", kPrivileged)},
           {"UPDATE", "Deployment", "status", R"({"metadata":{"name":"web"}})"},
           {"UPDATE", "Deployment", "scale", R"({"metadata":{"name":"web"}})"}}) {
    const AdmissionRequest request = Parsed(ReviewText({.operation = s.operation,
                                                        .kind = s.kind,
                                                        .sub_resource = s.sub_resource,
                                                        .object = s.object,
                                                        .old_object = s.object}));
    EXPECT_EQ(request.pod(), nullptr) << s.sub_resource;
    EXPECT_EQ(request.old_pod(), nullptr) << s.sub_resource;
    EXPECT_EQ(request.name, "web");
  }
}

TEST(AdmissionRequest, K09_AnUnknownSubresourceIsJudgedByItsObject) {
  for (const std::string sub_resource :
       {"future", "ephemeralcontainers", "resize", "Status", "status/x", "statusx"}) {
    const AdmissionRequest request = Parsed(ReviewText({.operation = "UPDATE",
                                                        .sub_resource = sub_resource,
                                                        .object = ObjectText("Pod", kPrivileged),
                                                        .old_object = ObjectText("Pod", kSpec)}));
    ASSERT_TRUE(request.pod() && request.old_pod()) << sub_resource;
    EXPECT_TRUE(request.pod()->containers.at(0).privileged);
  }
}

TEST(AdmissionRequest, K10_Exec) {
  std::string many = "\"sh\"";
  for (int i = 1; i < 10'000; ++i) many += ",\"sh\"";
  for (const std::string& command : {std::string("null"), std::string("[]"), "[" + many + "]",
                                     std::string("[\"\xef\xbf\xbd\"]")}) {
    const AdmissionRequest request = Parsed(ReviewText(
        {.operation = "CONNECT",
         .kind = "PodExecOptions",
         .sub_resource = "exec",
         .object = R"({"kind":"PodExecOptions","stdin":true,"command":)" + command + "}"}));
    EXPECT_EQ(request.operation, Operation::kConnect);
    EXPECT_EQ(request.pod(), nullptr);
    EXPECT_EQ(request.name, "web");
    EXPECT_TRUE(request.object->connect->standard_input);
  }
  EXPECT_EQ(Refusal(ReviewText({.operation = "CONNECT",
                                .kind = "PodExecOptions",
                                .sub_resource = "exec",
                                .object = R"({"command":7})"})),
            "u-1|command: expected an array, got a number");
}

TEST(AdmissionRequest, ContainersOfAllKindsStandInOneList) {
  const AdmissionRequest request = Parsed(
      CreateText("Deployment",
                 R"({"initContainers":[{"name":"i0"},{"name":"i1"}],"containers":[{"name":"c"}],)"
                 R"("ephemeralContainers":[{"name":"e"}],"volumes":[{"name":"v"},{"name":"w",)"
                 R"("image":{"reference":"x"}}]})"));
  ASSERT_TRUE(request.pod());
  const PodSpec& pod = *request.pod();
  std::vector<std::string> paths;
  for (const Container& container : request.Containers(pod)) {
    paths.push_back(std::string(container.name) + " " + pod.PathOf(container));
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"i0 spec.template.spec.initContainers[0]",
                                             "i1 spec.template.spec.initContainers[1]",
                                             "c spec.template.spec.containers[0]",
                                             "e spec.template.spec.ephemeralContainers[0]"}));
  const std::vector<ImageUse> images = ImagesOf(pod);
  ASSERT_EQ(images.size(), 5U);
  EXPECT_EQ(PathOf(pod, images[4]), "spec.template.spec.volumes[1].image.reference");
  EXPECT_EQ(images[4].owner, "w");
  EXPECT_TRUE(images[4].is_volume);
}

TEST(AdmissionRequest, TheLoopOverContainersEndsWithTheDeadline) {
  std::string containers = std::string(kApp);
  for (int i = 1; i < 100; ++i) containers += "," + std::string(kApp);
  AdmissionRequest request = Parsed(PodWith(containers));
  const auto count = [&] {
    std::size_t n = 0;
    for ([[maybe_unused]] const Container& container : request.Containers(*request.pod())) ++n;
    return n;
  };
  EXPECT_EQ(count(), 100U);
  request.deadline = Deadline::At(Deadline::Clock::now() - std::chrono::seconds(1));
  EXPECT_EQ(count(), 8U);
}

}  // namespace
}  // namespace tidewaiter
