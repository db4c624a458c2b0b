#!/usr/bin/env python3
"""Holds the JSON Schema that the program prints to the loader that it describes.

  schema_test.py REPOSITORY PROGRAM

Documents with one thing changed at random are taken by both, or by neither, but for what FUZZED has.
Every good document of the repository is valid. Of the mistakes in tests/testdata/mistakes, with what
the loader says of each in NAME.expected, the schema finds each at the same line and column, but for
those that no schema can express: UNSEEN names them, so that a new mistake must be sorted. And the
schema finds nothing that the loader lets through.
"""

import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

API = "tidewaiter.io/v1alpha1"

# What stands elsewhere decides, or two keys together, or a form that no pattern tells.
UNSEEN = {
    "detection": [
        "a detection in production says all but references; missing: *",
    ],
    "duplicate-key": ['duplicate key "namespaces"'],
    "exception": [
        'unknown policy "privileged-container"; *',
        'unknown policy "other"; *',
        "the empty list *",
        'unknown kind for these policies: *',
        'impossible entry "quay.io/*',
        "this window ends when it begins",
        "a window begins at 23:59 at the latest",
    ],
    "indicators": [
        '"*" is no IP address, *',
        '"*" has bits behind its prefix; *',
        '"*" is no network, *',
        '"*" is no domain, *',
        '"192.0.2.1" is an address, of type ip',
        '"*" is no URL, *',
        '"docker.io/acme/Miner" is no image reference: *',
        "a list without indicators finds nothing",
        '"../domains.txt" is not the name of a file in the same folder',
        'there is no file "absent.txt"',
        "file needs type, source and confidence beside it",
        "type is said of the lines of file, and there is no file",
    ],
    "policy": [
        'empty range "90-80": *',
        'impossible entry *',
        'the name "words" is taken by *',
    ],
    "time": ["exception over-long ends more than 366 days ahead *"],
    "suite": [
        "a suite without cases tests nothing",
        'the case "twice" stands already at *',
        "a case needs an object, an oldObject or a review",
        "a review says all of the request; leave * out",
        "UPDATE needs an oldObject",
        "CREATE needs an object",
        "DELETE has no object; what is deleted is the oldObject",
        "CONNECT has no oldObject",
    ],
}


# What a changed document may lack of others, or of itself, and no schema can tell.
FUZZED = [
    'unknown policy "*',
    'unknown IndicatorList "*',
    "there is neither a policy nor a suite in these files",
    "UPDATE needs an object",
    'no namespace can be named *',
    '"*" is no capability, *',
    '"*" is no path from the root in its shortest form; *',
    "expected a port, as in 53/UDP, got *",
    "expected a number from 1 to 65535, got *",
    "neither patterns nor extra: *",
    'expected the name of a file, or the object itself, got ""',
]


def value_of(node, where, path=()):
    """The value of a YAML node as JSON has it, by YAML 1.2; `where` gets the place of each path."""
    where[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        result = {}
        for key, value in node.value:
            result[key.value] = value_of(value, where, path + (key.value,))
            place = (key.start_mark.line + 1, key.start_mark.column + 1)
            where[path + ("key of", key.value)] = place
            if result[key.value] is None:
                where[path + (key.value,)] = place
        return result
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item, where, path + (i,)) for i, item in enumerate(node.value)]
    text = node.value
    if node.style is not None:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]*[.][0-9]+", text) else text


def documents(path):
    for node in yaml.compose_all(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader):
        where = {}
        yield value_of(node, where), where


def places(validator, document, where):
    """Where the schema finds something: (line, column)."""
    for error in validator.iter_errors(document):
        path = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            for key in error.instance.keys() - error.schema["properties"].keys():
                yield where[path + ("key of", key)]
        else:
            yield where[path]


def is_unseen(name, message, met):
    for pattern in UNSEEN.get(name, []):
        if re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), message):
            met.add((name, pattern))
            return True
    return False


def check_mistakes(folder, validator):
    met = set()
    for file in sorted(folder.glob("*.yaml")):
        told = {}  # by place
        for line, column, message in re.findall(
                rf"^{file.name}:(\d+):(\d+): error: (.*)$",
                file.with_suffix(".expected").read_text(encoding="utf-8"), re.M):
            told.setdefault((int(line), int(column)), []).append(message)
        found = set()
        for document, where in documents(file):
            here = set(places(validator, document, where))
            found |= here
            # A document of another API, and a file that is no YAML, is told as that alone.
            if document.get("apiVersion") == API and file.stem != "duplicate-key":
                for place in here - told.keys():
                    yield f"{file.name}:{place[0]}:{place[1]}: the loader finds nothing here"
        for place, messages in told.items():
            for message in messages:
                unseen = is_unseen(file.stem, message, met)
                if unseen == (place in found):
                    yield (f"{file.name}:{place[0]}:{place[1]}: {message}: "
                           + ("found, though UNSEEN has it" if unseen else "not found"))
    for name, patterns in UNSEEN.items():
        for pattern in patterns:
            if (name, pattern) not in met:
                yield f"{name}: nobody makes the mistake {pattern}"


