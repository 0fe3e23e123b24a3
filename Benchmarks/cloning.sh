#!/usr/bin/env bash
# The part of make bench about behaviour cloning: ours beside imitation's BC on the same demonstrations, in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE
bench=.build/release/assay-bench
venv=${ASSAY_IMITATION_VENV:-.build/imitation-venv}
# An environment of its own: imitation asks for an older Stable-Baselines3 than the other benchmarks.
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import imitation' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" -q install imitation==1.0.1 stable-baselines3==2.2.1 gymnasium==0.29.1
fi
demos=$(mktemp -d)/donchian
trap 'rm -rf "$(dirname "$demos")"' EXIT
epochs=4

"$bench" demonstrations "$demos"
"$venv/bin/python" scripts/demonstrations.py "$demos" --check
ours=$("$bench" clone "$demos" $epochs)
echo "$ours"
value() { awk -v k="$1" '$1 == k { print $2 }'; }
fastest=0 best=0
for threads in 1 2; do
  theirs=$("$venv/bin/python" scripts/demonstrations.py "$demos" --train --json --epochs $epochs --threads $threads)
  read -r speed accuracy < <(python3 -c 'import json, sys; r = json.loads(sys.argv[1]); print("%.0f %.4f" % (r["samples_per_second"], r["heldout_accuracy"]))' "$theirs")
  echo "imitation, $threads threads: $speed samples/s, held-out accuracy $accuracy"
  fastest=$(awk -v a="$fastest" -v b="$speed" 'BEGIN { print (a > b) ? a : b }')
  best=$(awk -v a="$best" -v b="$accuracy" 'BEGIN { print (a > b) ? a : b }')
done
awk -v o="$(value clone_2threads <<< "$ours")" -v t="$fastest" -v a="$(value clone_heldout_accuracy <<< "$ours")" -v b="$best" \
  'BEGIN { printf "ours / imitation (the better of 1 and 2 threads): %.1f times the samples/s (goal 30); held-out accuracy %.4f against %.4f (goal: at least as much)\n", o / t, a, b }'
