#include "webhook/kubernetes/image_pattern.h"

#include <algorithm>

namespace tidewaiter {
namespace {

// Registries in which anybody may have an account and publish.
constexpr std::string_view kOpenRegistries[] = {
    "docker.io", "gcr.io", "ghcr.io", "public.ecr.aws", "quay.io", "registry.gitlab.com", "ttl.sh"};

bool IsOpen(const std::string& registry) {
  return std::find(std::begin(kOpenRegistries), std::end(kOpenRegistries), registry) !=
         std::end(kOpenRegistries);
}

}  // namespace

std::optional<ImagePattern> ImagePattern::Parse(std::string_view text, std::string& error) {
  const auto fail = [&](std::string_view why) {
    error = why;
    return std::nullopt;
  };
  ImagePattern pattern;
  std::string_view name = text;
  if (name.ends_with("/*")) {
    pattern.below_ = true;
    name.remove_suffix(2);
  }
  if (name.find('*') != std::string_view::npos) {
    return fail("a wildcard stands only at the end, as in gcr.io/acme/*");
  }
  // Everything below X is read as the repository X/x/x, so that X is told to be a registry or a
  // folder by the same rules as in an image.
  constexpr std::string_view kBelow = "/x/x";
  const std::string probe = std::string(name) + (pattern.below_ ? std::string(kBelow) : "");
  const std::optional<ImageReference> reference = ParseImageReference(probe, error);
  if (!reference) return std::nullopt;
  const bool tagged = probe.substr(probe.rfind('/') + 1).find(':') != std::string::npos;
  if (tagged || !reference->digest.empty()) {
    return fail("an entry names repositories; it has no tag and no digest");
  }
  pattern.registry_ = reference->registry;
  pattern.path_ = reference->repository;
  if (pattern.below_) {
    const std::size_t end = pattern.path_.size() - (kBelow.size() - 1);
    pattern.path_ = pattern.path_.substr(0, end == 0 ? 0 : end - 1);
  }
  return pattern;
}

bool ImagePattern::Matches(const ImageReference& image) const {
  if (image.registry != registry_ || image.MayBeLocalId()) return false;
  if (!below_) return image.repository == path_;
  if (path_.empty()) return true;
  const std::string_view repository = image.repository;
  return repository.size() > path_.size() && repository.starts_with(path_) &&
         repository[path_.size()] == '/';
}

void ReadValue(const YamlNode& node, ImagePattern& value, YamlContext& context) {
  std::string text;
  ReadValue(node, text, context);
  if (node.kind != YamlKind::kScalar) return;
  std::string error;
  const std::optional<ImagePattern> pattern = ImagePattern::Parse(text, error);
  if (!pattern) {
    return context.Error(node, fmt::format("impossible entry {}: {}", Quote(text, 128), error));
  }
  value = *pattern;
  if (text.find('/') == std::string::npos && text.find('.') != std::string::npos) {
    context.Warning(node, fmt::format("{} is the repository {}/{}; for everything in the registry "
                                      "write {}/*",
                                      text, value.registry(), value.path(), text));
  }
  if (value.path().empty() && IsOpen(value.registry())) {
    context.Warning(node, fmt::format("anybody may publish in {0}; name whose images are meant, as "
                                      "in {0}/acme/*",
                                      value.registry()));
  }
}

Shape ShapeOf(const ImagePattern*) { return ShapeOfKind(Shape::Kind::kText); }

}  // namespace tidewaiter
