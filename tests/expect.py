#!/usr/bin/env python3
"""Runs a command and compares what it prints with a file, where "..." stands for any text.

  expect.py FILE COMMAND [ARGUMENT...]
"""

import pathlib
import re
import subprocess
import sys


def matches(expected, printed):
    pattern = re.escape(expected.rstrip()).replace(re.escape("..."), ".*")
    return re.fullmatch(pattern, printed.rstrip(), re.S) is not None


def main():
    expected = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    ran = subprocess.run(sys.argv[2:], text=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ran.returncode == 0 and matches(expected, ran.stdout):
        return 0
    print(f"--- expected, with exit 0\n{expected}\n--- printed, with exit {ran.returncode}\n"
          f"{ran.stdout}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
