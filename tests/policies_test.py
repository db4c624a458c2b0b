#!/usr/bin/env python3
"""The shipped policies: each passes lint, has a Suite whose cases its documentation names, and every
Suite passes; add-ons are refused without their exceptions, and ordinary applications pass without.

  policies_test.py REPOSITORY PROGRAM
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

REPOSITORY, PROGRAM = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
POLICIES = REPOSITORY / "policies"
NAMES = ["default", "detections", "baseline", "restricted"]  # each has those before it
PROFILES = {name: NAMES[:NAMES.index(name) + 1] for name in NAMES}
COMMANDS = re.findall(r"^tidewaiter (test .*)$", (POLICIES / "README.md").read_text(), re.M)
TESTDATA = POLICIES / "tests" / "exceptions" / "testdata"


def run(*arguments):
    ran = subprocess.run([PROGRAM, *map(str, arguments)], cwd=REPOSITORY, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ran.returncode, ran.stdout


def documents(path):
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def suites_in(folder):
    """Case by name, by Suite."""
    return {suite["metadata"]["name"]: {case["name"]: case for case in suite["spec"]["cases"]}
            for path in folder.glob("*.yaml") for suite in documents(path)}


class Policies(unittest.TestCase):
    def test_each_profile_passes_lint_alone_and_composed(self):
        for profile, folders in PROFILES.items():
            code, text = run("lint", "--strict", POLICIES / profile, POLICIES / "tests" / profile)
            self.assertEqual(0, code, text)
            with tempfile.TemporaryDirectory() as composed:
                for folder in folders:
                    for path in (POLICIES / folder).glob("*.yaml"):
                        shutil.copy(path, composed)
                code, text = run("lint", "--strict", composed)
                self.assertEqual(0, code, text)

    def test_every_suite_passes(self):
        self.assertGreaterEqual(len(COMMANDS), 6)
        for command in COMMANDS:
            code, text = run(*command.split())
            self.assertEqual(0, code, f"tidewaiter {command}\n{text}")

    def test_every_suite_is_run(self):
        run_paths = [REPOSITORY / word for command in COMMANDS for word in command.split()]
        for path in [*(POLICIES / "tests").rglob("*.yaml"),
                     *(REPOSITORY / "examples" / "scenarios").rglob("*.yaml")]:
            if any(one["kind"] == "Suite" for one in documents(path)):
                self.assertTrue(any(path == given or path.parent == given for given in run_paths),
                                f"no command of policies/README.md runs {path}")

    def test_every_policy_is_documented_and_its_validation_can_be_run(self):
        for profile in PROFILES:
            suites = suites_in(POLICIES / "tests" / profile)
            for path in (POLICIES / profile).glob("*.yaml"):
                [policy] = documents(path)
                if policy["kind"] == "IndicatorList":
                    continue
                name, detection = policy["metadata"]["name"], policy["spec"].get("detection", {})
                self.assertEqual(path.stem, name)
                self.assertEqual("production", detection.get("status"), name)
                actions = set()
                for case in detection["validation"]:
                    suite, case = case.split("/", 1)
                    self.assertIn(case, suites.get(suite, {}), f"{name}: {suite}")
                    actions.add(suites[suite][case]["expect"]["action"])
                self.assertIn("allow", actions, f"{name}: no case that must stay silent")
                self.assertGreater(len(actions), 1, f"{name}: no case that must be found")

    def test_add_ons_are_refused_without_their_exceptions(self):
        add_ons = list((TESTDATA / "add-ons").glob("*.yaml"))
        self.assertGreater(len(add_ons), 10)
        for path in add_ons:
            code, text = run("check", "-f", path, "--profile", "baseline")
            self.assertEqual(1, code, text)

    def test_ordinary_applications_pass_without_any(self):
        for profile in ("default", "detections", "baseline"):
            code, text = run("check", "-f", TESTDATA / "ordinary", "--profile", profile,
                             "--fail-on", "warn")
            self.assertEqual(0, code, text)
            self.assertRegex(text, r"1\d objects, \d+ policies: 0 deny, 0 warn")


unittest.main(argv=sys.argv[:1])
