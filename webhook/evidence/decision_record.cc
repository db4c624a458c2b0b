#include "webhook/evidence/decision_record.h"

#include <algorithm>

#include "webhook/base/json.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

constexpr std::size_t kMaxLine = 15 * 1024;
constexpr std::size_t kMaxText = 512;
constexpr std::size_t kMaxWord = 64;  // of a kind, a group, a resource

// Text from a request: valid, printable, at most `bytes` long.
std::string Shown(std::string_view text, std::size_t bytes = kMaxText) {
  std::string printable = PrintableText(CutToBytes(text, bytes));
  if (printable.size() <= bytes && text.size() <= bytes) return printable;
  const std::string_view cut = CutToBytes(printable, bytes);
  return std::string(cut) + "...";
}

void WriteKind(const GroupVersionKind& kind, JsonWriter& json) {
  json.StartObject();
  json.Member("group", Shown(kind.group, kMaxWord));
  json.Member("version", Shown(kind.version, kMaxWord));
  json.Member("kind", Shown(kind.kind, kMaxWord));
  json.EndObject();
}

void WriteResource(const GroupVersionResource& resource, JsonWriter& json) {
  json.StartObject();
  json.Member("group", Shown(resource.group, kMaxWord));
  json.Member("version", Shown(resource.version, kMaxWord));
  json.Member("resource", Shown(resource.resource, kMaxWord));
  json.EndObject();
}

bool Same(const GroupVersionKind& a, const GroupVersionKind& b) {
  return a.group == b.group && a.version == b.version && a.kind == b.kind;
}

void WriteUser(const UserInfo& user, JsonWriter& json) {
  constexpr std::size_t kMostGroups = 16;
  json.StartObject();
  json.Member("username", Shown(user.username));
  json.Key("groups");
  json.StartArray();
  for (std::size_t i = 0; i < std::min(user.groups.size(), kMostGroups); ++i) {
    json.String(Shown(user.groups[i], kMaxWord));
  }
  json.EndArray();
  json.EndObject();
}

void WriteRequest(const AdmissionRequest& request, JsonWriter& json) {
  json.Member("operation", OperationName(request.operation));
  json.Key("kind");
  WriteKind(request.kind, json);
  json.Key("resource");
  WriteResource(request.resource, json);
  if (!request.request_kind.kind.empty() && !Same(request.kind, request.request_kind)) {
    json.Key("requestKind");
    WriteKind(request.request_kind, json);
    json.Key("requestResource");
    WriteResource(request.request_resource, json);
  }
  json.Member("subResource", Shown(request.sub_resource, kMaxWord));
  json.Member("namespace", Shown(request.name_space));
  json.Member("name", Shown(request.name));
  const auto& object = request.object ? request.object : request.old_object;
  if (object && object->owner) {
    json.Key("owner");
    json.StartObject();
    json.Member("kind", Shown(object->owner->kind));
    json.Member("name", Shown(object->owner->name));
    json.EndObject();
  }
  json.Key("user");
  WriteUser(request.user, json);
  json.Member("dryRun", request.dry_run);
}

std::vector<std::string> Images(const AdmissionRequest* request) {
  std::vector<std::string> images;
  if (request == nullptr || request->pod() == nullptr) return images;
  for (const ImageUse& use : ImagesOf(*request->pod())) {
    std::string image = Shown(use.image);
    if (std::find(images.begin(), images.end(), image) == images.end()) {
      images.push_back(std::move(image));
    }
    if (images.size() == 32) break;
  }
  return images;
}

// A name, or null where there is none.
void WriteName(const std::string& name, JsonWriter& json) {
  if (name.empty()) {
    json.Null();
  } else {
    json.String(name);
  }
}

// The image of the container or volume that a violation is about; empty if it is about neither.
std::string_view ImageOf(const Violation& violation, const AdmissionRequest* request) {
  if (violation.container.empty() || request == nullptr || request->pod() == nullptr) return {};
  const PodSpec& pod = *request->pod();
  const auto is_about = [&](const auto& part) {
    if (part.name != violation.container) return false;
    const std::string path = pod.PathOf(part);
    return violation.field == path || violation.field.starts_with(path + ".");
  };
  for (const Container& container : pod.containers) {
    if (is_about(container)) return container.image;
  }
  for (const Volume& volume : pod.volumes) {
    if (is_about(volume)) return volume.image;
  }
  return {};
}

