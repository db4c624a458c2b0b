// lookalikeImages: an image must not come from a registry whose name is made to be taken for
// another one (MITRE ATT&CK T1036.005 Match Legitimate Resource Name or Location).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].image,
//          spec.volumes[*].image.reference
// Allowed  the registries in `protect`, and registries whose name is like none of them. Like one
// is:
//            gcr.io.example.net, gcr.io-mirror.net   it begins with it
//            gcr.lo, reg1stry.k8s.io                 it reads like it: 0 and o, 1, i and l, rn and
//            m registry.k8s.oi                         up to `maxDistance` letters away, if it has
//                                                    `minLength` letters or more
//            docker.io/gcr.io/app, docker.io/gcrio/  an account of Docker Hub with its name
//            xn--...                                 letters beyond ASCII, which can look like any
//
// What is no image reference is told by imagePinning.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/images.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<std::string> protect;
  Bounded<0, 3> max_distance{2};
  Bounded<1, 64> min_length{8};
};

// The text with one letter for all that look alike.
std::string Folded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c =
        text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    if ((c == 'r' && next == 'n') || (c == 'v' && next == 'v')) {
      out += c == 'r' ? 'm' : 'w';
      ++i;
    } else if (c == '1' || c == 'i') {
      out += 'l';
    } else {
      out += c == '0' ? 'o' : c == '3' ? 'e' : c == '5' ? 's' : c;
    }
  }
  return out;
}

std::string WithoutDots(std::string text) {
  std::erase(text, '.');
  return text;
}

bool ReadsLike(std::string_view registry, const std::string& real, const Params& params) {
  if (registry.starts_with(real + ".") || registry.starts_with(real + "-")) return true;
  if (Folded(registry) == Folded(real)) return true;
  const auto distance = static_cast<std::size_t>(params.max_distance.value);
  const std::size_t longer = std::max(registry.size(), real.size());
  if (real.size() < static_cast<std::size_t>(params.min_length.value) ||
      longer - std::min(registry.size(), real.size()) > distance) {
    return false;
  }
  return EditDistance(registry, real) <= distance;
}

// The registry that the image could be taken to come from; empty if there is none.
std::string RealName(const ImageReference& image, const Params& params) {
  const std::string_view host =
      std::string_view(image.registry).substr(0, image.registry.rfind(':'));
  const auto is = [&](const std::string& real) { return image.registry == real || host == real; };
  const bool is_real = std::any_of(params.protect.begin(), params.protect.end(), is);
  const std::string account = Folded(image.repository.substr(0, image.repository.find('/')));
  for (const std::string& real : params.protect) {
    if (!is_real && ReadsLike(host, real, params)) return real;
    if (image.registry == "docker.io" && !is(real) &&
        WithoutDots(account) == WithoutDots(Folded(real))) {
      return real;
    }
  }
  return "";
}

std::string Fault(std::string_view text, const Params& params) {
  std::string fault;
  const std::optional<ImageReference> image = ReadImage(text, fault);
  if (!image) return "";
  const std::string real = RealName(*image, params);
  if (!real.empty()) {
    return fmt::format("uses {}, which can be taken for an image from {}", Quote(text, 255), real);
  }
  if (image->registry.starts_with("xn--") || image->registry.find(".xn--") != std::string::npos) {
    return fmt::format("uses {}, whose registry shows as letters that can look like others",
                       Quote(text, 255));
  }
  return "";
}

std::vector<Violation> CheckNames(const AdmissionRequest& request, const Params& params) {
  return FaultyImages(request, [&](const ImageUse& use) { return Fault(use.image, params); });
}

void Prepare(const YamlNode& node, const References&, Params& params, YamlContext& context) {
  CheckRegistries(node, "protect", params.protect, context);
}

}  // namespace

CheckKind LookalikeImages() {
  return {"lookalikeImages",
          "images must not come from registries that look like others",
          "write the registry's real name; if this is its real name, have it added to the policy",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>(
              {{"protect", "registries that others may be made to look like: registry.k8s.io",
                kRequired, &Params::protect},
               {"maxDistance", "how many letters away a look-alike is at most (default: 2)",
                kOptional, &Params::max_distance},
               {"minLength", "names with fewer letters are not compared by distance (default: 8)",
                kOptional, &Params::min_length}},
              CheckNames, Prepare)};
}

}  // namespace tidewaiter
