#include "webhook/checks/references.h"

namespace tidewaiter {

Words<IndicatorType> WordsOf(IndicatorType) {
  static constexpr Word<IndicatorType> kWords[] = {{"ip", IndicatorType::kIp},
                                                   {"cidr", IndicatorType::kCidr},
                                                   {"domain", IndicatorType::kDomain},
                                                   {"url", IndicatorType::kUrl},
                                                   {"image", IndicatorType::kImage}};
  return {"type", kWords};
}

std::shared_ptr<const IndicatorList> References::FindList(std::string_view name) const {
  for (const auto& list : lists) {
    if (list->name == name) return list;
  }
  return nullptr;
}

std::vector<std::string> References::ListNames() const {
  std::vector<std::string> names;
  for (const auto& list : lists) names.push_back(list->name);
  return names;
}

}  // namespace tidewaiter
