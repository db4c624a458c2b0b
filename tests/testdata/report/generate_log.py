#!/usr/bin/env python3
"""Writes a decision log of N lines that look like a cluster's: generate_log.py N [SEED]."""
import json
import random
import sys

HASH = "bcdf456789"
RANDOM = "bcdfghjklmnpqrstvwxz2456789"
POLICIES = ["host-namespaces", "host-ports", "image-registries", "privileged-containers"]
NAMESPACES = ["shop", "monitoring", "kube-system", "team-a", "team-b"]
REGISTRIES = ["docker.io", "registry.k8s.io", "quay.io", "gcr.io:443", "evil.example"]


def suffix(rng, letters, length):
    return "".join(rng.choice(letters) for _ in range(length))


def decision(rng, i, count):
    day, second = divmod(i * 21 * 86400 // count, 86400)
    time = f"2026-11-{day + 1:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{i % 10**6:06}Z"
    app = f"app-{rng.randrange(12)}"
    images = [f"{rng.choice(REGISTRIES)}/acme/{app}:1.{rng.randrange(9)}", "nginx"][: rng.choice([1, 1, 2])]
    kind = rng.choice(["Deployment", "ReplicaSet", "Pod", "Pod", "Pod", "Job"])
    owner = None
    name = app
    replica_set = f"{app}-{suffix(rng, HASH, 9)}"
    if kind == "ReplicaSet":
        owner, name = {"kind": "Deployment", "name": app}, replica_set
    elif kind == "Job":
        owner, name = {"kind": "CronJob", "name": app}, f"{app}-{29384000 + rng.randrange(999)}"
    elif kind == "Pod":
        choice = rng.randrange(3)
        owner = [{"kind": "ReplicaSet", "name": replica_set}, {"kind": "StatefulSet", "name": app}, None][choice]
        name = [f"{replica_set}-*", f"{app}-0", f"{app}-{suffix(rng, RANDOM, 5)}"][choice]
    audit = day < 14
    findings = []
    for n in range(rng.choice([0] * 12 + [1, 1, 2, 3])):
        policy = rng.choice(POLICIES)
        would = rng.choice(["deny", "deny", "deny", "warn", "audit"])
        of_pod = policy == "host-namespaces"
        finding = {"policy": policy, "check": "c", "severity": "high",
                   "action": "audit" if audit else would, "would": would,
                   "field": "spec", "container": "" if of_pod else "app", "message": "m",
                   "exception": None, "unchanged": False}
        if not of_pod:
            finding["image"] = images[0]
        if would == "audit":
            if rng.random() < 0.5:
                finding["unchanged"] = True
            else:
                finding["exception"] = f"{app}-excuse"
        findings.append(finding)
    would = max([f["would"] for f in findings], default="allow",
                key=["allow", "audit", "warn", "deny"].index)
    record = {"schema": "tidewaiter.io/decision/v1alpha1", "id": f"019aa831-0000-7000-8000-{i:012}", "time": time,
              "uid": f"u-{i}", "operation": rng.choice(["CREATE", "UPDATE"]),
              "kind": {"group": "", "version": "v1", "kind": kind},
              "resource": {"group": "", "version": "v1", "resource": kind.lower() + "s"},
              "subResource": "", "namespace": rng.choice(NAMESPACES), "name": name}
    if owner:
        record["owner"] = owner
    record.update({"user": {"username": rng.choice(["jane", "system:serviceaccount:kube-system:replicaset-controller",
                                                    "system:serviceaccount:ci:deployer"]),
                            "groups": ["system:authenticated"]},
                   "dryRun": rng.random() < 0.02, "mode": "audit" if audit else "enforce",
                   "allowed": audit or would != "deny",
                   "action": "audit" if audit and findings else would, "would": would})
    if rng.random() < 0.002:
        record.update({"allowed": False, "action": "deny", "would": "deny", "error": "malformed"})
        findings = []
    record.update({"findings": findings, "images": images, "policyRevision": {"digest": "sha256:" + "0" * 64},
                   "durationUs": rng.randrange(20, 90), "remote": "10.0.0.5"})
    return record


def main():
    count = int(sys.argv[1])
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for i in range(count):
        print(json.dumps(decision(rng, i, count), separators=(",", ":")))


main()
