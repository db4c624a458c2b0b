#!/usr/bin/env bash
# Builds and measures: prints the table of performance figures, writes it to build/benchmark.json.
#
#   tests/benchmark/run.sh [SECONDS]   how long each of the short runs lasts (default 3)
set -euo pipefail
cd "$(dirname "$0")/../.."
.ci/install tests
cmake --preset release -DBUILD_TESTING=ON >/dev/null
cmake --build --preset release --target tidewaiter echo_server load decision_benchmark
exec python3 tests/benchmark/measure.py build/release "${1:-3}" build/benchmark.json
