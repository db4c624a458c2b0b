#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test.
#
#   tests/run.sh          the optimised build: what is shipped
#   tests/run.sh dev      under AddressSanitizer and UndefinedBehaviorSanitizer
#   tests/run.sh tsan     the server's tests under ThreadSanitizer
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}

echo "== Packages"
.ci/install tests
echo "== Build (build/$preset)"
cmake --preset "$preset" -DBUILD_TESTING=ON >/dev/null
cmake --build --preset "$preset"
echo "== Tests"
filter=()
[ "$preset" != tsan ] || filter=(-L server)
ctest --preset "$preset" --parallel "$(nproc)" "${filter[@]}"
