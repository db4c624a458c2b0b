#include "webhook/kubernetes/admission_request.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "webhook/base/text.h"
#include "webhook/kubernetes/object_parser.h"

namespace tidewaiter {
namespace {

struct OperationWord {
  std::string_view word;
  Operation operation;
};
constexpr std::array<OperationWord, 4> kOperations = {{{"CREATE", Operation::kCreate},
                                                       {"UPDATE", Operation::kUpdate},
                                                       {"DELETE", Operation::kDelete},
                                                       {"CONNECT", Operation::kConnect}}};

// Subresources that carry no pod spec, or one that the API server does not take from the request.
// Every other one, also one that we do not know, is judged by its object.
bool IsIgnoredSubResource(std::string_view sub_resource) {
  return sub_resource == "status" || sub_resource == "scale" || sub_resource == "binding" ||
         sub_resource == "eviction";
}

void ReadGroupVersionKind(ObjectReader& request, std::string_view key, GroupVersionKind& out) {
  request.Object(key, [&](ObjectReader& reader, const FieldPath&) {
    reader.String("group", out.group);
    reader.String("version", out.version);
    reader.String("kind", out.kind);
  });
}

void ReadGroupVersionResource(ObjectReader& request, std::string_view key,
                              GroupVersionResource& out) {
  request.Object(key, [&](ObjectReader& reader, const FieldPath&) {
    reader.String("group", out.group);
    reader.String("version", out.version);
    reader.String("resource", out.resource);
  });
}

void ReadOperation(ObjectReader& request, Operation& out) {
  std::string_view word;
  request.String("operation", word);
  for (const OperationWord& known : kOperations) {
    if (known.word == word) {
      out = known.operation;
      return;
    }
  }
  request.Error("operation", fmt::format("unknown operation {}; known: CREATE, UPDATE, DELETE, "
                                         "CONNECT",
                                         Quote(word, 64)));
}

std::string NameOf(std::string_view request_name, const AdmissionRequest& request) {
  if (!request_name.empty()) return std::string(request_name);
  for (const auto& object : {request.object, request.old_object}) {
    if (!object) continue;
    if (!object->name.empty()) return std::string(object->name);
    if (!object->generate_name.empty()) return std::string(object->generate_name) + "*";
  }
  return "";
}

// The uid of a review that may be broken further on. Nothing if the text is no AdmissionReview of
// v1 or its uid is not clear.
std::string_view FindUid(JsonValue root, Diagnostics& diagnostics) {
  const auto fail = [&](std::string_view field, std::string message) {
    diagnostics.FieldError(std::string(field), std::move(message));
    return std::string_view();
  };
  const auto kind = root.Find("kind").AsString();
  if (kind != "AdmissionReview") {
    return fail("kind", "expected \"AdmissionReview\"" + (kind ? ", got " + Quote(*kind, 64) : ""));
  }
  const auto version = root.Find("apiVersion").AsString();
  if (version != "admission.k8s.io/v1") {
    return fail("apiVersion", "expected \"admission.k8s.io/v1\"" +
                                  (version ? ", got " + Quote(*version, 64) : ""));
  }
  const JsonValue request = root.Find("request");
  if (!request.exists() || request.type() != JsonType::kObject) {
    return fail("request", "expected an object");
  }
  const auto uid = request.Find("uid").AsString();
  if (!uid || uid->empty()) return fail("request.uid", "expected a string that is not empty");
  // After an error in the text nobody may have looked for duplicates yet.
  for (const JsonValue member : root) {
    if (member.key() == "request" && member.Find("uid").AsString() != uid) {
      return fail("request", "duplicate key");
    }
  }
  for (const JsonValue member : request) {
    if (member.key() == "uid" && member.AsString() != uid) {
      return fail("request.uid", "duplicate key");
    }
  }
  return *uid;
}

void ReadObjects(JsonValue value, AdmissionRequest& request, Diagnostics& diagnostics) {
  const FieldPath here{};
  const FieldPath old{&here, "oldObject"};
  const bool ignored = IsIgnoredSubResource(request.sub_resource);
  const auto parse = [&](JsonValue object, const FieldPath& path, bool only_metadata) {
    return std::make_shared<const KubernetesObject>(
        ParseObject(object, request.kind, only_metadata, path, diagnostics));
  };
  const JsonValue object = value.Find("object");
  const JsonValue old_object = value.Find("oldObject");
  const bool writes =
      request.operation == Operation::kCreate || request.operation == Operation::kUpdate;
  if (!object.IsNullOrAbsent()) {
    request.object = parse(object, here, ignored || !writes);
  } else if (writes) {
    diagnostics.FieldError("object", fmt::format("expected an object for {}, got none",
                                                 OperationName(request.operation)));
  }
  if (!old_object.IsNullOrAbsent()) {
    request.old_object = parse(old_object, old, ignored || request.operation != Operation::kUpdate);
  }
}

}  // namespace

std::optional<std::string_view> KubernetesObject::Label(std::string_view key) const {
  for (const auto& label : labels) {
    if (label.first == key) return label.second;
  }
  return std::nullopt;
}

bool UserInfo::IsIn(std::string_view group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool UserInfo::IsNode() const {
  return username.starts_with("system:node:") && IsIn("system:nodes");
}

bool UserInfo::IsSystem() const {
  static constexpr std::array<std::string_view, 3> kOthers = {
      "system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"};
  return IsNode() ||
         (username.starts_with("system:serviceaccount:kube-system:") &&
          IsIn("system:serviceaccounts:kube-system")) ||
         std::find(kOthers.begin(), kOthers.end(), username) != kOthers.end();
}

std::string_view OperationName(Operation operation) {
  for (const OperationWord& known : kOperations) {
    if (known.operation == operation) return known.word;
  }
  return "";
}

std::optional<AdmissionRequest> ParseAdmissionReview(std::string json, std::string* uid,
                                                     Diagnostics& diagnostics) {
  uid->clear();
  std::optional<JsonError> error;
  const auto document = std::make_shared<const JsonDocument>(std::move(json), JsonLimits(), &error);
  if (error) {
    diagnostics.FieldError(
        "", fmt::format("not JSON that we read: {} at byte {}", error->message, error->offset));
    Diagnostics ignored;
    *uid = FindUid(document->root(), ignored);
    return std::nullopt;
  }
  *uid = FindUid(document->root(), diagnostics);
  if (uid->empty()) return std::nullopt;

  AdmissionRequest request;
  request.document = document;
  const JsonValue value = document->root().Find("request");
  const FieldPath root{};
  const FieldPath path{&root, "request"};
  ObjectReader reader(value, path, diagnostics);
  std::string_view name;
  reader.String("uid", request.uid);
  ReadOperation(reader, request.operation);
  ReadGroupVersionKind(reader, "kind", request.kind);
  ReadGroupVersionResource(reader, "resource", request.resource);
  reader.String("subResource", request.sub_resource);
  ReadGroupVersionKind(reader, "requestKind", request.request_kind);
  ReadGroupVersionResource(reader, "requestResource", request.request_resource);
  reader.String("name", name);
  reader.String("namespace", request.name_space);
  reader.Bool("dryRun", request.dry_run);
  reader.Object("options", [&](ObjectReader& options, const FieldPath&) {
    options.String("fieldManager", request.field_manager);
  });
  reader.Object("userInfo", [&](ObjectReader& user, const FieldPath&) {
    user.String("username", request.user.username);
    user.Strings("groups", request.user.groups);
  });
  ReadObjects(value, request, diagnostics);
  request.name = NameOf(name, request);
  if (diagnostics.HasErrors()) return std::nullopt;
  return request;
}

}  // namespace tidewaiter
