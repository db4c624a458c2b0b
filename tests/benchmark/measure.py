#!/usr/bin/env python3
"""Measures the program against references in the same run, and prints the table.

  measure.py BUILD SECONDS JSON

A figure counts as a ratio to its reference: both run alternately, five times each, and the medians
are compared. Absolute times are for people; they differ between machines and from day to day.
"""

import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/testdata/reviews/29-update-pods-web.json"
ROUNDS = 5
CONNECTIONS = 8


class Bench:
    def __init__(self, build, seconds, folder):
        self.build, self.seconds, self.folder = build, seconds, folder
        self.rows = []
        # As the API server writes it: without the spaces of the recording.
        self.review = f"{folder}/review.json"
        compact = json.dumps(json.loads(RECORDED.read_bytes()), separators=(",", ":"))
        pathlib.Path(self.review).write_text(compact, encoding="utf-8")
        self.tidewaiter = build / "tidewaiter"
        subprocess.run([self.tidewaiter, "cert", "--out", folder, "--name", "localhost"],
                       check=True, stdout=subprocess.DEVNULL)

    def row(self, what, figure, reference, ratio, target, met):
        self.rows.append({"what": what, "figure": figure, "reference": reference, "ratio": ratio,
                          "target": target, "met": met})

    @contextlib.contextmanager
    def echo(self, *flags):
        command = [self.build / "tests/benchmark/echo_server", f"{self.folder}/tls.crt",
                   f"{self.folder}/tls.key", *flags]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process, int(process.stdout.readline())
            finally:
                process.kill()

    @contextlib.contextmanager
    def webhook(self):
        command = [self.tidewaiter, "serve", "--listen", "127.0.0.1:0", "--health-listen",
                   "127.0.0.1:0", "--cert-file", f"{self.folder}/tls.crt", "--key-file",
                   f"{self.folder}/tls.key", "--decision-log", f"{self.folder}/decisions.jsonl",
                   "--log-level", "error"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                line = process.stderr.readline()
                while not line.startswith("serving on "):
                    line = process.stderr.readline()
                yield process, int(line.split(" ")[2].rpartition(":")[2])
            finally:
                process.kill()

    def load(self, server, connections=CONNECTIONS, rate=None):
        """Gives requests a second, CPU microseconds a request, p50 and p99 in microseconds."""
        process, port = server
        command = [self.build / "tests/benchmark/load", port, process.pid, connections,
                   self.seconds, self.review] + ([rate] if rate else [])
        out = subprocess.run([str(word) for word in command], check=True, text=True,
                             stdout=subprocess.PIPE)
        return [float(word) for word in out.stdout.split()[:4]]


def medians(runs):
    return [statistics.median(column) for column in zip(*runs)]


def decision(bench):
    command = [bench.build / "tests/benchmark/decision_benchmark", bench.review,
               f"--benchmark_repetitions={ROUNDS}", "--benchmark_enable_random_interleaving=true",
               "--benchmark_format=json"]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time_of = {one["run_name"]: one["cpu_time"] / 1000
               for one in json.loads(out.stdout)["benchmarks"]
               if one.get("aggregate_name") == "median"}
    alone, door, whole = (time_of[name] for name in ("RapidJsonAlone", "Door", "Decide"))
    bench.row("P1 one decision: parse, judge, answer, record", f"{whole:.1f} us",
              f"RapidJSON's parse alone: {alone:.1f} us", f"{whole / alone:.2f}", "<= 4",
              whole / alone <= 4)
    few, many = (time_of[f"DecideWithIndicators/{count}"] for count in (2, 100000))
    bench.row("P6 one decision with 100,000 indicators", f"{many:.1f} us",
              f"with 2 indicators: {few:.1f} us", f"{many / few:.2f}", "<= 1.2", many / few <= 1.2)
    bench.row("   of it the door: parse and type", f"{door:.1f} us", "", f"{door / alone:.2f}", "",
              None)


def served(bench):
    with bench.echo() as echo, bench.echo("--httplib") as httplib, bench.webhook() as webhook:
        servers = {"echo": echo, "httplib": httplib, "webhook": webhook}
        runs = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name, server in servers.items():
                runs[name].append(bench.load(server))
        paced = medians([bench.load(webhook, rate=200) for _ in range(ROUNDS)])
        rss = int(pathlib.Path(f"/proc/{webhook[0].pid}/status").read_text(encoding="utf-8")
                  .split("VmRSS:")[1].split()[0]) / 1024
    echo, httplib, webhook = (medians(runs[name]) for name in ("echo", "httplib", "webhook"))
    share, cpu = webhook[0] / echo[0], webhook[1] / echo[1]
    bench.row(f"P2 served over TLS, {CONNECTIONS} connections", f"{webhook[0]:.0f} requests/s",
              f"bare echo: {echo[0]:.0f}", f"{share:.0%}", ">= 40 %", share >= 0.4)
    bench.row("   CPU a request", f"{webhook[1]:.1f} us", f"bare echo: {echo[1]:.1f} us",
              f"{cpu:.2f}", "<= 4.5", cpu <= 4.5)
    bench.row("   beside echo with cpp-httplib", f"{webhook[0]:.0f} requests/s",
              f"{httplib[0]:.0f}, {httplib[1]:.1f} us", f"{webhook[0] / httplib[0]:.0%}", "", None)
    bench.row("P3 paced, 200 requests/s", f"p50 {paced[2] / 1000:.2f} ms, p99 {paced[3] / 1000:.2f} ms",
              "", "", "<= 0.5 ms, 1.5 ms", paced[2] <= 500 and paced[3] <= 1500)
    bench.row("P4 memory after these runs", f"{rss:.1f} MiB", "", "", "<= 48 MiB", rss <= 48)


def first_verdict(bench):
    times = []
    for _ in range(ROUNDS):
        started = time.monotonic()
        with bench.webhook() as (_, port):
            subprocess.run(["curl", "--silent", "--fail", "--cacert", f"{bench.folder}/ca.crt",
                            "--output", "/dev/null", "--data-binary", f"@{bench.review}",
                            f"https://localhost:{port}/validate"], check=True)
            times.append((time.monotonic() - started) * 1000)
    figure = statistics.median(times)
    bench.row("P5 start to first verdict, curl included", f"{figure:.0f} ms", "", "", "<= 60 ms",
              figure <= 60)


def main():
    build, seconds, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(build, seconds, folder)
        decision(bench)
        served(bench)
        first_verdict(bench)
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                if line.startswith("model name")), "unknown CPU")
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    print("| what | measured | reference | ratio | target | |\n|---|---|---|---|---|---|")
    for row in bench.rows:
        mark = {True: "met", False: "missed", None: ""}[row["met"]]
        print("| " + " | ".join([row["what"].strip(), row["figure"], row["reference"],
                                 row["ratio"], row["target"], mark]) + " |")
    cores = subprocess.run(["nproc"], text=True, stdout=subprocess.PIPE).stdout.strip()
    print(f"\n{cores} cores of {cpu}, commit {commit}; medians of {ROUNDS} alternating runs")
    out.write_text(json.dumps({"commit": commit, "cpu": cpu, "rows": bench.rows}, indent=1) + "\n",
                   encoding="utf-8")


main()
