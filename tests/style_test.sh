#!/usr/bin/env bash
# Every tracked source is as clang-format leaves it, and every shell script passes shellcheck.
set -euo pipefail
cd "$(dirname "$0")/.."

git ls-files -z '*.cc' '*.h' | xargs -0 clang-format --dry-run -Werror
scripts=()
while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue  # a link to a folder
  first=$(head -c 64 "$file" | tr -d '\0' | head -n 1)
  [[ $first == '#!'*sh ]] && scripts+=("$file")
done < <(git ls-files -z)
[ ${#scripts[@]} -gt 0 ]
shellcheck "${scripts[@]}"
echo "$(git ls-files '*.cc' '*.h' | wc -l) sources and ${#scripts[@]} scripts are in order"
