#!/usr/bin/env python3
"""Runs every command of the README and compares what it prints.

A yaml block whose first line is "# NAME" becomes the file NAME. In a console block, "$ COMMAND" is
run with the program in PATH, in one scratch folder for the whole document; the lines below it are
what it must print, on stdout and stderr together, where "..." stands for any text and "[exit N]" for
an exit code other than 0. A server is stopped once it serves. Blocks of sh are not run: they want a
cluster, or are tests of their own.

  readme_test.py README PROGRAM
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import textwrap

from expect import matches


def blocks(text):
    """Yields (line number, language, lines) of each fenced block."""
    fence = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
    for found in fence.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        yield line, found[2], textwrap.dedent(found[3]).splitlines()


def commands(lines):
    """Yields (offset, command, expected output) of a console block."""
    starts = [i for i, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        yield start, lines[start][2:], "\n".join(lines[start + 1:end])


def run(command, folder, environment):
    """Gives what the command printed. One that serves is stopped as soon as it says so."""
    process = subprocess.Popen(["bash", "-c", "exec " + command if "serve" in command else command],
                               cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    printed = ""
    serves = False
    for line in process.stdout:
        printed += line
        if line.startswith("serving on "):
            serves = True
            break
    if serves:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    code = process.wait(timeout=30)
    return printed + (f"[exit {code}]" if code else "")


def main():
    readme, program = map(pathlib.Path, sys.argv[1:])
    environment = {"PATH": f"{program.resolve().parent}:{os.environ['PATH']}",
                   "REPOSITORY": str(readme.resolve().parent), "HOME": os.environ.get("HOME", "/"),
                   "TIDEWAITER_LISTEN": "127.0.0.1:0", "TIDEWAITER_HEALTH_LISTEN": "127.0.0.1:0",
                   "TIDEWAITER_SHUTDOWN_DELAY": "0"}
    failures = ran = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, language, lines in blocks(readme.read_text(encoding="utf-8")):
            if language == "yaml" and lines[0].startswith("# "):
                file = pathlib.Path(folder, lines[0][2:])
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("\n".join(lines) + "\n", encoding="utf-8")
            if language != "console":
                continue
            for offset, command, expected in commands(lines):
                ran += 1
                printed = run(command, folder, environment)
                if not matches(expected, printed):
                    failures += 1
                    print(f"README.md:{number + offset}: $ {command}\n--- expected\n{expected}\n"
                          f"--- printed\n{printed}")
    print(f"{ran} commands, {failures} failed")
    return 1 if failures or not ran else 0


sys.exit(main())
