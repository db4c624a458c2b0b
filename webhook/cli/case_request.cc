#include "webhook/cli/case_request.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "webhook/base/file.h"
#include "webhook/base/text.h"
#include "webhook/cli/input.h"

namespace tidewaiter {
namespace {

// The file that an input stands in, and its text where that is not the suite's own.
struct InputText {
  std::string file;
  std::string text;
};

std::optional<InputText> ReadText(const SuiteInput& input, Diagnostics& diagnostics) {
  if (input.written) return InputText{input.location.file, ""};
  const std::filesystem::path suite(input.location.file);
  const std::string file = (suite.parent_path() / input.file).string();
  std::string error;
  std::optional<std::string> text = ReadFile(file, kMaxInput, error);
  if (!text) {
    diagnostics.Error(input.location, error);
    return std::nullopt;
  }
  diagnostics.AddSource(file, *text);
  return InputText{file, std::move(*text)};
}

std::optional<std::vector<YamlNode>> ReadDocuments(const SuiteInput& input, const InputText& read,
                                                   Diagnostics& diagnostics) {
  if (input.written) return std::vector<YamlNode>{*input.written};
  return ParseYaml(read.file, read.text, YamlDialect::kManifest, diagnostics);
}

// Reads the inputs of one case.
class RequestReader {
 public:
  RequestReader(const SuiteCase& tried, Diagnostics& diagnostics)
      : tried_(tried), diagnostics_(diagnostics) {}

  std::optional<AdmissionRequest> Read() {
    return tried_.review ? ReadRecorded(*tried_.review) : ReadObjects();
  }

 private:
  std::optional<AdmissionRequest> ReadRecorded(const SuiteInput& review) {
    const std::optional<InputText> read = ReadText(review, diagnostics_);
    if (!read) return std::nullopt;
    InputObject object;
    object.file = read->file;
    object.location = review.written ? review.location : SourceLocation{read->file, 1, 1};
    object.recorded_review = true;
    if (IsReview(read->text)) return Parse(read->text, read->text, object);
    const auto documents = ReadDocuments(review, *read, diagnostics_);
    if (!documents) return std::nullopt;
    if (documents->size() != 1) {
      return Fail(review, fmt::format("a case is about one review, and here are {}",
                                      Count(documents->size(), "document", "documents")));
    }
    return Parse(YamlToJson(documents->front()), read->text, object);
  }

  std::optional<AdmissionRequest> ReadObjects() {
    const SuiteInput& input = tried_.object ? *tried_.object : *tried_.old_object;
    const std::optional<InputText> read = ReadText(input, diagnostics_);
    if (!read) return std::nullopt;
    std::optional<YamlNode> manifest = OnlyObject(input, *read);
    if (!manifest) return std::nullopt;
    const std::optional<ManifestIdentity> identity = IdentityOf(input, *manifest);
    if (!identity) return std::nullopt;
    OldManifest old;
    if (tried_.operation == Operation::kUpdate && !ReadOld(*identity, old)) return std::nullopt;

    AssumedRequest assumed;
    assumed.user = tried_.user;
    assumed.groups = tried_.groups;
    assumed.operation = *tried_.operation;
    assumed.dry_run = tried_.dry_run;
    assumed.sub_resource = tried_.sub_resource;
    if (assumed.sub_resource.empty()) assumed.sub_resource = ConnectedSubResource(identity->kind);
    const std::string json = YamlToJson(*manifest);
    const bool is_deleted = tried_.operation == Operation::kDelete;
    InputObject object;
    object.file = read->file;
    object.location = {read->file, manifest->line, manifest->column};
    object.manifest = std::move(*manifest);
    if (!old.json.empty()) object.old = &old;
    return Parse(ReviewOf(*identity, assumed, is_deleted ? "" : json, is_deleted ? json : old.json),
                 read->text, object);
  }

  // The one object that an input is.
  std::optional<YamlNode> OnlyObject(const SuiteInput& input, const InputText& read) {
    auto documents = ReadDocuments(input, read, diagnostics_);
    if (!documents) return std::nullopt;
    std::vector<YamlNode> objects;
    ForEachManifest(read.file, std::move(*documents), diagnostics_,
                    [&](YamlNode object) { objects.push_back(std::move(object)); });
    if (diagnostics_.HasErrors()) return std::nullopt;
    if (objects.size() == 1) return std::move(objects.front());
    return Fail(input, fmt::format("a case is about one object, and here are {}", objects.size()));
  }

  // Who the object is in the request, if the case and the object fit.
  std::optional<ManifestIdentity> IdentityOf(const SuiteInput& input, const YamlNode& manifest) {
    ManifestIdentity identity = Identify(manifest, "default");
    const std::string kind = PrintableText(identity.kind);
    // These come with a subresource of something else, which they do not name.
    static constexpr std::array<std::string_view, 4> kParts = {"Binding", "Eviction", "Scale",
                                                               "TokenRequest"};
    if (std::find(kParts.begin(), kParts.end(), identity.kind) != kParts.end()) {
      return Fail(input,
                  fmt::format("{} does not say what it is of; give the recorded review", kind));
    }
    const std::string_view sub_resource = ConnectedSubResource(identity.kind);
    const bool connects = tried_.operation == Operation::kConnect;
    if (connects == sub_resource.empty()) {
      return Fail(input, connects ? fmt::format("CONNECT comes with an object like "
                                                "PodExecOptions, not with {}",
                                                kind)
                                  : fmt::format("{} comes with the operation CONNECT", kind));
    }
    if (connects && !tried_.sub_resource.empty() && tried_.sub_resource != sub_resource) {
      return Fail(input, fmt::format("{} comes with the subresource {}, not with {}", kind,
                                     sub_resource, Quote(tried_.sub_resource, 64)));
    }
    if (tried_.name_space.empty()) return identity;
    if (identity.name_space.empty()) {
      return Fail(input, fmt::format("{} is in no namespace; leave namespace out", kind));
    }
    identity.name_space = tried_.name_space;
    return identity;
  }

  // What the object was before.
  bool ReadOld(const ManifestIdentity& now, OldManifest& old) {
    const SuiteInput& input = *tried_.old_object;
    const std::optional<InputText> read = ReadText(input, diagnostics_);
    if (!read) return false;
    std::optional<YamlNode> manifest = OnlyObject(input, *read);
    if (!manifest) return false;
    const std::optional<ManifestIdentity> before = IdentityOf(input, *manifest);
    if (!before) return false;
    if (before->group != now.group || before->ToString() != now.ToString()) {
      Fail(input, fmt::format("an UPDATE is of one object, and this was {} before it is {}",
                              PrintableText(before->ToString()), PrintableText(now.ToString())));
      return false;
    }
    old.file = read->file;
    old.json = YamlToJson(*manifest);
    old.manifest = std::move(*manifest);
    return true;
  }

  std::optional<AdmissionRequest> Parse(std::string review, std::string_view text,
                                        InputObject& object) {
    if (!ReadRequest(std::move(review), text, object, diagnostics_)) return std::nullopt;
    return std::move(object.request);
  }

  std::nullopt_t Fail(const SuiteInput& input, std::string message) {
    diagnostics_.Error(input.location, std::move(message));
    return std::nullopt;
  }

  const SuiteCase& tried_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::optional<AdmissionRequest> ReadCaseRequest(const SuiteCase& tried, Diagnostics& diagnostics) {
  return RequestReader(tried, diagnostics).Read();
}

}  // namespace tidewaiter
