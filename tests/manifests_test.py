#!/usr/bin/env python3
"""Tests of what is applied to a cluster.

  manifests_test.py files PROGRAM                     the files as they are
  manifests_test.py rendered PROGRAM KUSTOMIZE HELM   and what those tools make of them
"""

import base64
import copy
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import jsonschema
import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
MANIFESTS = REPOSITORY / "manifests"
CHART = MANIFESTS / "helm" / "tidewaiter"
PART, PROGRAM = sys.argv[1:3]
KUSTOMIZE, HELM = sys.argv[3:5] if PART == "rendered" else (None, None)


def run(*command, stdin="", code=0):
    ran = subprocess.run(list(map(str, command)), input=stdin, text=True, capture_output=True,
                         timeout=120)
    if ran.returncode != code:
        raise AssertionError(f"{command}: exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document]


def read(path):
    return documents((MANIFESTS / path).read_text(encoding="utf-8"))


def check(objects, *flags, code=0):
    """Gives what `tidewaiter check` finds in the objects."""
    return json.loads(run(PROGRAM, "check", "-f", "-", "-o", "json", "--fail-on", "warn", *flags,
                          stdin=yaml.safe_dump_all(objects), code=code))


def deployment(objects):
    return next(o for o in objects if o["kind"] == "Deployment")


class FilesTest(unittest.TestCase):
    def test_every_file_can_be_read(self):
        read_files = 0
        for path in MANIFESTS.rglob("*"):
            if CHART / "templates" in path.parents or not path.is_file():
                continue
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".yaml":
                self.assertTrue(documents(text), path)
            elif path.suffix == ".json":
                json.loads(text)
            else:
                continue
            read_files += 1
        self.assertGreater(read_files, 15)

    def test_base_lists_its_files(self):
        resources = read("base/kustomization.yaml")[0]["resources"]
        files = {p.name for p in (MANIFESTS / "base").glob("*.yaml")} - {"kustomization.yaml"}
        self.assertEqual(files | {"../../policies"}, set(resources))

    def test_config_map_lists_the_shipped_policies(self):
        text = (REPOSITORY / "policies" / "Kustomization").read_text(encoding="utf-8")
        files = yaml.safe_load(text)["configMapGenerator"][0]["files"]
        shipped = (REPOSITORY / "policies" / "default").glob("*.yaml")
        self.assertEqual(sorted(f"default/{path.name}" for path in shipped), files)

    def test_base_is_clean_under_our_own_checks(self):
        objects = read("base/deployment.yaml") + read("base/service.yaml")
        found = check(objects)
        self.assertEqual([], [f for o in found["objects"] for f in o["findings"]])
        self.assertEqual(2, found["summary"]["objects"])
        spoiled = copy.deepcopy(objects)
        spoiled[0]["spec"]["template"]["spec"]["hostNetwork"] = True
        self.assertNotEqual(0, check(spoiled, code=1)["summary"]["deny"])

    def test_restricted_pod_security(self):
        """What the Pod Security Standard demands of the namespace that the pods go into."""
        pod = read("base/deployment.yaml")[0]["spec"]["template"]["spec"]
        self.assertIs(pod["securityContext"]["runAsNonRoot"], True)
        self.assertEqual({"type": "RuntimeDefault"}, pod["securityContext"]["seccompProfile"])
        self.assertLessEqual({k for v in pod["volumes"] for k in v} - {"name"},
                             {"secret", "configMap", "emptyDir"})
        for container in pod["containers"]:
            security = container["securityContext"]
            self.assertIs(security["allowPrivilegeEscalation"], False)
            self.assertIs(security["readOnlyRootFilesystem"], True)
            self.assertEqual({"drop": ["ALL"]}, security["capabilities"])

    def test_names_and_ports_fit_together(self):
        workload = read("base/deployment.yaml")[0]
        labels = workload["spec"]["template"]["metadata"]["labels"]
        container = workload["spec"]["template"]["spec"]["containers"][0]
        ports = {p["name"] for p in container["ports"]}
        service = read("base/service.yaml")[0]["spec"]
        policy = read("base/network-policy.yaml")[0]["spec"]
        self.assertEqual(labels, service["selector"])
        self.assertEqual(labels, policy["podSelector"]["matchLabels"])
        self.assertEqual(labels, workload["spec"]["selector"]["matchLabels"])
        self.assertEqual(labels, read("base/pod-disruption-budget.yaml")[0]["spec"]["selector"]
                         ["matchLabels"])
        self.assertEqual(ports, {p["targetPort"] for p in service["ports"]})
        self.assertEqual(ports, {p["port"] for rule in policy["ingress"] for p in rule["ports"]})
        for probe in ("livenessProbe", "readinessProbe"):
            self.assertIn(container[probe]["httpGet"]["port"], ports)
        mounts = {m["mountPath"] for m in container["volumeMounts"]}
        for argument in container["args"]:
            if "=/" in argument:
                path = pathlib.PurePath(argument.split("=", 1)[1])
                self.assertTrue(mounts & {str(path), str(path.parent)}, argument)

    def test_registration_excludes_only_by_the_namespaces_own_name(self):
        webhooks = read("base/validating-webhook-configuration.yaml")[0]["webhooks"]
        service = read("base/service.yaml")[0]
        self.assertEqual(["Fail", "Ignore"], [w["failurePolicy"] for w in webhooks])
        for webhook in webhooks:
            self.assertNotIn("objectSelector", webhook)
            keys = [e["key"] for e in webhook["namespaceSelector"]["matchExpressions"]]
            self.assertEqual(["kubernetes.io/metadata.name"], keys)
            target = webhook["clientConfig"]["service"]
            self.assertEqual(service["metadata"]["name"], target["name"])
            self.assertIn(target["port"], [p["port"] for p in service["spec"]["ports"]])

    def test_values_schema(self):
        schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
        values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.validate(values, schema)
        # Every value has its place in the schema, and the other way round.
        def keys(value, properties, path):
            self.assertEqual(set(value), set(properties) - {"global"}, path)
            for key, inner in value.items():
                if properties[key].get("properties") and key != "resources":
                    keys(inner, properties[key]["properties"], f"{path}.{key}")
        keys(values, schema["properties"], "values")
        for path, wrong in [("mode", "Audit"), ("replicas", 0), ("replica", 2),
                            ("registration.failurePolicy", "fail"), ("policies", {"x.txt": ""}),
                            ("certificate.source", "files"), ("image.digest", "sha256:1"),
                            ("registration.objectSelector", {}), ("extraArguments", ["debug"])]:
            broken = copy.deepcopy(values)
            *parents, last = path.split(".")
            inner = broken
            for parent in parents:
                inner = inner[parent]
            inner[last] = wrong
            with self.assertRaises(jsonschema.ValidationError, msg=path):
                jsonschema.validate(broken, schema)

    def test_chart_has_the_program_s_version(self):
        version = run(PROGRAM, "version").split()[1]
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        self.assertEqual(version, chart["appVersion"])
        image = read("base/deployment.yaml")[0]["spec"]["template"]["spec"]["containers"][0]["image"]
        self.assertEqual(f"tidewaiter:{version}", image)


class SecretTest(unittest.TestCase):
    """`tidewaiter cert --secret`, which the chart's Job runs."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def verify(self, secret, bundle):
        for name in ("tls.crt", "tls.key"):
            (self.folder / name).write_bytes(base64.b64decode(secret["data"][name]))
        (self.folder / "trusted").write_bytes(base64.b64decode(bundle))
        run("openssl", "verify", "-purpose", "sslserver", "-verify_hostname", "tidewaiter.guard.svc",
            "-CAfile", self.folder / "trusted", self.folder / "tls.crt")
        key = run("openssl", "pkey", "-in", self.folder / "tls.key", "-pubout")
        self.assertEqual(key, run("openssl", "x509", "-in", self.folder / "tls.crt", "-pubkey",
                                  "-noout"))

    def test_prints_a_secret(self):
        text = run(PROGRAM, "cert", "--secret", "--service", "tidewaiter", "-n", "guard")
        [secret] = documents(text)
        self.assertEqual({"name": "tidewaiter-tls", "namespace": "guard"}, secret["metadata"])
        self.assertEqual("kubernetes.io/tls", secret["type"])
        bundle = re.match(r"# caBundle: (\S+)\n", text)[1]
        self.assertEqual(bundle, secret["data"]["ca.crt"])
        self.verify(secret, bundle)

    def test_renewal_trusts_the_old_and_the_new(self):
        configuration = read("base/validating-webhook-configuration.yaml")[0]
        secrets = []
        for _ in range(3):
            run(PROGRAM, "cert", "--secret", "--service=tidewaiter", "--namespace=guard",
                f"--out={self.folder}", f"--also-trust={self.folder}/ca.crt")
            patch = json.loads((self.folder / "ca-bundle.json").read_text(encoding="utf-8"))
            for operation in patch:
                index = int(re.fullmatch(r"/webhooks/(\d)/clientConfig/caBundle",
                                         operation["path"])[1])
                configuration["webhooks"][index]["clientConfig"]["caBundle"] = operation["value"]
            [bundle] = {w["clientConfig"]["caBundle"] for w in configuration["webhooks"]}
            [secret] = documents((self.folder / "secret.yaml").read_text(encoding="utf-8"))
            secrets.append(secret)
            for served in secrets[-2:]:
                self.verify(served, bundle)
            self.assertEqual(len(secrets[-2:]),
                             base64.b64decode(bundle).count(b"BEGIN CERTIFICATE"))
            (self.folder / "ca.crt").write_bytes(base64.b64decode(secret["data"]["ca.crt"]))
        self.assertEqual(0o600, (self.folder / "secret.yaml").stat().st_mode & 0o777)

    def test_what_cannot_be(self):
        run(PROGRAM, "cert", "--secret", code=2)
        (self.folder / "ca.crt").write_text("no certificate", encoding="utf-8")
        run(PROGRAM, "cert", "--out", self.folder, "--also-trust", self.folder / "ca.crt", code=2)


class RenderedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Kustomize reads nothing outside of a copy, and the copy may have certificates.
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        for name in ("manifests", "policies", "examples"):
            shutil.copytree(REPOSITORY / name, cls.folder / name, symlinks=True)
        run(PROGRAM, "cert", "--service", "tidewaiter", "--out",
            cls.folder / "manifests/components/certificate-files")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def kustomize(self, overlay, *components, generator=None):
        folder = self.folder / "test"
        folder.mkdir(exist_ok=True)
        kustomization = {"resources": [f"../manifests/overlays/{overlay}"],
                         "components": [f"../manifests/components/{c}" for c in components]}
        if generator:
            kustomization["configMapGenerator"] = [generator]
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
        return documents(run(KUSTOMIZE, "build", folder))

    def helm(self, **values):
        settings = [f"--set={key.replace('__', '.')}={value}" for key, value in values.items()]
        return documents(run(HELM, "template", "tidewaiter", CHART, "--namespace", "tidewaiter",
                             "--skip-tests", *settings))

    def normal(self, objects):
        """By kind and name, without what only tells which tool made it."""
        result = {}
        for o in copy.deepcopy(objects):
            metadata = o["metadata"]
            for label in ("app.kubernetes.io/instance", "app.kubernetes.io/managed-by",
                          "app.kubernetes.io/version", "helm.sh/chart"):
                metadata.get("labels", {}).pop(label, None)
            if metadata["name"].startswith("tidewaiter-git"):  # with a hash of its content
                metadata["name"] = "tidewaiter-git"
                metadata.pop("labels", None)
            if o["kind"] == "Deployment":
                o["spec"]["template"]["metadata"]["annotations"].pop("tidewaiter.io/git", None)
                text = re.sub(r"tidewaiter-git-[a-z0-9]{10}\b", "tidewaiter-git", json.dumps(o))
                o = json.loads(text)
                pod = o["spec"]["template"]["spec"]
                for holder, key in [(pod, "volumes")] + [
                        (c, "volumeMounts") for c in pod["containers"]]:
                    holder[key].sort(key=lambda volume: volume["name"])
            result[o["kind"], metadata["name"]] = o
        self.assertEqual(len(objects), len(result))
        return result

    def assert_same(self, kustomized, templated):
        left, right = self.normal(kustomized), self.normal(templated)
        self.assertEqual(sorted(left), sorted(right))
        for key in left:
            self.assertEqual(left[key], right[key], key)

    def test_audit_refuses_nothing_and_enforce_is_closed(self):
        for overlay, mode, failure in (("audit", "--mode=audit", "Ignore"),
                                       ("enforce", "--mode=enforce", "Fail")):
            objects = self.kustomize(overlay)
            container = deployment(objects)["spec"]["template"]["spec"]["containers"][0]
            self.assertIn(mode, container["args"])
            registration = objects[-1]  # the last that is applied
            self.assertEqual("ValidatingWebhookConfiguration", registration["kind"])
            self.assertEqual([failure, "Ignore"],
                             [w["failurePolicy"] for w in registration["webhooks"]])
            labelled = [o for o in objects
                        if o["metadata"]["labels"].get("app.kubernetes.io/component")]
            self.assertEqual([registration], labelled)

    def test_certificate_files_fit(self):
        objects = self.kustomize("enforce", "certificate-files")
        secret = next(o for o in objects if o["kind"] == "Secret")
        self.assertEqual("tidewaiter-tls", secret["metadata"]["name"])
        for webhook in objects[-1]["webhooks"]:
            self.assertEqual(secret["data"]["ca.crt"], webhook["clientConfig"]["caBundle"])

    def test_helm_gives_the_same(self):
        closed = {"namespace__create": "true", "mode": "enforce",
                  "registration__failurePolicy": "Fail"}
        self.assert_same(self.kustomize("enforce"),
                         self.helm(certificate__source="secret", **closed))
        self.assert_same(self.kustomize("audit"),
                         self.helm(certificate__source="secret", namespace__create="true"))
        self.assert_same(self.kustomize("enforce", "cert-manager"),
                         self.helm(certificate__source="cert-manager", **closed))
        git = {"name": "tidewaiter-git", "namespace": "tidewaiter",
               "literals": ["GITSYNC_REPO=https://git.example.com/p", "GITSYNC_REF=main",
                            "POLICY_FOLDER=cluster"]}
        self.assert_same(self.kustomize("enforce", "git-sync", generator=git),
                         self.helm(certificate__source="secret",
                                   gitSync__repository="https://git.example.com/p",
                                   gitSync__folder="cluster", **closed))

    def test_rendered_sets_are_clean_under_our_own_checks(self):
        git = {"name": "tidewaiter-git", "namespace": "tidewaiter", "literals": ["POLICY_FOLDER=."]}
        job = self.helm(monitoring__podMonitor="true", monitoring__rules="true",
                        monitoring__dashboard="true")
        for objects in (self.kustomize("enforce", "certificate-files", "git-sync", generator=git),
                        job):
            found = check(objects)
            self.assertEqual([], [f for o in found["objects"] for f in o["findings"]])
        self.assertIn("Job", {o["kind"] for o in job})

    def test_helm_policies(self):
        def policies(**values):
            return next(o for o in self.helm(**values) if o["kind"] == "ConfigMap")["data"]
        shipped = policies()
        self.assertEqual({p.name for p in (REPOSITORY / "policies/default").glob("*.yaml")},
                         set(shipped))
        changed = policies(**{"policies__host-ports\\.yaml": "null",
                              "policies__own\\.yaml": "text"})
        self.assertEqual(set(shipped) - {"host-ports.yaml"} | {"own.yaml"}, set(changed))

    def test_helm_registers_in_its_own_namespace(self):
        objects = documents(run(HELM, "template", "guard", CHART, "--namespace", "guard"))
        for o in objects:
            text = json.dumps(o)
            self.assertNotIn("tidewaiter.svc", text)
            if o["kind"] == "ValidatingWebhookConfiguration":
                for webhook in o["webhooks"]:
                    self.assertEqual("guard", webhook["clientConfig"]["service"]["namespace"])
                    [expression] = webhook["namespaceSelector"]["matchExpressions"]
                    self.assertIn("guard", expression["values"])
                    self.assertNotIn("tidewaiter", expression["values"])
            elif not o["kind"].startswith("Cluster"):
                self.assertEqual("guard", o["metadata"]["namespace"], o["kind"])

    def test_helm_refuses_what_the_schema_does_not_know(self):
        run(HELM, "template", "x", CHART, "--set=replica=3", code=1)
        run(HELM, "lint", "--strict", CHART)

    def test_helm_says_what_to_do_next(self):
        for values, expected in [([], "--set mode=enforce"),
                                 (["mode=enforce"], "--set registration.failurePolicy=Fail"),
                                 (["mode=enforce", "registration.failurePolicy=Fail"],
                                  "kubectl delete validatingwebhookconfiguration tidewaiter"),
                                 (["registration.create=false"], "--set registration.create=true")]:
            text = run(HELM, "install", "tidewaiter", CHART, "--namespace=tidewaiter",
                       "--dry-run=client", *[f"--set={v}" for v in values])
            self.assertIn(expected, text.split("NOTES:")[1])

    def test_the_job_makes_what_its_kubectl_applies(self):
        job = next(o for o in self.helm() if o["kind"] == "Job")
        pod = job["spec"]["template"]["spec"]
        with tempfile.TemporaryDirectory() as folder:
            make = [a.replace("/made", folder) for a in pod["initContainers"][0]["args"]]
            run(PROGRAM, *make)
            for container in pod["initContainers"][1:] + pod["containers"]:
                [path] = [a.split("=")[-1] for a in container["args"] if "/made/" in a]
                self.assertTrue(pathlib.Path(path.replace("/made", folder)).exists(), path)
        self.assertNotEqual("tidewaiter",
                            job["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"])


def main():
    loader = unittest.defaultTestLoader
    cases = [FilesTest, SecretTest] if PART == "files" else [RenderedTest]
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


main()
