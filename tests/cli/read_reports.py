"""Reads a report of `check`, or the JUnit report of `test` (suites), with readers that are not ours.

  read_reports.py sarif|junit|yaml|policyreport|suites JSON_REPORT REPORT

JSON_REPORT is the report of the same files with -o json. Prints what was read, in one line; a
report that does not keep what its format promises is an exception.
"""
import json
import os
import sys
import xml.etree.ElementTree

import jsonschema
import yaml

SCHEMAS = os.path.join(os.path.dirname(__file__), "..", "testdata", "check", "schemas")


def validate(document, schema):
    with open(os.path.join(SCHEMAS, schema), encoding="utf-8") as file:
        rules = json.load(file)
    jsonschema.Draft7Validator.check_schema(rules)
    jsonschema.Draft7Validator(rules, format_checker=jsonschema.FormatChecker()).validate(document)


def findings(same):
    return [finding for item in same["objects"] for finding in item["findings"]]


def sarif(text, same):
    document = json.loads(text)
    validate(document, "sarif-2.1.0.json")
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    results = run["results"]
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert region["startLine"] >= 1 and region["startColumn"] >= 1
    prints = [json.dumps(result["partialFingerprints"]) for result in results]
    assert len(set(prints)) == len(prints)
    assert [(r["ruleId"], r["locations"][0]["physicalLocation"]["region"]["startLine"])
            for r in results] == [(f["policy"], f["line"]) for f in findings(same)]
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert len(notifications) == len(same["diagnostics"])
    return f"{len(results)} results, {len(rules)} rules, {len(notifications)} notifications"


def junit_counts(text):
    suites = xml.etree.ElementTree.fromstring(text)
    assert suites.tag == "testsuites"
    counts = {"tests": 0, "failures": 0, "errors": 0}
    for suite in suites:
        cases = suite.findall("testcase")
        told = {"tests": len(cases), "failures": len(suite.findall("testcase/failure")),
                "errors": len(suite.findall("testcase/error"))}
        for key, count in told.items():
            assert int(suite.attrib[key]) == count, (suite.attrib, told)
            counts[key] += count
        for case in cases:
            assert case.attrib["name"] and case.attrib["classname"]
    for key, count in counts.items():
        assert int(suites.attrib[key]) == count
    return counts


def junit(text, same):
    counts = junit_counts(text)
    assert counts["failures"] == sum(item["action"] == "deny" for item in same["objects"])
    return "{tests} cases, {failures} failures, {errors} errors".format(**counts)


def suites(text, same):
    counts = junit_counts(text)
    summary = same["summary"]
    outcomes = [case["outcome"] for case in same["cases"]]
    assert counts["tests"] == summary["cases"] == len(outcomes)
    assert counts["failures"] == summary["failed"] == outcomes.count("failed")
    assert counts["errors"] == summary["errors"] == outcomes.count("error")
    assert summary["passed"] == outcomes.count("passed")
    for case in same["cases"]:
        assert (case["outcome"] == "error") == bool(case["diagnostics"]), case
        if case["outcome"] == "passed":
            assert case["action"] == case["expected"] and not case["missing"] + case["unexpected"]
    return "{tests} cases, {failures} failures, {errors} errors".format(**counts)


def yaml_report(text, same):
    assert yaml.safe_load(text) == same
    return f"{len(same['objects'])} objects, as in JSON"


def policyreport(text, same):
    document = yaml.safe_load(text)
    validate(document, "policyreport-v1alpha2.json")
    resources = set()
    for report in document["items"]:
        results = [result["result"] for result in report["results"]]
        for kind, count in report["summary"].items():
            assert results.count(kind) == count
        for result in report["results"]:
            (resource,) = result["resources"]
            assert resource.get("namespace") == report["metadata"].get("namespace")
            resources.add((resource["kind"], resource.get("namespace"), resource["name"]))
    assert resources == {(i["kind"], i["namespace"] or None, i["name"]) for i in same["objects"]}
    return f"{len(resources)} resources in {len(document['items'])} reports"


READERS = {"sarif": sarif, "junit": junit, "yaml": yaml_report, "policyreport": policyreport,
           "suites": suites}

with open(sys.argv[2], encoding="utf-8") as json_report, open(sys.argv[3], "rb") as report:
    print(READERS[sys.argv[1]](report.read().decode("utf-8"), json.load(json_report)))
