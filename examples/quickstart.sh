#!/usr/bin/env bash
# Shows the webhook at work, from nothing: installs what is missing, builds the program, makes
# certificates, starts the webhook over TLS, and sends it the reviews in examples/quickstart/reviews
# as an API server would. Everything that it makes is in build/.
#
# With TIDEWAITER set to a program that is built already, that one is used.
set -euo pipefail
cd "$(dirname "$0")/.."
here=examples/quickstart
work=build/quickstart
tidewaiter=${TIDEWAITER:-}

if [ -z "$tidewaiter" ]; then
  tidewaiter=build/release/tidewaiter
  echo "== Packages"
  .ci/install build
  echo "== Build"
  cmake --preset release -DBUILD_TESTING=OFF >/dev/null
  cmake --build --preset release --target tidewaiter
fi

echo "== Certificates"
mkdir -p "$work"
"$tidewaiter" cert --out "$work" --name localhost --name 127.0.0.1

echo "== Webhook: the shipped policies, and $here/policies"
rm -f "$work/decisions.jsonl"
: >"$work/serve.log"  # it is read below, maybe before the program has opened it
"$tidewaiter" serve --listen 127.0.0.1:0 --health-listen 127.0.0.1:0 \
  --cert-file "$work/tls.crt" --key-file "$work/tls.key" \
  --profile default --policies "$here/policies" \
  --decision-log "$work/decisions.jsonl" --shutdown-delay 0 --log-format text 2>"$work/serve.log" &
webhook=$!
stop() { if kill "$webhook" 2>/dev/null; then wait "$webhook"; fi; }
trap stop EXIT

url=
for _ in $(seq 100); do
  url=$(sed -n 's/^serving on \(https:[^ ]*\) .*/\1/p' "$work/serve.log")
  [ -z "$url" ] || break
  kill -0 "$webhook" 2>/dev/null || break
  sleep 0.1
done
if [ -z "$url" ]; then
  cat "$work/serve.log" >&2
  exit 1
fi
echo "serving on $url"

ask() {
  local title=$1 review=$2 answer
  echo
  echo "== $title"
  answer=$(curl --silent --show-error --fail --cacert "$work/ca.crt" \
    -H 'Content-Type: application/json' --data-binary "@$review" "$url/validate?timeout=10s")
  jq -r 'if .response.allowed then
           "ALLOWED" + (if .response.auditAnnotations.action == "audit"
             then ", and recorded by " + .response.auditAnnotations.policies else "" end)
         else "DENIED   " + .response.status.message end' <<<"$answer"
  jq -r '.response.warnings // [] | .[] | "WARNING  " + .' <<<"$answer"
  echo "decision log:"
  tail -n 1 "$work/decisions.jsonl" | jq -c '{operation, kind: .kind.kind, namespace, name,
    user: .user.username, allowed, action,
    findings: [.findings[] | {policy, action, field, message}]}'
}

ask "A pod as it should be" "$here/reviews/1-clean-pod.json"
ask "A privileged pod" "$here/reviews/2-privileged-pod.json"
ask "A Job whose image comes from an unlisted registry" "$here/reviews/3-unlisted-registry.json"
ask "A pod in its node's network" "$here/reviews/4-host-network.json"
ask "A Deployment whose port changes" "$here/reviews/5-port-change.json"

echo
stop
trap - EXIT
echo "The webhook has stopped. Its decision log is $work/decisions.jsonl."
