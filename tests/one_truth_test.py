#!/usr/bin/env python3
"""The webhook over TLS, `check` and `test` must say the same of a request: for the recorded reviews,
for generated ones, and on both sides of the second at which an exception ends.

  one_truth_test.py PROGRAM REVIEWS [SEED]
"""

import collections
import contextlib
import datetime
import json
import pathlib
import random
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

POLICIES = """
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: privileged}
spec: {check: privileged, action: deny, severity: high}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: host-namespaces}
spec: {check: hostNamespaces, action: warn, severity: high, onUpdate: always}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: host-ports}
spec:
  check: hostPorts
  action: deny
  severity: high
  match: {kinds: [Deployment], excludeUsers: [robot]}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: registries}
spec:
  check: imageRegistries
  action: deny
  severity: high
  match: {excludeNamespaces: [lab]}
  actions: [{namespaces: [team-*], action: audit}]
  params: {allow: [registry.example.com/*]}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: ports}
spec: {check: portChanges, action: deny, severity: low}
---
apiVersion: tidewaiter.io/v1alpha1
kind: PolicyException
metadata: {name: agents}
spec:
  policies: [privileged, host-namespaces]
  match: {namespaces: [shop], names: ["agent*"], images: [registry.example.com/agent]}
  owner: team-nodes
  reason: reads the node
  expires: %s
"""
FOREVER = "2027-01-31T00:00:00Z"
CASES = 60


def policies_with(folder, expires):
    path = pathlib.Path(folder, "policies.yaml")
    path.write_text(POLICIES % expires, encoding="utf-8")
    return path


def containers(rng):
    for i in range(rng.randint(1, 3)):
        container = {"name": f"c{i}", "image": rng.choice(
            ["nginx", "registry.example.com/agent:1", "registry.example.com/web@sha256:" + "a" * 64,
             "registry.example.com.evil.example/web", "localhost:5000/web:2"])}
        if rng.random() < 0.4:
            container["securityContext"] = {"privileged": rng.random() < 0.6}
        if rng.random() < 0.5:
            container["ports"] = [{"containerPort": rng.choice([80, 8080, 4444])}]
            if rng.random() < 0.4:
                container["ports"][0]["hostPort"] = rng.choice([0, 80])
        yield container


def pod_spec(rng):
    spec = {"containers": list(containers(rng))}
    if rng.random() < 0.3:
        spec["initContainers"] = [{"name": "init", "image": rng.choice(["busybox", "registry.example.com/tools"])}]
    for field in ("hostNetwork", "hostPID"):
        if rng.random() < 0.25:
            spec[field] = rng.random() < 0.8
    return spec


def manifest(rng, kind, name, namespace):
    metadata = {"name": name, "namespace": namespace}
    if kind == "Pod":
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod_spec(rng)}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {"template": {"spec": pod_spec(rng)}}}


def generated(rng):
    """Requests as (object, old object or None, user, groups)."""
    for i in range(CASES):
        kind = rng.choice(["Pod", "Deployment"])
        name = rng.choice(["web", "agent", "agent-x"]) + str(i)
        namespace = rng.choice(["shop", "lab", "team-a", "kube-system"])
        new = manifest(rng, kind, name, namespace)
        old = manifest(rng, kind, name, namespace) if rng.random() < 0.4 else None
        if old and rng.random() < 0.5:  # most of it stays
            old["spec"] = json.loads(json.dumps(new["spec"]))
            spec = old["spec"] if kind == "Pod" else old["spec"]["template"]["spec"]
            spec["containers"][0]["image"] = "registry.example.com/before:1"
        yield new, old, rng.choice(["anna", "robot"]), ["system:authenticated"]


def review_of(new, old, user, groups, uid):
    group, _, version = new["apiVersion"].rpartition("/")
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": uid, "operation": "UPDATE" if old else "CREATE",
        "kind": {"group": group, "version": version, "kind": new["kind"]},
        "resource": {"group": group, "version": version, "resource": new["kind"].lower() + "s"},
        "name": new["metadata"]["name"], "namespace": new["metadata"]["namespace"],
        "userInfo": {"username": user, "groups": groups}, "object": new, "oldObject": old}}


Verdict = collections.namedtuple("Verdict", "action findings")


def verdict_of(decision):
    """Of a line of the decision log, or of an object in check's JSON."""
    return Verdict(decision["action"], sorted(
        (one["policy"], one["field"], one.get("exception") or "", one["action"])
        for one in decision["findings"]))


class Webhook:
    """The program itself, asked over TLS."""

    def __init__(self, program, folder, policies):
        subprocess.run([program, "cert", "--out", folder, "--name", "localhost"], check=True,
                       stdout=subprocess.DEVNULL)
        self.log = pathlib.Path(folder, "decisions.jsonl")
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--health-listen", "127.0.0.1:0",
             "--cert-file", f"{folder}/tls.crt", "--key-file", f"{folder}/tls.key", "--policies",
             policies, "--decision-log", self.log], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        while not line.startswith("serving on "):
            assert line, "the webhook did not start"
            line = self.process.stderr.readline()
        self.url = f"https://localhost:{line.split()[2].rpartition(':')[2]}/validate"
        self.tls = ssl.create_default_context(cafile=f"{folder}/ca.crt")

    def ask(self, body):
        request = urllib.request.Request(self.url, data=body,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=self.tls) as answer:
            response = json.load(answer)["response"]
        line = json.loads(self.log.read_text(encoding="utf-8").splitlines()[-1])
        assert line["uid"] == response["uid"] and line["allowed"] == response["allowed"]
        return line


