#!/usr/bin/env bash
# Reads one line of the decision log on standard input and prints the commands of the response steps
# R1 to R7 with its names filled in. It runs none of them: read each before you paste it.
#
#   jq -c 'select(.id == "019ac1...")' decisions.jsonl | policies/response/commands.sh
#
# DECISION_LOG and AUDIT_LOG stay variables in what is printed; set them to your files.
set -euo pipefail

# What container runtimes write in front of a line is cut off.
sed 's/^[^{]*//' | jq -rs '
def plain: tostring | gsub("[[:cntrl:]]"; " ");
def field: .resource.resource + (if .resource.group == "" then "" else "." + .resource.group end);

def verify($d): [
  "", "# R1 Verify: who asked, from where, and as whom.",
  "grep -F -- \($d.id | @sh) \"$AUDIT_LOG\" |",
  "  jq \("{user, impersonatedUser, sourceIPs, userAgent, requestURI, annotations}" | @sh)"];

def isolate_pod($d; $in; $pod): [
  "kubectl\($in) label \($pod) quarantine=\($d.id | @sh) --overwrite",
  "kubectl\($in) get \($pod) --show-labels  # then take away those that Services select: label ... app-"];

def isolate_workload($d; $in; $it): [
  (if $d.resource.resource == "cronjobs" then
     "kubectl\($in) patch \($it) -p \("{\"spec\":{\"suspend\":true}}" | @sh)"
   elif $d.resource.resource == "deployments" then "kubectl\($in) rollout pause \($it)"
   else "# No pause for this kind: scale it down, or change its nodeSelector, once R3 is done." end),
  "SELECTOR=$(kubectl\($in) get \($it) -o json |",
  "  jq -r \(".spec.selector // {} | (.matchLabels // .) | to_entries | map(\"\\(.key)=\\(.value)\") | join(\",\")" | @sh))",
  "[ -z \"$SELECTOR\" ] || kubectl\($in) label pods -l \"$SELECTOR\" quarantine=\($d.id | @sh) --overwrite"];

def isolate($d; $in; $it; $is_pod): [
  "", "# R2 Isolate."]
  + (if any($d.findings[]; .check == "hostNamespaces" or .check == "privileged" or
                           .check == "windowsHostProcess" or .check == "hostPathVolumes")
     then ["# A NetworkPolicy does not hold what is on the node itself. Cordon the node first:",
           "kubectl\($in) get \(if $is_pod then $it else "pods" end) -o wide",
           "kubectl cordon NODE"] else [] end)
  + ["kubectl\($in) apply -f policies/response/quarantine-networkpolicy.yaml"]
  + (if $is_pod then isolate_pod($d; $in; $it) else isolate_workload($d; $in; $it) end);

def collect($d; $in; $it; $is_pod): [
  "", "# R3 Collect, before anything is deleted.",
  "kubectl\($in) get \($it) -o yaml >object.yaml",
  "kubectl\($in) get events --sort-by=.lastTimestamp >events.txt"]
  + (if $is_pod then [
       "kubectl\($in) logs \($it) --all-containers --timestamps >log.txt",
       "kubectl\($in) logs \($it) --all-containers --timestamps --previous >previous-log.txt"]
     else [] end);

def credentials($in; $it): [
  "", "# R4 Credentials: the Secrets that it names, and its service account.",
  "kubectl\($in) get \($it) -o json |",
  "  jq -r \("[.spec | .. | objects | .secretName?, .secretKeyRef?.name?, .secretRef?.name?, .serviceAccountName?] | map(select(. != null)) | unique[]" | @sh)"];

def hunt($d): [
  "", "# R5 Hunt: the same user, and the same images, elsewhere.",
  "jq -c --arg user \($d.user.username | @sh) \("select(.user.username == $user) | {time, id, action, namespace, name}" | @sh) \"$DECISION_LOG\""]
  + [($d.images // [])[] |
     "jq -c --arg image \(@sh) \("select(.images // [] | index($image)) | {time, id, action, namespace, name}" | @sh) \"$DECISION_LOG\"",
     "kubectl get pods -A -o json | jq -r --arg image \(@sh) \(".items[] | select([.spec | .. | objects | .image?, .reference?] | index($image)) | \"\\(.metadata.namespace)/\\(.metadata.name)\"" | @sh)"];

def report($d): [
  "", "# R6 Report: keep the line.",
  "jq -c --arg id \($d.id | @sh) \("select(.id == $id)" | @sh) \"$DECISION_LOG\" >decision.json"];

def remediate($d; $in; $it): [
  "", "# R7 Remediate: at the owner, once the rest is done."]
  + (if $d.operation == "CONNECT" then ["# Nothing was made. Take away the rights by which it was entered."]
     elif $d.owner then
       ["kubectl\($in) get \($it) -o jsonpath=\("{.metadata.ownerReferences}" | @sh)",
        "# It belongs to the \($d.owner.kind | plain) below, which may belong to another; delete the topmost.",
        "kubectl\($in) delete \("\($d.owner.kind)/\($d.owner.name)" | @sh)"]
     else ["kubectl\($in) delete \($it)"] end);

if length != 1 or .[0].schema != "tidewaiter.io/decision/v1alpha1" or (.[0].resource | not) then
  "commands.sh: standard input must be one line of the decision log, of a request that could be read\n" | halt_error(2)
else .[0] end
| . as $d
| (if .namespace == "" then "" else " -n \(.namespace | @sh)" end) as $in
| ("\(field)/\(.name)" | @sh) as $it
| (.resource.resource == "pods") as $is_pod
| (["pods", "deployments", "replicasets", "daemonsets", "statefulsets", "jobs", "cronjobs",
    "replicationcontrollers"] | index($d.resource.resource) != null) as $runs
| ["# \(.time | plain): \(.action) \(.operation) \(.kind.kind | plain) \(.namespace | plain)/\(.name | plain)",
   "# by \(.user.username | plain), decision \(.id | plain)"]
  + [.findings[] | "#   \(.severity) \(.policy)\(if .detection then " \(.detection)" else "" end): \(.message | plain)"]
  + (if .allowed | not then
       ["# It was denied: nothing runs. R2 to R4 and R7 are not needed."] + verify($d) + hunt($d) + report($d)
     elif .dryRun then
       ["# It was a dry run: nothing runs."] + verify($d) + hunt($d) + report($d)
     else
       ["# It was admitted."]
       + (if .name | endswith("*")
          then ["# The API server chose its name: put it in place of the star below."] else [] end)
       + verify($d)
       + (if .operation == "DELETE" then [] else
            (if $runs then isolate($d; $in; $it; $is_pod) else [] end)
            + collect($d; $in; $it; $is_pod)
            + (if $runs then credentials($in; $it) else [] end) end)
       + hunt($d) + report($d)
       + (if .operation == "DELETE" then [] else remediate($d; $in; $it) end)
     end)
| .[]'
