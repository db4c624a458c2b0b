#!/usr/bin/env python3
"""Holds the sources to the rules of webhook/ARCHITECTURE.md that a compiler does not see.

Usage: architecture_test.py [REPOSITORY]. Prints each breach as file:line: message; exits 1 if there is one.
"""
import re
import subprocess
import sys
from pathlib import Path

FLOORS = ["base", "kubernetes", "checks", "policy", "admission", "evidence", "server", "cli"]

# The only files that may include a header of this library.
FENCES = {
    r"rapidjson/": r"webhook/base/json\.(h|cc)",
    r"yaml-cpp/": r"webhook/base/yaml\w*\.cc",
    r"re2/": r"webhook/base/pattern\.(h|cc)",
    r"openssl/": r"webhook/base/(digest|certificate)\.cc|webhook/server/\w+\.(h|cc)",
    r"asio": r"webhook/server/\w+\.(h|cc)",
    r"httplib\.h": r"webhook/server/\w+\.cc",
    r"prometheus/": r"webhook/server/\w+\.cc",
    r"spdlog/": r"webhook/server/operational_log\.cc",
    r"zlib\.h": r"webhook/base/lines\.cc",
    r"CLI/": r"webhook/cli/\w+\.(h|cc)",
    r"fmt/": r"webhook/.*",
}
# Headers of the operating system and of C++ itself.
SYSTEM = re.compile(r"[a-z_0-9]+|(sys|netinet|arpa|net|linux|bits)/[\w.]+|\w+\.h")
MOST_LINES = 500
INCLUDE = re.compile(r'#include\s+(?:"([^"]+)"|<([^>]+)>)')


def breaches_of_includes(path, text):
    floor = FLOORS.index(path.split("/")[1])
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        ours, other = match.groups()
        if ours:
            parts = ours.split("/")
            if parts[0] == "webhook" and parts[1] in FLOORS:
                if FLOORS.index(parts[1]) > floor:
                    yield number, f"{FLOORS[floor]}/ must not include {ours}: that floor is higher"
            else:
                yield number, f'"{ours}" is not a path from the repository\'s root'
            continue
        fence = next((where for what, where in FENCES.items() if re.match(what, other)), None)
        if fence is None and not SYSTEM.fullmatch(other):
            yield number, f"<{other}> is of a library that has no place in FENCES"
        elif fence is not None and not re.fullmatch(fence, path):
            yield number, f"<{other}> is only for {fence}"


def breaches_of_text(path, text):
    lines = text.splitlines()
    if len(lines) >= MOST_LINES:
        yield len(lines), f"{len(lines)} lines; a file has less than {MOST_LINES}"
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*using namespace std\b", line):
            yield number, "using namespace std"
    if path.endswith(".h") and "#pragma once" not in lines:
        yield 1, "no #pragma once"


def breaches_of_checks(files):
    """Every check of the table has the file, the test and the place in the build of its name.

    Those that are Pod Security Standards as they are have their rows in one test.
    """
    registry = Path("webhook/checks/registry.cc").read_text()
    table = registry[registry.index("ShippedChecks()"):]
    table = table[:table.index("}")]
    names = re.findall(r"\b([A-Z]\w+)\(\)", table.split("{", 1)[1])
    if not names:
        yield "webhook/checks/registry.cc", 1, "no checks found in ShippedChecks"
    build = Path("webhook/CMakeLists.txt").read_text() + Path("tests/CMakeLists.txt").read_text()
    for name in names:
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        source, test = f"webhook/checks/{snake}.cc", f"tests/unit/checks/{snake}_test.cc"
        standard = source in files and re.search(r'StandardCheck\(\s*"(\w+)"', Path(source).read_text())
        if standard and test not in files:
            test = "tests/unit/checks/pod_security_test.cc"
            if test in files and f'{{"{standard[1]}",' not in Path(test).read_text():
                yield test, 1, f"no row for the check {standard[1]}"
        for path in (source, test):
            if path not in files:
                yield "webhook/checks/registry.cc", 1, f"the check {name} has no {path}"
            elif Path(path).name not in build:
                yield path, 1, "is in no CMakeLists.txt"


def main():
    tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                             check=True, capture_output=True, text=True).stdout.split("\n")
    files = [name for name in tracked if name and Path(name).exists()]
    sources = [name for name in files if re.fullmatch(r"(webhook|tests)/.*\.(h|cc)", name)]
    if len(sources) < 20:
        sys.exit("found no sources: this is not the repository")
    found = []
    for path in sources:
        text = Path(path).read_text()
        found += [(path, *breach) for breach in breaches_of_text(path, text)]
        if path.startswith("webhook/"):
            found += [(path, *breach) for breach in breaches_of_includes(path, text)]
    found += breaches_of_checks(set(files))
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    print(f"{len(sources)} sources, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import os
        os.chdir(sys.argv[1])
    sys.exit(main())
