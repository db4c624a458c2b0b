#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/base/clock.h"
#include "webhook/base/diagnostic.h"
#include "webhook/base/json.h"
#include "webhook/kubernetes/command.h"
#include "webhook/kubernetes/network_policy.h"
#include "webhook/kubernetes/persistent_volume.h"
#include "webhook/kubernetes/pod.h"
#include "webhook/kubernetes/service.h"

namespace tidewaiter {

enum class Operation { kCreate, kUpdate, kDelete, kConnect };

std::string_view OperationName(Operation operation);  // "CREATE"

struct GroupVersionKind {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
};

struct GroupVersionResource {
  std::string_view group;
  std::string_view version;
  std::string_view resource;
};

struct OwnerReference {
  std::string_view kind;
  std::string_view name;
};

// An object of a request: its names, and what is in it if it is of a kind that we read.
struct KubernetesObject {
  std::string_view name;
  std::string_view generate_name;
  std::optional<OwnerReference> owner;  // the controller, or else the first owner
  std::optional<PodSpec> pod;           // of a Pod, or the template of a workload
  std::optional<Service> service;
  std::optional<PersistentVolume> persistent_volume;
  std::optional<ConnectOptions> connect;
  std::optional<NetworkPolicy> network_policy;
  std::vector<std::pair<std::string_view, std::string_view>> labels;
  bool is_mirror = false;  // the annotation by which a kubelet shows a static pod

  // The value of a label; nothing if it has none of that key.
  std::optional<std::string_view> Label(std::string_view key) const;
};

struct UserInfo {
  std::string_view username;
  std::vector<std::string_view> groups;

  bool IsIn(std::string_view group) const;
  // A node, by name and by group; who has only one of the two is none.
  bool IsNode() const;
  // A node, or what runs the cluster itself: the API server, the scheduler, the controller manager
  // and the controllers, whose service accounts are in kube-system.
  bool IsSystem() const;
};

// The containers of a pod, for a range-for that ends early once the deadline has passed. Whoever
// called the check then finds the deadline passed and drops its result.
class ContainerRange {
 public:
  ContainerRange(const std::vector<Container>& containers, Deadline deadline)
      : containers_(containers), deadline_(deadline) {}

  class Iterator {
   public:
    Iterator(const Container* at, const Container* end, const Deadline* deadline)
        : at_(at), end_(end), deadline_(deadline) {}
    const Container& operator*() const { return *at_; }
    Iterator& operator++() {
      // The clock costs more than a look at a container; every eighth time is often enough.
      if (++at_ != end_ && ++count_ % 8 == 0 && deadline_->passed()) at_ = end_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Container* at_;
    const Container* end_;
    const Deadline* deadline_;
    std::size_t count_ = 0;
  };

  Iterator begin() const { return {containers_.data(), Last(), &deadline_}; }
  Iterator end() const { return {Last(), Last(), &deadline_}; }

 private:
  const Container* Last() const { return containers_.data() + containers_.size(); }
  const std::vector<Container>& containers_;
  Deadline deadline_;
};

// One admission.k8s.io/v1 AdmissionRequest. Copies share the text that the views point into.
struct AdmissionRequest {
  std::string_view uid;
  Operation operation = Operation::kCreate;
  GroupVersionKind kind;          // what we get, after matchPolicy Equivalent: decides
  GroupVersionResource resource;  // the same
  std::string_view sub_resource;
  GroupVersionKind request_kind;          // what the user sent: logged
  GroupVersionResource request_resource;  // the same
  std::string_view name_space;  // of the request, never of the object; "" if cluster-scoped
  // The object's name. Where the API server does not know it yet: "prefix*" with its generateName.
  std::string name;
  UserInfo user;
  bool dry_run = false;
  std::string_view field_manager;                  // of the options; the client says it of itself
  std::shared_ptr<const KubernetesObject> object;  // null on DELETE
  std::shared_ptr<const KubernetesObject> old_object;  // null on CREATE and CONNECT
  Deadline deadline = Deadline::Never();

  std::shared_ptr<const JsonDocument> document;

  // The pod spec of the object; null if it has none.
  const PodSpec* pod() const { return object && object->pod ? &*object->pod : nullptr; }
  const PodSpec* old_pod() const {
    return old_object && old_object->pod ? &*old_object->pod : nullptr;
  }
  const Service* service() const { return object && object->service ? &*object->service : nullptr; }
  const Service* old_service() const {
    return old_object && old_object->service ? &*old_object->service : nullptr;
  }
  const PersistentVolume* persistent_volume() const {
    return object && object->persistent_volume ? &*object->persistent_volume : nullptr;
  }
  // The shadow of a static pod. Only a node may make one: the API server sees to that.
  bool IsMirrorPod() const {
    return kind.group.empty() && kind.kind == "Pod" && object && object->is_mirror && user.IsNode();
  }
  ContainerRange Containers(const PodSpec& spec) const { return {spec.containers, deadline}; }
};

// Reads an admission.k8s.io/v1 AdmissionReview from anybody on the network.
//
// `uid` is set as soon as it is known, also when the rest is broken: with it the request can be
// refused by name; without it the text is no AdmissionReview of v1. A known field of a wrong type
// is an error, never skipped; unknown fields are ignored.
std::optional<AdmissionRequest> ParseAdmissionReview(std::string json, std::string* uid,
                                                     Diagnostics& diagnostics);

}  // namespace tidewaiter