struct Extent {
  bool images = true;
  std::size_t findings = 0;
};

std::string Write(const AdmissionRequest* request, const Decision& decision,
                  const ReviewContext& context, const std::vector<std::string>& images,
                  const Extent& extent) {
  JsonWriter json;
  json.StartObject();
  json.Member("schema", "tidewaiter.io/decision/v1alpha1");
  json.Member("id", decision.id);
  json.Member("time", FormatTime(decision.time));
  json.Member("uid", Shown(context.uid));
  if (request != nullptr) WriteRequest(*request, json);
  json.Member("mode", decision.mode == Mode::kAudit ? "audit" : "enforce");
  json.Member("allowed", decision.allowed);
  json.Member("action", ActionName(decision.action));
  json.Member("would", ActionName(decision.would));
  if (!decision.error.empty()) json.Member("error", Shown(decision.error));
  json.Key("findings");
  json.StartArray();
  for (std::size_t i = 0; i < extent.findings; ++i) {
    json.StartObject();
    WriteFindingMembers(decision.findings[i], json);
    const std::string_view image = ImageOf(decision.findings[i].violation, request);
    if (extent.images && !image.empty()) json.Member("image", Shown(image));
    json.EndObject();
  }
  json.EndArray();
  if (extent.images && !images.empty()) {
    json.Key("images");
    json.StartArray();
    for (const std::string& image : images) json.String(image);
    json.EndArray();
  }
  if (extent.findings < decision.findings.size() || (!extent.images && !images.empty())) {
    json.Member("truncated", true);
  }
  json.Key("policyRevision");
  json.StartObject();
  WriteRevisionMembers(decision.policy_revision, json);
  json.EndObject();
  json.Member("durationUs", static_cast<std::int64_t>(context.duration.count()));
  if (!context.traceparent.empty()) json.Member("traceparent", Shown(context.traceparent));
  if (!context.remote.empty()) json.Member("remote", Shown(context.remote));
  json.EndObject();
  std::string line(json.text());
  line += '\n';
  return line;
}

}  // namespace

void WriteRevisionMembers(const PolicyRevision& revision, JsonWriter& json) {
  json.Member("digest", revision.digest);
  if (!revision.commit.empty()) json.Member("commit", revision.commit);
}

void WriteFindingMembers(const Finding& finding, JsonWriter& json) {
  json.Member("policy", finding.policy->name);
  json.Member("check", finding.policy->check_id);
  json.Key("detection");
  WriteName(finding.policy->detection ? finding.policy->detection->id : "", json);
  json.Member("severity", SeverityName(finding.policy->severity));
  json.Member("action", ActionName(finding.action));
  json.Member("would", ActionName(finding.would));
  json.Member("field", Shown(finding.violation.field));
  json.Member("container", Shown(finding.violation.container));
  json.Member("message", Shown(finding.violation.message));
  json.Key("exception");
  WriteName(finding.exception != nullptr ? finding.exception->name : "", json);
  json.Member("unchanged", finding.unchanged);
  if (finding.mirror_pod) json.Member("mirrorPod", true);
}

std::string DecisionRecord(const AdmissionRequest* request, const Decision& decision,
                           const ReviewContext& context) {
  constexpr std::size_t kUsualFindings = 64;
  Extent extent{true, std::min(decision.findings.size(), kUsualFindings)};
  const std::vector<std::string> images = Images(request);
  std::string line = Write(request, decision, context, images, extent);
  while (line.size() >= kMaxLine && (extent.images || extent.findings > 0)) {
    if (extent.images) {
      extent.images = false;
    } else {
      extent.findings -= std::max<std::size_t>(1, extent.findings / 4);
    }
    line = Write(request, decision, context, images, extent);
  }
  return line;
}

}  // namespace tidewaiter
