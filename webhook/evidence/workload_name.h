#pragma once

#include <string>

#include "webhook/evidence/logged_decision.h"

namespace tidewaiter {

// The thing that a person deploys and knows by name, whatever objects Kubernetes makes of it.
struct Workload {
  std::string kind;
  std::string name;
  bool generated = false;  // a pod without an owner in sight, whose name ends in a random suffix

  // "Deployment/web", "Pod/debug-*"; empty if the request could not be read.
  std::string ToString() const;
};

// The workload of a decision's object. The log shows one owner only; what lies above it follows
// from how Kubernetes makes names:
//
//   ReplicaSet web-5d4f9c7b8      Deployment/web    pod-template-hash: 7 to 10 of bcdf456789
//   Job nightly-29384756          CronJob/nightly   minutes since 1970: 8 digits
//   a pod of these                the same
//   Pod web-5d4f9c7b8-x2x4z       Pod/web-*         no owner, as in an exec: 5 random characters
//   Pod debug-*                   Pod/debug-*       generateName
Workload WorkloadOf(const LoggedDecision& decision);

}  // namespace tidewaiter
