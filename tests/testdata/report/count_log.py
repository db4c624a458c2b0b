#!/usr/bin/env python3
"""Counts a decision log, line by line, apart from the program: count_log.py FILE [POLICY].

Prints what `tidewaiter report -o json` must hold, without the order of its rows.
"""
import collections
import json
import re
import sys


def workload(d):
    owner = d.get("owner")
    kind, name = (owner["kind"], owner["name"]) if owner else (d["kind"]["kind"], d["name"])
    if not owner and d["resource"]["resource"] == "pods":
        found = re.fullmatch(r"(.+)-(?:\*|[bcdfghj-np-tvwxz2456789]{5})", name)
        return "Pod/" + (re.sub(r"-[bcdf4-9]{7,10}$", "", found[1]) + "-*" if found else name)
    if kind == "ReplicaSet" and re.search(r".-[bcdf4-9]{7,10}$", name):
        return "Deployment/" + name.rsplit("-", 1)[0]
    if kind == "Job" and re.search(r".-[0-9]{8}$", name):
        return "CronJob/" + name.rsplit("-", 1)[0]
    return f"{kind}/{name}"


def registry(image):
    first = image.split("/")[0]
    return first if "/" in image and ("." in first or ":" in first) else "docker.io"


def main():
    only = sys.argv[2] if len(sys.argv) > 2 else None
    total = collections.Counter()
    groups = {k: collections.defaultdict(collections.Counter)
              for k in ("policies", "namespaces", "workloads", "users", "registries", "days", "exceptions")}
    for line in open(sys.argv[1], encoding="utf-8"):
        d = json.loads(line)
        findings = [f for f in d["findings"] if only in (None, f["policy"])]
        deny = [f for f in findings if f["would"] == "deny"]
        refused = bool(deny) if only else d["would"] == "deny"
        verdict = ("wouldBeDenied" if d["allowed"] else "denied") if refused else None

        def add(group, key, counted=verdict):
            row = groups[group][key]
            row["decisions"] += 1
            if counted:
                row[counted] += 1

        total["decisions"] += 1
        total[verdict] += 1
        total["warned"] += not refused and any(f["would"] == "warn" for f in findings)
        total["errors"] += "error" in d
        total["dryRuns"] += d["dryRun"]
        total["unchanged"] += any(f["unchanged"] for f in findings)
        total["excused"] += any(f["exception"] for f in findings)
        add("namespaces", (d["namespace"],))
        add("users", (d["user"]["username"],))
        add("days", (d["time"][:10],))
        add("workloads", (d["namespace"], workload(d)))
        for r in {registry(i) for i in d["images"]}:
            blamed = any(f.get("image") is None or registry(f["image"]) == r for f in deny)
            add("registries", (r,), verdict if blamed else None)
        for p in {f["policy"] for f in findings}:
            mine = [f for f in findings if f["policy"] == p]
            add("policies", (p,), verdict if any(f["would"] == "deny" for f in mine) else None)
            row = groups["policies"][(p,)]
            row["warned"] += any(f["would"] == "warn" for f in mine)
            row["unchanged"] += any(f["unchanged"] for f in mine)
            row["excused"] += any(bool(f["exception"]) for f in mine)
        for e in {f["exception"] for f in findings if f["exception"]}:
            groups["exceptions"][(e,)]["decisions"] += 1
    lines = [f"{k} {total[k]}" for k in
             ("decisions", "denied", "wouldBeDenied", "warned", "errors", "dryRuns", "unchanged", "excused")]
    columns = ("decisions", "denied", "wouldBeDenied")
    for group, rows in groups.items():
        numbers = {"policies": ("denied", "wouldBeDenied", "warned", "unchanged", "excused"),
                   "exceptions": ("decisions",)}.get(group, columns)
        for key, row in rows.items():
            if group in ("policies", "days", "exceptions") or row["denied"] + row["wouldBeDenied"] > 0:
                lines.append(" ".join([group, *key] + sorted(f"{n}={row[n]}" for n in numbers)))
    print("\n".join(sorted(lines)))


main()
