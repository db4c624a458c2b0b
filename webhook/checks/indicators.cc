// indicators: images, addresses, names and URLs that are known to be bad (MITRE ATT&CK T1071
// Application Layer Protocol, T1105 Ingress Tool Transfer, T1204.003 Malicious Image).
//
// Fields   of pods: images of all containers and of image volumes; command, args, probes, hooks and
//          literal env (see `commands`); the host of probes and hooks; hostAliases,
//          dnsConfig.nameservers. Of Services: externalName, externalIPs, loadBalancerIP,
//          loadBalancerSourceRanges. Of an exec: its command
// Allowed  what is in none of the `lists`, or not of the `types`, or outside of minConfidence and
//          maxConfidence, or in a list but expired at the time of the decision
//
// Addresses are compared as numbers: 198.51.100.7, 0xc6336407, ::ffff:198.51.100.7 are one. A
// domain means all names below it. Texts of base64 of at least 24 characters are decoded once.
//
// What admission cannot see: the values of ConfigMaps and Secrets, the content of images, what a
// shell puts together, and names that a program makes up.

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>

#include "webhook/base/text.h"
#include "webhook/checks/indicator_index.h"
#include "webhook/checks/network_text.h"
#include "webhook/checks/registry.h"
#include "webhook/kubernetes/command_line.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<std::string> lists;
  std::vector<IndicatorType> types;
  Bounded<0, 100> min_confidence = {0};
  Bounded<0, 100> max_confidence = {100};
  std::shared_ptr<const IndicatorIndex> index;
};

void Prepare(const YamlNode& node, const References& references, Params& params,
             YamlContext& context) {
  if (params.min_confidence.value > params.max_confidence.value) {
    context.Error(*node.Find("minConfidence"), "minConfidence lies above maxConfidence");
  }
  const auto wanted = [&](const Indicator& indicator) {
    return indicator.confidence.value >= params.min_confidence.value &&
           indicator.confidence.value <= params.max_confidence.value &&
           (params.types.empty() || std::find(params.types.begin(), params.types.end(),
                                              indicator.type) != params.types.end());
  };
  const auto index = std::make_shared<IndicatorIndex>();
  const YamlNode* const names = node.Find("lists");
  for (std::size_t i = 0; names != nullptr && i < names->items.size(); ++i) {
    const YamlNode& name = names->items[i];
    if (auto list = references.FindList(name.text)) {
      index->Add(std::move(list), wanted);
    } else {
      UnknownWord(name, "IndicatorList", references.ListNames(), context);
    }
  }
  index->Finish();
  params.index = index;
}

// Collects what is found; the same indicator once in each text.
class Search {
 public:
  Search(const AdmissionRequest& request, const IndicatorIndex& index)
      : request_(request), index_(index) {}

  std::vector<Violation> Run() {
    if (const PodSpec* const pod = request_.pod()) {
      if (index_.HasImages()) ReadImages(*pod);
      if (index_.HasNetwork()) ReadPod(*pod);
    }
    if (!index_.HasNetwork()) return std::move(violations_);
    if (const Service* const service = request_.service()) ReadService(*service);
    std::size_t looked_at = 0;
    for (const CommandLine& line : CommandLinesOf(request_)) {
      if (++looked_at % 8 == 0 && request_.deadline.passed()) break;
      const std::string_view container =
          line.container == nullptr ? std::string_view() : line.container->name;
      ReadText(line.text, container, line.ToString(), /*decode=*/true,
               [&](std::size_t offset) { return line.FieldAt(offset); });
    }
    return std::move(violations_);
  }

 private:
  void ReadImages(const PodSpec& pod) {
    for (const ImageUse& use : ImagesOf(pod)) {
      std::string error;
      const std::optional<ImageReference> image = ParseImageReference(use.image, error);
      if (!image) continue;
      Report(index_.FindImage(*image), PathOf(pod, use), use.owner,
             fmt::format("the image of {} {}", use.is_volume ? "volume" : "container",
                         Quote(use.owner, 64)));
    }
  }

