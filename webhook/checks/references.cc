#include "webhook/checks/references.h"

namespace tidewaiter {

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
