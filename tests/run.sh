#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test.
#
#   tests/run.sh          the optimised build: what is shipped
#   tests/run.sh dev      under AddressSanitizer and UndefinedBehaviorSanitizer
#   tests/run.sh tsan     the server's tests under ThreadSanitizer
#   tests/run.sh cluster  what Kustomize and Helm make of manifests/; needs Go, which builds them
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
kustomize=sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
helm=helm.sh/helm/v4/cmd/helm@v4.3.1

# Prints the path of a tool: the one in PATH, or else the one in build/tools, which Go builds.
tool() {
  if command -v "$1"; then return; fi
  if [ ! -x "build/tools/$1" ]; then
    if ! command -v go >/dev/null; then
      echo "$1 is neither in PATH nor in build/tools, and there is no Go (1.26) to build it" >&2
      return 1
    fi
    GOBIN=$PWD/build/tools go install "$2"
  fi
  echo "build/tools/$1"
}

if [ "$preset" = cluster ]; then
  .ci/install tests
  cmake --preset release -DBUILD_TESTING=ON >/dev/null
  cmake --build --preset release --target tidewaiter
  kustomize_path=$(tool kustomize "$kustomize")
  helm_path=$(tool helm "$helm")
  exec python3 -B tests/manifests_test.py rendered build/release/tidewaiter \
    "$kustomize_path" "$helm_path"
fi

echo "== Packages"
.ci/install tests
echo "== Build (build/$preset)"
cmake --preset "$preset" -DBUILD_TESTING=ON >/dev/null
cmake --build --preset "$preset"
echo "== Tests"
filter=()
[ "$preset" != tsan ] || filter=(-L server)
ctest --preset "$preset" --parallel "$(nproc)" "${filter[@]}"
