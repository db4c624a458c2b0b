"""Reads what `lint -o json` says, on standard input. Prints each diagnostic as `lint` does as text."""
import json
import sys

said = json.load(sys.stdin)
counts = {"error": 0, "warning": 0}
for one in said["diagnostics"]:
    assert set(one) == {"file", "line", "column", "severity", "message"}, one
    counts[one["severity"]] += 1
    place = ":".join(str(one[key]) for key in ("file", "line", "column") if one[key])
    print(f"{place}: {one['severity']}: {one['message']}")
assert said["summary"] == {"files": said["summary"]["files"], "errors": counts["error"],
                           "warnings": counts["warning"]}, said
print(said["summary"]["files"], "files")
