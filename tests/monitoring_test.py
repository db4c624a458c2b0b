#!/usr/bin/env python3
"""Tests the rules and the dashboard of manifests/monitoring against a running program.

  monitoring_test.py PROGRAM [PROMTOOL PROMETHEUS]

The program runs with the arguments that the Deployment gives it. With Prometheus' own tools the rules
pass their tests too, and a real Prometheus scrapes the program and answers every query.
"""

import datetime
import http.server
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
MONITORING = REPOSITORY / "manifests" / "monitoring"
REVIEWS = REPOSITORY / "examples" / "quickstart" / "reviews"
APISERVER = REPOSITORY / "tests" / "testdata" / "apiserver-metrics.txt"
PROGRAM, *TOOLS = sys.argv[1:]
CONNECT = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
    "uid": "1", "operation": "CONNECT", "namespace": "shop", "name": "web", "subResource": "exec",
    "kind": {"group": "", "version": "v1", "kind": "PodExecOptions"},
    "resource": {"group": "", "version": "v1", "resource": "pods"},
    "object": {"kind": "PodExecOptions", "apiVersion": "v1", "command": ["sh"]}}}


EXCEPTION = """
apiVersion: tidewaiter.io/v1alpha1
kind: PolicyException
metadata: {{name: an-agent}}
spec:
  policies: [host-network]
  match: {{namespaces: [monitoring]}}
  owner: somebody
  reason: a panel tells of it
  expires: {}
"""


def get(url, data=None, **options):
    with urllib.request.urlopen(url, data=data, timeout=10, **options) as answer:
        return answer.read().decode()


