#!/usr/bin/env bash
# What reviewers are told: the faults and the changes go as Markdown to the end of the file $1, and into build/review/ for other
# workflows. Of a merge commit the changes against its first parent: what a pull request would be merged into.
set -euo pipefail
cd "$(dirname "$0")/.."
summary=${1:?name the file of the summary}
atlas=${ATLAS:-.venv/bin/genai-atlas}
mkdir -p build/review

"$atlas" validate --format sarif > build/review/faults.sarif 2> build/review/said.txt || true
"$atlas" validate --format markdown >> "$summary" 2> build/review/said.txt || true
if git rev-parse --quiet --verify 'HEAD^1' > build/review/said.txt; then
  if ! "$atlas" diff "$(git rev-parse --short=9 'HEAD^1')" HEAD --format markdown > build/review/changes.md 2> build/review/said.txt; then
    printf '### Changes of the atlas\n\nThey cannot be told while the data have faults: see the annotations and the summary of the job.\n' > build/review/changes.md
  fi
  { echo; cat build/review/changes.md; } >> "$summary"
fi