  void ReadPod(const PodSpec& pod) {
    for (std::size_t i = 0; i < pod.host_aliases.size(); ++i) {
      const HostAlias& alias = pod.host_aliases[i];
      const std::string path = fmt::format("{}.hostAliases[{}]", pod.path, i);
      ReadField(alias.ip, path + ".ip", "", "hostAliases");
      for (std::size_t j = 0; j < alias.hostnames.size(); ++j) {
        ReadField(alias.hostnames[j], fmt::format("{}.hostnames[{}]", path, j), "", "hostAliases");
      }
    }
    for (std::size_t i = 0; i < pod.nameservers.size(); ++i) {
      ReadField(pod.nameservers[i], fmt::format("{}.dnsConfig.nameservers[{}]", pod.path, i), "",
                "dnsConfig");
    }
    for (const Container& container : request_.Containers(pod)) {
      for (const HandlerHost& host : container.handler_hosts) {
        ReadField(host.host,
                  fmt::format("{}.{}.{}.host", pod.PathOf(container), host.hook, host.handler),
                  container.name,
                  fmt::format("{} of container {}", host.hook, Quote(container.name, 64)));
      }
    }
  }

  void ReadService(const Service& service) {
    ReadField(service.external_name, "spec.externalName", "", "externalName");
    ReadField(service.load_balancer_ip, "spec.loadBalancerIP", "", "loadBalancerIP");
    const auto each = [&](const std::vector<std::string_view>& list, std::string_view key) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        ReadField(list[i], fmt::format("spec.{}[{}]", key, i), "", std::string(key));
      }
    };
    each(service.external_ips, "externalIPs");
    each(service.load_balancer_source_ranges, "loadBalancerSourceRanges");
  }

  void ReadField(std::string_view text, const std::string& field, std::string_view container,
                 const std::string& what) {
    ReadText(text, container, what, /*decode=*/false, [&](std::size_t) { return field; });
  }

  template <class FieldAt>
  void ReadText(std::string_view text, std::string_view container, const std::string& what,
                bool decode, const FieldAt& field_at) {
    std::set<const Indicator*> found;
    const auto report = [&](const Indicator* indicator, std::size_t offset) {
      if (indicator == nullptr || !found.insert(indicator).second) return;
      Report(indicator, field_at(offset), container, what);
    };
    NetworkTextVisitor visitor;
    visitor.address = [&](std::size_t offset, const IpAddress& address) {
      report(index_.FindAddress(address), offset);
    };
    visitor.name = [&](std::size_t offset, std::string_view name) {
      report(index_.FindDomain(name), offset);
    };
    visitor.url = [&](std::size_t offset, std::string_view url) {
      report(index_.FindUrl(url), offset);
    };
    if (decode) {
      visitor.decoded = [&](std::size_t offset, const std::string& decoded) {
        NetworkTextVisitor inner;
        inner.address = [&](std::size_t, const IpAddress& address) {
          report(index_.FindAddress(address), offset);
        };
        inner.name = [&](std::size_t, std::string_view name) {
          report(index_.FindDomain(name), offset);
        };
        inner.url = [&](std::size_t, std::string_view url) { report(index_.FindUrl(url), offset); };
        VisitNetworkText(decoded, inner);
      };
    }
    VisitNetworkText(text, visitor);
  }

  void Report(const Indicator* indicator, std::string field, std::string_view container,
              const std::string& what) {
    if (indicator == nullptr) return;
    violations_.push_back({std::move(field), std::string(container),
                           fmt::format("{} {}", WordOf(indicator->type), indicator->value),
                           fmt::format("{} names {}, which is known to be bad ({})", what,
                                       Quote(indicator->value, 128),
                                       PrintableText(CutToBytes(indicator->source, 64))),
                           indicator->expires});
  }

  const AdmissionRequest& request_;
  const IndicatorIndex& index_;
  std::vector<Violation> violations_;
};

std::vector<Violation> CheckIndicators(const AdmissionRequest& request, const Params& params) {
  if (!params.index) return {};
  return Search(request, *params.index).Run();
}

}  // namespace

CheckKind Indicators() {
  return {"indicators",
          "objects must not name what is known to be bad",
          "remove it; if it is listed by mistake, have the list corrected",
          {.operations = {Operation::kCreate, Operation::kUpdate, Operation::kConnect},
           .pod_specs = true,
           .services = true},
          Bind<Params>(
              {{"lists", "IndicatorLists, by name", kRequired, &Params::lists},
               {"types", "ip, cidr, domain, url, image (default: all)", kOptional, &Params::types},
               {"minConfidence", "the least confidence (default: 0)", kOptional,
                &Params::min_confidence},
               {"maxConfidence", "the most (default: 100)", kOptional, &Params::max_confidence}},
              CheckIndicators, Prepare)};
}

}  // namespace tidewaiter
