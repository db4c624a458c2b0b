#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "webhook/evidence/summary.h"

namespace tidewaiter {

// PolicyExceptions that would have let refused workloads in, each as narrow as the log allows: one
// namespace, one workload, the policies that it broke, in the containers and images that broke
// them. Owner, reason and end are left empty: `lint` refuses them until a person has filled them
// in.
class ExceptionDrafts {
 public:
  void Add(const FilteredDecision& filtered);

  // YAML documents, the most frequent first, at most `top` of them (0: all). A comment stands for
  // what no exception can be made for.
  std::string Render(std::size_t top) const;

 private:
  struct Draft {
    std::uint64_t decisions = 0;
    std::string first;
    std::string last;
    std::set<std::string> kinds;
    std::set<std::string> names;
    std::set<std::string> images;
    std::set<std::string> containers;
    std::set<std::string> users;  // of a CONNECT, which has neither kind nor image
    bool whole_pod = false;       // a finding that is no container's
    std::string obstacle;         // why there can be none
  };
  struct Group;

  void AddFinding(const FilteredDecision& filtered, const LoggedFinding& finding,
                  const Workload& workload, Draft& draft) const;
  std::vector<Group> Groups() const;

  // By namespace, workload, policy, and whether it is a CONNECT.
  std::map<std::tuple<std::string, std::string, std::string, bool>, Draft> drafts_;
};

}  // namespace tidewaiter
