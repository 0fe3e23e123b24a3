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
fastest=0
for threads in 1 2; do
  theirs=$("$venv/bin/python" -W ignore scripts/demonstrations.py "$demos" --train --json --epochs $epochs --threads $threads)
  speed=$(python3 -c 'import json, sys; print("%.0f" % json.loads(sys.argv[1])["samples_per_second"])' "$theirs")
  echo "imitation, $threads threads: $speed samples/s"
  fastest=$(awk -v a="$fastest" -v b="$speed" 'BEGIN { print (a > b) ? a : b }')
done
accuracy() { python3 -c 'import json, sys; print(json.load(sys.stdin)["heldout_accuracy"])'; }
mean() { awk '{ s += $1; q += $1 * $1 } END { m = s / NR; printf "%.4f, standard deviation %.4f", m, sqrt((q - NR * m * m) / (NR - 1)) }'; }
clone() { for seed in 1 2 3 4 5; do .build/release/assay clone --demos "$demos" --seed $seed --out "$demos-$seed" --force --json --quiet "$@" | accuracy; done | mean; }
echo "held-out accuracy over five seeds, $epochs epochs, 32 x 32: ours $(clone --set policy.hidden='[32, 32]' --set cloning.epochs=$epochs --set cloning.patience=null)"
echo "held-out accuracy over five seeds, $epochs epochs, 32 x 32: imitation $(for seed in 1 2 3 4 5; do "$venv/bin/python" -W ignore scripts/demonstrations.py "$demos" --train --json --epochs $epochs --seed $seed | accuracy; done | mean)"
echo "held-out accuracy over five seeds, our defaults (64 x 64, early stop): $(clone)"
awk -v o="$(value clone_2threads <<< "$ours")" -v t="$fastest" 'BEGIN { printf "ours / imitation (the better of 1 and 2 threads): %.1f times the samples/s (goal 30)\n", o / t }'
