#include "webhook/cli/input.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "webhook/base/json.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

// Follows a field path as far as it goes.
JsonValue Follow(JsonValue value, std::string_view path) {
  while (!path.empty()) {
    JsonValue next;
    if (path[0] == '[') {
      std::size_t index = 0;
      const std::size_t close = path.find(']');
      std::from_chars(path.data() + 1, path.data() + close, index);
      next = value.At(index);
      path.remove_prefix(close + 1);
    } else {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      next = value.Find(path.substr(0, end));
      path.remove_prefix(end);
    }
    if (path.starts_with('.')) path.remove_prefix(1);
    if (!next.exists()) break;
    value = next;
  }
  return value;
}

void ReadManifest(const std::string& file, const std::string& text, YamlNode manifest,
                  const AssumedRequest& assumed, OldManifests& old, Diagnostics& diagnostics,
                  std::vector<InputObject>& objects) {
  InputObject object;
  object.file = file;
  object.location = {file, manifest.line, manifest.column};
  object.manifest = std::move(manifest);
  const ManifestIdentity identity = Identify(object.manifest, assumed.name_space);
  if (assumed.operation == Operation::kUpdate) {
    object.old = old.Find(identity);
    if (object.old == nullptr) {
      return diagnostics.Error(object.location,
                               fmt::format("{} has no old object in the files of --old",
                                           PrintableText(identity.ToString())));
    }
  }
  const std::string json = YamlToJson(object.manifest);
  const bool is_deleted = assumed.operation == Operation::kDelete;
  std::string review =
      is_deleted ? ReviewOf(identity, assumed, "", json)
                 : ReviewOf(identity, assumed, json, object.old == nullptr ? "" : object.old->json);
  if (ReadRequest(std::move(review), text, object, diagnostics)) {
    objects.push_back(std::move(object));
  }
}

void ReadReview(const std::string& file, const std::string& text, Diagnostics& diagnostics,
                std::vector<InputObject>& objects) {
  InputObject object;
  object.file = file;
  object.location = {file, 1, 1};
  object.recorded_review = true;
  if (ReadRequest(text, text, object, diagnostics)) objects.push_back(std::move(object));
}

}  // namespace

SourceLocation InputObject::Locate(std::string_view field, std::string_view text) const {
  constexpr std::string_view kOld = "oldObject";
  const bool is_old = field == kOld || field.starts_with("oldObject.");
  if (recorded_review) {
    if (!request.document) return location;
    const JsonValue value = request.document->root().Find("request");
    const JsonValue found = Follow(is_old ? value : value.Find("object"), field);
    return LocateOffset(file, text, found.exists() ? found.offset() : 0);
  }
  if (!is_old) return LocateYaml(file, manifest, field);
  field.remove_prefix(std::min(field.size(), kOld.size() + 1));
  // What is deleted is the old object of its request.
  return old == nullptr ? LocateYaml(file, manifest, field)
                        : LocateYaml(old->file, old->manifest, field);
}

bool IsReview(const std::string& text) {
  if (text.find("\"AdmissionReview\"") == std::string::npos) return false;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string::npos && text[start] == '{';
}

bool ReadRequest(std::string review, std::string_view text, InputObject& object,
                 Diagnostics& diagnostics) {
  std::string uid;
  Diagnostics found;
  std::optional<AdmissionRequest> request = ParseAdmissionReview(std::move(review), &uid, found);
  for (const Diagnostic& diagnostic : found.all()) {
    diagnostics.Error(object.Locate(diagnostic.field, text),
                      diagnostic.field.empty() ? diagnostic.message
                                               : diagnostic.field + ": " + diagnostic.message);
  }
  if (!request) return false;
  object.request = std::move(*request);
  return true;
}

std::vector<InputObject> ReadInput(const std::string& file, const std::string& text,
                                   const AssumedRequest& assumed, OldManifests& old,
                                   Diagnostics& diagnostics) {
  std::vector<InputObject> objects;
  if (IsReview(text)) {
    ReadReview(file, text, diagnostics, objects);
    return objects;
  }
  auto documents = ParseYaml(file, text, YamlDialect::kManifest, diagnostics);
  if (!documents) return objects;
  if (documents->empty()) diagnostics.Error({file, 1, 1}, "no object in this file");
  ForEachManifest(file, std::move(*documents), diagnostics, [&](YamlNode manifest) {
    ReadManifest(file, text, std::move(manifest), assumed, old, diagnostics, objects);
  });
  return objects;
}

}  // namespace tidewaiter
