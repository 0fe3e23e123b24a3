#!/usr/bin/env bash
# What 'assay teach' records, in Python: for a teacher on the spot market and one on options, imitation reads trajectories.npz back as recorded and trains its behaviour cloning on it, beside
# 'assay clone' with the same settings (32 x 32, batch 32, rate 0.001, as many epochs). Prints a table row each; exit code 1 where imitation reads something else, or our held-out accuracy
# lies more than two points below imitation's, means over three seeds.
# scripts/check_demonstrations.sh [EPOCHS]     ASSAY_IMITATION_VENV names an environment with imitation 1.0.1; one is made in .build/imitation-venv when absent
set -euo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE
epochs=${1:-4} assay=${ASSAY:-.build/release/assay} venv=${ASSAY_IMITATION_VENV:-.build/imitation-venv}
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import imitation' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" -q install imitation==1.0.1 stable-baselines3==2.2.1 gymnasium==0.29.1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$assay" teach donchian-breakout --bars synthetic:btc-hourly,bars=20000 --episodes 40 --episode-bars 720 --out "$folder/spot" --quiet > /dev/null
"$assay" teach gap-scalps --experiment experiments/scalp-cloned.yaml --episodes 150 --out "$folder/options" --quiet > /dev/null
echo "| demonstrations | steps | commonest label | imitation, held out | ours, held out | imitation, samples/s | ours, samples/s | ratio |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
status=0
for name in spot options; do
  "$venv/bin/python" -W ignore scripts/demonstrations.py "$folder/$name" --check >&2
  for seed in 1 2 3; do
    "$venv/bin/python" -W ignore scripts/demonstrations.py "$folder/$name" --train --json --epochs "$epochs" --threads 1 --seed $seed > "$folder/$name-theirs-$seed.json"
    "$assay" clone --demos "$folder/$name" --set policy.hidden='[32, 32]' --set cloning.epochs="$epochs" --set cloning.patience=null --threads 1 --seed $seed --out "$folder/$name-clone" --force --json --quiet > "$folder/$name-ours-$seed.json"
  done
  python3 - "$name" "$folder" <<'P' || status=1
import glob, json, statistics, sys
name, folder = sys.argv[1:]
theirs, ours = ([json.load(open(f)) for f in sorted(glob.glob(f"{folder}/{name}-{who}-*.json"))] for who in ("theirs", "ours"))
manifest = json.load(open(f"{folder}/{name}/manifest.json"))
def of(runs, key): return [r[key] for r in runs]
def spread(values): return f"{statistics.fmean(values):.4f} ± {statistics.stdev(values):.4f}"
a, b = of(theirs, "heldout_accuracy"), of(ours, "heldout_accuracy")
s, t = max(of(theirs, "samples_per_second")), max(of(ours, "samples_per_second"))
print(f"| {name} | {manifest['steps']:,} | {ours[0]['majority_accuracy']:.3f} | {spread(a)} | {spread(b)} | {s:,.0f} | {t:,.0f} | {t / s:.0f} |")
sys.exit(statistics.fmean(b) < statistics.fmean(a) - 0.02)
P
done
exit $status
