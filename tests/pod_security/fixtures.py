#!/usr/bin/env python3
"""Runs the fixtures of k8s.io/pod-security-admission through the program, at every level and version.

    go mod download -json k8s.io/pod-security-admission@v0.37.2      # prints the folder, "Dir"
    tests/pod_security/fixtures.py build/release/tidewaiter DIR/test/testdata

Each fixture is judged by `check --pod-security LEVEL:VERSION` and by a policy with the check
podSecurity; a file in a folder `fail` must be refused, one in `pass` allowed. Prints each difference
and their number, which is the exit status if it is not 0.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

POLICY = """apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: level}
spec: {check: podSecurity, action: deny, severity: high, params: {level: %s, version: %s}}
"""


def judge(program, folder, *flags):
    """Maps each object of the folder to whether it is allowed; fails on what could not be judged."""
    run = subprocess.run([program, "check", "-f", folder, "-o", "json", *flags],
                         capture_output=True, text=True, timeout=120, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"{folder}: exit {run.returncode}\n{run.stdout}\n{run.stderr}")
    return {entry["file"]: entry["allowed"] for entry in json.loads(run.stdout)["objects"]}


def main(program, testdata):
    judged = differences = 0
    for level in ("baseline", "restricted"):
        for version in sorted(pathlib.Path(testdata, level).iterdir()):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
                policy.write(POLICY % (level, version.name))
                policy.flush()
                for want, folder in ((True, version / "pass"), (False, version / "fail")):
                    files = {str(file) for file in folder.glob("*.yaml")}
                    for flags in (("--pod-security", f"{level}:{version.name}"),
                                  ("--policies", policy.name)):
                        got = judge(program, str(folder), *flags)
                        for file in sorted(files | got.keys()):
                            if got.get(file) is not want:
                                differences += 1
                                print(f"{file}: {' '.join(flags)}: allowed {got.get(file)}")
                    judged += len(files)
    print(f"{judged} fixtures, {differences} differences")
    return min(differences, 100) or (1 if judged == 0 else 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
