#!/usr/bin/env python3
"""policies/response/commands.sh: what it prints for lines of the decision log, that it runs none of
it, and that a name from the cluster stays one word of a command, whatever is in it.

  response_test.py FOLDER    the folder policies/response
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(sys.argv.pop(1)).resolve()
ID = "019ac1b2-34fe-7574-b0d7-fd7e197891ee"


def decision(**members):
    return {"schema": "tidewaiter.io/decision/v1alpha1", "id": ID, "time": "2026-11-21T18:56:40Z",
            "operation": "CREATE", "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"}, "namespace": "shop",
            "name": "web", "user": {"username": "jane", "groups": []}, "dryRun": False,
            "allowed": True, "action": "audit",
            "findings": [{"policy": "image-registries", "check": "imageRegistries",
                          "detection": "IMG-001", "severity": "high", "message": "a message"}],
            "images": ["evil.test/app:1"]} | members


def workload(group, kind, resource, **members):
    return decision(kind={"group": group, "version": "v1", "kind": kind},
                    resource={"group": group, "version": "v1", "resource": resource}, **members)


def run(text):
    return subprocess.run([FOLDER / "commands.sh"], input=text, text=True, capture_output=True)


def commands_for(line):
    ran = run(json.dumps(line) + "\n")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def steps(text):
    return re.findall(r"^# (R\d) ", text, re.M)


class Response(unittest.TestCase):
    def test_a_denied_request_needs_no_isolation(self):
        text = commands_for(decision(allowed=False, action="deny"))
        self.assertEqual(["R1", "R5", "R6"], steps(text))
        self.assertNotIn("quarantine", text)
        self.assertIn("#   high image-registries IMG-001: a message\n", text)

    def test_a_dry_run_neither(self):
        self.assertEqual(["R1", "R5", "R6"], steps(commands_for(decision(dryRun=True))))

    def test_an_admitted_pod(self):
        text = commands_for(decision(owner={"kind": "Job", "name": "once"}))
        self.assertEqual([f"R{i}" for i in range(1, 8)], steps(text))
        for command in (f"kubectl -n 'shop' label 'pods/web' quarantine='{ID}' --overwrite",
                        "kubectl -n 'shop' logs 'pods/web' --all-containers --timestamps >log.txt",
                        "kubectl -n 'shop' delete 'Job/once'"):
            self.assertIn(command + "\n", text)
        self.assertNotIn("cordon", text)

    def test_what_is_on_the_node_is_cordoned_before_a_policy_is_applied(self):
        for check in ("hostNamespaces", "privileged", "windowsHostProcess", "hostPathVolumes"):
            finding = decision()["findings"][0] | {"check": check}
            text = commands_for(decision(findings=[finding]))
            self.assertLess(text.index("kubectl cordon"), text.index("kubectl -n 'shop' apply"))

    def test_workloads_are_paused_where_they_can_be(self):
        for group, kind, resource, command in (
                ("apps", "Deployment", "deployments", "rollout pause 'deployments.apps/web'"),
                ("batch", "CronJob", "cronjobs", """patch 'cronjobs.batch/web' -p '{"spec":"""),
                ("apps", "DaemonSet", "daemonsets", "get 'daemonsets.apps/web' -o json")):
            text = commands_for(workload(group, kind, resource))
            self.assertIn(f"kubectl -n 'shop' {command}", text)
            self.assertIn('label pods -l "$SELECTOR" quarantine=', text)

    def test_a_service_has_no_pods_to_isolate(self):
        text = commands_for(workload("", "Service", "services", operation="UPDATE"))
        self.assertEqual(["R1", "R3", "R5", "R6", "R7"], steps(text))

    def test_what_was_entered_is_not_deleted(self):
        text = commands_for(decision(operation="CONNECT", subResource="exec"))
        self.assertIn("label 'pods/web' quarantine=", text)
        self.assertNotIn("delete", text.split("# R7")[1])

    def test_what_was_deleted_is_not_looked_for(self):
        self.assertEqual(["R1", "R5", "R6"], steps(commands_for(decision(operation="DELETE"))))

    def test_the_prefix_of_a_container_runtime_is_cut_off(self):
        ran = run("2026-11-05T08:00:01.1Z stdout F " + json.dumps(decision()))
        self.assertEqual(commands_for(decision()), ran.stdout)

    def test_anything_else_is_refused(self):
        for text in ("", "{}", "[]", "null", "not JSON", json.dumps({"schema": "other"}),
                     json.dumps(decision()) * 2,
                     json.dumps({"schema": "tidewaiter.io/decision/v1alpha1", "id": ID,
                                 "error": "no object", "findings": []})):
            ran = run(text)
            self.assertNotEqual(0, ran.returncode, text)
            self.assertEqual("", ran.stdout, text)
            self.assertNotEqual("", ran.stderr, text)

    def test_names_stay_one_word_and_nothing_is_run(self):
        evil = "a'; touch ../owned; echo $(touch ../owned) `touch ../owned` \n touch ../owned \""
        line = decision(name=evil, namespace=evil, images=[evil], user={"username": evil},
                        owner={"kind": evil, "name": evil}, findings=[
                            decision()["findings"][0] | {"message": evil, "check": "privileged"}])
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            (scratch / "bin").mkdir()
            (scratch / "work").mkdir()
            kubectl = scratch / "bin" / "kubectl"
            kubectl.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" >>{scratch}/called\necho \'{{"items": []}}\'\n')
            kubectl.chmod(0o755)
            environment = os.environ | {"PATH": f"{scratch}/bin:{os.environ['PATH']}",
                                        "DECISION_LOG": "log", "AUDIT_LOG": "log"}
            (scratch / "work" / "log").write_text(json.dumps(line) + "\n")
            text = subprocess.run([FOLDER / "commands.sh"], input=json.dumps(line), text=True,
                                  env=environment, capture_output=True, check=True).stdout
            self.assertFalse((scratch / "called").exists())
            ran = subprocess.run(["bash", "-c", text], cwd=scratch / "work", env=environment,
                                 capture_output=True, text=True)
            self.assertEqual("", ran.stderr)
            called = (scratch / "called").read_text().split("\0")
            self.assertFalse((scratch / "owned").exists())
            self.assertIn(f"pods/{evil}", called)
            self.assertIn(f"{evil}/{evil}", called)
            # The one that is asked for is found again in its own log.
            self.assertEqual(line, json.loads((scratch / "work" / "decision.json").read_text()))

    def test_every_step_has_its_text(self):
        texts = sorted(path.name for path in FOLDER.glob("R*.md"))
        self.assertEqual([f"R{i}" for i in range(1, 8)], [name[:2] for name in texts])
        told = steps(commands_for(decision()))
        for name, step in zip(texts, told):
            title = (FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
            self.assertTrue(title.startswith(f"# {step} "), name)


unittest.main()