class Webhook:
    """The program, started as the Deployment starts it, and asked for some reviews."""

    def __init__(self, folder):
        self.certificate = folder / "certificate"
        subprocess.run([PROGRAM, "cert", "--out", self.certificate, "--name", "127.0.0.1"],
                       check=True, stdout=subprocess.DEVNULL)
        deployment = yaml.safe_load((REPOSITORY / "manifests/base/deployment.yaml").read_text())
        arguments = deployment["spec"]["template"]["spec"]["containers"][0]["args"]
        arguments = [a.replace("/etc/tidewaiter/certificate", str(self.certificate))
                     .replace("/etc/tidewaiter/policies", str(REPOSITORY / "policies/default"))
                     for a in arguments]
        exceptions = folder / "exceptions.yaml"
        exceptions.write_text(EXCEPTION.format(datetime.date.today() + datetime.timedelta(100)))
        self.process = subprocess.Popen(
            [PROGRAM, *arguments, f"--policies={exceptions}", "--shutdown-delay=0"], text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={"TIDEWAITER_LISTEN": "127.0.0.1:0",
                                         "TIDEWAITER_HEALTH_LISTEN": "127.0.0.1:0"})
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if line.startswith("serving on"):
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.url = re.search(r"serving on (\S+)", self.said)[1]
        self.health = re.search(r"http://([\d.:]+)", self.said)[1]

    def ask(self):
        trust = ssl.create_default_context(cafile=self.certificate / "ca.crt")
        reviews = [("validate", path.read_bytes()) for path in sorted(REVIEWS.glob("*.json"))]
        reviews.append(("detect", json.dumps(CONNECT).encode()))
        for path, review in reviews:
            get(f"{self.url}/{path}?timeout=5s", review, context=trust)
        address = urllib.parse.urlsplit(self.url)
        with socket.create_connection((address.hostname, address.port)) as stranger:
            stranger.sendall(b"no TLS at all\r\n\r\n")
            stranger.recv(100)

    def metrics(self):
        return get(f"http://{self.health}/metrics")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def rules():
    groups = yaml.safe_load((MONITORING / "rules.yaml").read_text())["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def panels():
    """Each query of the dashboard, by panel and reference, as Grafana would send it."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    return {f"{panel['title']}/{target['refId']}":
            target["expr"].replace("$__rate_interval", "30s")
            for panel in dashboard["panels"] for target in panel.get("targets", [])}


class MonitoringTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.webhook = Webhook(cls.folder)
        cls.addClassCleanup(cls.webhook.stop)
        cls.webhook.ask()

    def test_is_ready_with_the_deployment_s_arguments(self):
        self.assertEqual("ok", get(f"http://{self.webhook.health}/readyz"))

    def test_every_metric_that_is_asked_for_is_there(self):
        labels = {}
        for name, text in re.findall(r"^(tidewaiter_\w+)(?:\{(.*)\})? ", self.webhook.metrics(),
                                     re.M):
            labels.setdefault(name, set()).update(re.findall(r'(\w+)="', text))
        apiserver = APISERVER.read_text()
        for where, query in {**rules(), **panels()}.items():
            asked = re.findall(r"\b(tidewaiter_\w+|apiserver_\w+)(?:\{([^}]*)\})?", query)
            for name, selector in asked:
                if name.startswith("apiserver_"):
                    self.assertIn(f"\n{name}{{", apiserver, where)
                    continue
                self.assertIn(name, labels, where)
                # Prometheus gives `job`; whoever forgets it meets another's metrics.
                self.assertIn('job="tidewaiter"', selector, where)
                self.assertLessEqual(set(re.findall(r"(\w+)[=!]", selector)) - {"job"},
                                     labels[name], where)

    def test_every_metric_is_looked_at(self):
        names = set(re.findall(r"^# TYPE (\w+)", self.webhook.metrics(), re.M))
        self.assertGreater(len(names), 10)
        queries = "\n".join([*rules().values(), *panels().values()])
        self.assertEqual(set(), {name for name in names if name not in queries})

    def test_dashboard_has_no_panel_upon_another(self):
        taken = set()
        dashboard = json.loads((MONITORING / "dashboard.json").read_text())
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells
        identities = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(identities), len(set(identities)))


class PrometheusTest(MonitoringTest):
    def promtool(self, *arguments, stdin=""):
        ran = subprocess.run([TOOLS[0], *map(str, arguments)], input=stdin, text=True,
                             capture_output=True, timeout=60)
        self.assertEqual(0, ran.returncode, ran.stdout + ran.stderr)

    def test_promtool_finds_nothing(self):
        self.promtool("check", "rules", MONITORING / "rules.yaml")
        self.promtool("check", "metrics", stdin=self.webhook.metrics())

    def test_rules_pass_their_tests(self):
        self.promtool("test", "rules", MONITORING / "rules_test.yaml")
        tested = (MONITORING / "rules_test.yaml").read_text()
        self.assertEqual([], [alert for alert in rules() if alert not in tested])

    def test_every_query_has_an_answer(self):
        class ApiServer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(APISERVER.read_bytes())

            def log_message(self, *_):
                pass

        apiserver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ApiServer)
        threading.Thread(target=apiserver.serve_forever, daemon=True).start()
        self.addCleanup(apiserver.shutdown)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        configuration = self.folder / "prometheus.yaml"
        configuration.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s"},
            "rule_files": [str(MONITORING / "rules.yaml")],
            "scrape_configs": [
                {"job_name": "tidewaiter",
                 "static_configs": [{"targets": [self.webhook.health]}]},
                {"job_name": "apiserver", "static_configs": [
                    {"targets": [f"127.0.0.1:{apiserver.server_port}"]}]}]}))
        prometheus = subprocess.Popen(
            [TOOLS[1], f"--config.file={configuration}", f"--storage.tsdb.path={self.folder}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        self.addCleanup(prometheus.wait, 30)
        self.addCleanup(prometheus.terminate)

        def ask(query):
            text = urllib.parse.urlencode({"query": query})
            answer = json.loads(get(f"http://127.0.0.1:{port}/api/v1/query?{text}"))
            self.assertEqual("success", answer["status"], query)
            return answer["data"]["result"]

        # Some queries need a rate above zero, so the program is asked on and on.
        unanswered = panels()
        deadline = time.monotonic() + 60
        while unanswered and time.monotonic() < deadline:
            time.sleep(1)
            self.webhook.ask()
            try:
                unanswered = {where: query for where, query in unanswered.items()
                              if not ask(query)}
            except OSError:  # not listening yet
                continue
        self.assertEqual({}, unanswered)
        for query in rules().values():
            ask(query)


def main():
    case = PrometheusTest if TOOLS else MonitoringTest
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


main()