@contextlib.contextmanager
def webhook(program, folder, policies):
    server = Webhook(program, folder, policies)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def check(program, policies, *arguments):
    ran = subprocess.run([program, "check", "--policies", policies, "-o", "json", *arguments],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert ran.returncode in (0, 1), ran.stderr
    return verdict_of(json.loads(ran.stdout)["objects"][0])


def case_of(name, verdict, **given):
    findings = [{"policy": policy, "field": field} | ({"exception": excused} if excused else {})
                for policy, field, excused, _ in verdict.findings]
    return {"name": name, **given, "expect": {"action": verdict.action, "findings": findings}}


def run_suite(program, folder, policies, cases, now=None):
    spec = {"cases": cases} | ({"now": now} if now else {})
    suite = pathlib.Path(folder, "suite.yaml")
    suite.write_text(yaml.safe_dump({"apiVersion": "tidewaiter.io/v1alpha1", "kind": "Suite",
                                     "metadata": {"name": "same"}, "spec": spec}), encoding="utf-8")
    return subprocess.run([program, "test", policies, suite], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def same(what, webhook_says, check_says):
    if webhook_says == check_says:
        return 0
    print(f"{what}:\n  the webhook says {webhook_says}\n  check says       {check_says}")
    return 1


def requests(program, folder, recorded, seed):
    policies = policies_with(folder, FOREVER)
    rng = random.Random(seed)
    failures, cases = 0, []
    seen = collections.Counter()
    with webhook(program, folder, policies) as server:
        for path in sorted(recorded.glob("*.json")):
            says = verdict_of(server.ask(path.read_bytes()))
            failures += same(path.name, says, check(program, policies, "-f", path))
            cases.append(case_of(path.stem, says, review=str(path)))
        for number, (new, old, user, groups) in enumerate(generated(rng)):
            body = json.dumps(review_of(new, old, user, groups, f"uid-{number}")).encode()
            says = verdict_of(server.ask(body))
            seen[says.action] += 1
            seen["excused"] += any(one[2] for one in says.findings)
            files = []
            for flag, thing in (("-f", new), ("--old", old)):
                if thing:
                    path = pathlib.Path(folder, f"{flag.strip('-')}.json")
                    path.write_text(json.dumps(thing), encoding="utf-8")
                    files += [flag, path]
            failures += same(f"request {number}", says, check(
                program, policies, *files, "--user", user, "--group", groups[0]))
            given = {"object": new, "user": user, "groups": groups} | (
                {"oldObject": old} if old else {})
            cases.append(case_of(f"request {number}", says, **given))
    for kind in ("allow", "audit", "warn", "deny", "excused"):
        if not seen[kind]:
            failures += 1
            print(f"no generated request was answered with {kind}: seed {seed} is no good")
    ran = run_suite(program, folder, policies, cases)
    if ran.returncode:
        failures += 1
        print(f"the suite does not pass:\n{ran.stdout}")
    # A suite that cannot fail would prove nothing.
    cases[-1]["expect"] = {"action": "deny" if says.action != "deny" else "allow", "findings": []}
    if run_suite(program, folder, policies, cases).returncode != 1:
        failures += 1
        print("a wrong expectation passes")
    return failures


def expiry(program, folder):
    """An exception ends at the same second for all three."""
    end = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(
        seconds=4)
    policies = policies_with(folder, end.strftime("%Y-%m-%dT%H:%M:%SZ"))
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "agent", "namespace": "shop"},
           "spec": {"containers": [{"name": "agent", "image": "registry.example.com/agent:1",
                                    "securityContext": {"privileged": True}}]}}
    path = pathlib.Path(folder, "pod.json")
    path.write_text(json.dumps(pod), encoding="utf-8")
    failures = 0
    sides = collections.Counter()
    with webhook(program, folder, policies) as server:
        while datetime.datetime.now(datetime.timezone.utc) < end + datetime.timedelta(seconds=1):
            line = server.ask(json.dumps(review_of(pod, None, "anna", [], "uid-expiry")).encode())
            when = datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00"))
            before = datetime.datetime.now(datetime.timezone.utc)
            says = check(program, policies, "-f", path, "--user", "anna")
            after = datetime.datetime.now(datetime.timezone.utc)
            sides[when < end] += 1
            if line["allowed"] != (when < end):
                failures += 1
                print(f"the webhook answers allowed={line['allowed']} at {when}, the end is {end}")
            if (before < end) == (after < end) and (says.action == "allow") != (after < end):
                failures += 1
                print(f"check says {says.action} at {after}, the end is {end}")
            time.sleep(0.05)
    if min(sides[True], sides[False]) < 3:
        failures += 1
        print(f"too few requests before and after the end: {sides}")
    field = "spec.containers[0].securityContext.privileged"
    for now, action, excused in ((end - datetime.timedelta(seconds=1), "allow", "agents"),
                                 (end, "deny", "")):
        verdict = Verdict(action, [("privileged", field, excused, action)])
        ran = run_suite(program, folder, policies, [case_of("agent", verdict, object=pod)],
                        now.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if ran.returncode:
            failures += 1
            print(f"the suite at {now} (the end is {end}) does not pass:\n{ran.stdout}")
    return failures


def main():
    program, recorded = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261125
    with tempfile.TemporaryDirectory() as folder:
        failures = requests(program, folder, recorded, seed) + expiry(program, folder)
    sys.exit(failures != 0)


main()