def mutated(rng, document):
    """The document with one thing changed, anywhere in it."""
    document = json.loads(json.dumps(document))
    spots = []

    def collect(value):
        for key in value.keys() if isinstance(value, dict) else range(len(value)):
            spots.append((value, key))
            if isinstance(value[key], (dict, list)):
                collect(value[key])

    collect(document["spec"])
    holder, key = rng.choice(spots)
    change = rng.randrange(5)
    if change == 0:
        del holder[key]
    elif change == 1 and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    elif change == 2:
        holder[key] = [holder[key]]
    elif change == 3:
        holder[key] = {"a": holder[key]}
    else:
        holder[key] = rng.choice(["", "x", "-1", 0, -1, 70000, 1.5, True, None, [], {}, "deny",
                                  "2027-02-30"])
    return document


def check_mutations(program, validator, good, rng, count):
    """What the loader alone refuses must be what no schema can express; the schema alone: nothing."""
    unseen = [pattern for patterns in UNSEEN.values() for pattern in patterns] + FUZZED
    refused = 0
    for number in range(count):
        document = mutated(rng, rng.choice(good))
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.yaml").write_text(json.dumps(document), encoding="utf-8")
            ran = subprocess.run([program, "lint", "-o", "json", folder], capture_output=True)
        told = [one["message"] for one in json.loads(ran.stdout)["diagnostics"]
                if one["severity"] == "error"]
        to_see = [message for message in told if not any(
            re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), message, re.S)
            for pattern in unseen)]
        # The loader takes any scalar for a file's name, as it is written.
        found = [error.message[:200] for error in validator.iter_errors(document)
                 if error.absolute_path[-1] not in ("object", "oldObject", "review")
                 or isinstance(error.instance, (list, dict, str))]
        refused += bool(found)
        if (to_see and not found) or (found and not told):
            yield (f"mutation {number}: the schema finds {found}, the loader {told}: "
                   f"{json.dumps(document)[:600]}")
    if not count / 10 < refused < count * 9 / 10:
        yield f"{refused} of {count} mutations are refused: too few or too many"


def main():
    repository, program = map(pathlib.Path, sys.argv[1:])
    errors = []

    def schema(*flags):
        text = subprocess.run([program, "schema", *flags], check=True, capture_output=True).stdout
        rules = json.loads(text)
        jsonschema.Draft202012Validator.check_schema(rules)
        return jsonschema.Draft202012Validator(rules, format_checker=jsonschema.FormatChecker())

    whole = schema()
    kinds = {kind: schema("--kind", kind)
             for kind in whole.schema["properties"]["kind"]["enum"]}
    mistakes = repository / "tests/testdata/mistakes"
    good = [path for folder in ("policies", "examples", "tests/testdata")
            for path in (repository / folder).rglob("*.yaml") if path.parent != mistakes]
    good += [path for path in mistakes.glob("*.yaml")
             if ": error: " not in path.with_suffix(".expected").read_text(encoding="utf-8")
             or path.stem == "time"]  # its error comes with the time alone
    for path in ("report/drafts.yaml",  # which somebody has to fill in
                 "suites/requests/policy.yaml"):  # of a check that only the tests' program has
        good.remove(repository / "tests/testdata" / path)
    seen = dict.fromkeys(kinds, 0)
    originals = []
    for path in good:
        if not re.search(rf"^apiVersion: {API}$", path.read_text(encoding="utf-8"), re.M):
            continue
        for document, where in documents(path):
            seen[document["kind"]] += 1
            originals.append(document)
            for kind, validator in {"": whole, **kinds}.items():
                found = sorted(places(validator, document, where))
                if bool(found) != (kind not in ("", document["kind"])):
                    errors.append(f"{path}: --kind {kind}: {found}")
    errors += [f"no good {kind} in the repository" for kind, count in seen.items() if not count]
    errors += check_mistakes(mistakes, whole)
    errors += check_mutations(program, whole, originals, random.Random(20261125), 400)
    print("\n".join(errors))
    print(f"{sum(seen.values())} good documents, {len(errors)} errors")
    return 1 if errors else 0


sys.exit(main())
