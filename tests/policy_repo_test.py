#!/usr/bin/env python3
"""Runs every command of the program that the policy repository's README, hook and CI jobs name, in a
copy of the repository. Each must succeed; what stands below a command of the README must be printed.

  policy_repo_test.py FOLDER PROGRAM
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from expect import matches

SOURCES = ["README.md", "hooks/pre-commit", ".github/workflows/policies.yml", ".gitlab-ci.yml"]
COMMAND = re.compile(r"^(?:\$ | *- | *(?:- )?run: )?(tidewaiter .*)$", re.M)


def main():
    folder, program = map(pathlib.Path, sys.argv[1:])
    environment = os.environ | {"PATH": f"{program.resolve().parent}:{os.environ['PATH']}"}
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(folder, pathlib.Path(scratch, "repository"))
        for source in SOURCES:
            text = (copy / source).read_text(encoding="utf-8")
            commands = COMMAND.findall(text)
            if not commands:
                failures += 1
                print(f"{source}: no command found")
            for command in commands:
                ran = subprocess.run(["bash", "-c", command], cwd=copy, env=environment, text=True,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                below = text.split(f"$ {command}\n")[1].splitlines()[0] if source == "README.md" else ""
                told = below.startswith(("$ ", "```")) or not below or matches(below, ran.stdout)
                if ran.returncode or not told:
                    failures += 1
                    print(f"{source}: {command}: exit {ran.returncode}\n{ran.stdout}")
        for file in [*copy.glob("policies/*.yaml"), *copy.glob("tests/*.yaml")]:
            first = file.read_text(encoding="utf-8").splitlines()[0]
            schema = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", first)
            if not schema or not (file.parent / schema[1]).exists():
                failures += 1
                print(f"{file.name}: its first line names no schema that a command wrote")
        if not all((copy / name).exists()
                   for name in ("tidewaiter.sarif", "tidewaiter.xml", "suites.xml")):
            failures += 1
            print("the jobs name reports that no command wrote")
    return 1 if failures else 0


sys.exit(main())
