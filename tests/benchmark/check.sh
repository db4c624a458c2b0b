#!/usr/bin/env bash
# P7: `check` on 10,000 manifests of 2 kB, on one core and on all of them.
#
#   tests/benchmark/check.sh [PROGRAM [MANIFESTS]]
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${1:-build/release/tidewaiter}
count=${2:-10000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A Deployment of four containers; one in a hundred is privileged.
for ((i = 0; i < count; i++)); do
  {
    printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app%d\n  namespace: shop\n' "$i"
    printf '  labels: {app: app%d}\nspec:\n  replicas: 3\n' "$i"
    printf '  selector: {matchLabels: {app: app%d}}\n  template:\n    metadata:\n' "$i"
    printf '      labels: {app: app%d}\n    spec:\n      containers:\n' "$i"
    for container in 0 1 2 3; do
      privileged=false
      ((i % 100 || container)) || privileged=true
      printf '      - name: c%d\n        image: registry.k8s.io/app%d:v1\n' "$container" "$i"
      printf '        ports:\n        - containerPort: 800%d\n          name: http%d\n' \
        "$container" "$container"
      printf '        env:\n        - name: A_LONG_ENVIRONMENT_NAME\n          value: "a value %d"\n' "$i"
      printf '        - name: ANOTHER_NAME\n          value: plain\n        resources:\n'
      printf '          limits: {cpu: 500m, memory: 256Mi}\n'
      printf '          requests: {cpu: 100m, memory: 128Mi}\n'
      printf '        securityContext:\n          privileged: %s\n' "$privileged"
    done
  } >"$folder/$i.yaml"
done

measure() {  # measure CORES COMMAND...: the median of five runs
  local cores=$1 times=() started ended
  shift
  for _ in 1 2 3 4 5; do
    started=$(date +%s%N)
    "$@" "$program" check -f "$folder" --fail-on none >/dev/null
    ended=$(date +%s%N)
    times+=($(((ended - started) / 1000000)))
  done
  mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
  echo "$cores: ${times[2]} ms, $((count * 1000 / times[2])) files/s"
}
measure "1 core" taskset -c 0
measure "$(nproc) cores" env
