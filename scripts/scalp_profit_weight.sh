#!/usr/bin/env bash
# Which weight of net profit in rewards/scalp-audited.yaml gives the audit's table: trains the audit's settings under several weights, five seeds each, and prints
# HOLD / BUY_CALL / BUY_PUT (of these three, percent) at the audit's steps, with the distance of the HOLD column from the audit's.
# scripts/scalp_profit_weight.sh [WEIGHT...]      (about ten seconds a weight on two cores; docs/scalper.md records the result)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for weight in "${@:-0 1 3 10 20 30 60 100}"; do
  for w in $weight; do
    sed "s/^    weight: 10$/    weight: $w/" rewards/scalp-audited.yaml > "$folder/$w.yaml"
    .build/release/assay train experiments/scalp-audited.yaml --reward "$folder/$w.yaml" --steps 90112 --seeds 5 --out "$folder/$w" --no-report --no-progress --quiet > /dev/null
    python3 - "$folder/$w" "$w" <<'P'
import csv, sys
folder, weight = sys.argv[1:]
rows = {}
for seed in range(1, 6):
    for row in csv.DictReader(open(f"{folder}/seed-{seed}/scalping.csv")):
        rows.setdefault(int(row["step"]), []).append(row)
def mean(step, column):
    values = [float(r[column]) for r in rows[min(rows, key=lambda s: abs(s - step))] if r[column]]
    return 100 * sum(values) / len(values)
audit, cells, squares = {5000: 55.8, 10000: 76.0, 15000: 84.1, 85000: 87.2}, [], 0
for step, hold in audit.items():
    shares = [mean(step, "audit_" + a) for a in ("HOLD", "BUY_CALL", "BUY_PUT")]
    squares += (shares[0] - hold) ** 2
    cells.append(" / ".join(f"{x:.1f}" for x in shares) + f" (flat {mean(step, 'flat_HOLD'):.0f})")
print(f"| {weight} | " + " | ".join(cells) + f" | {(squares / 4) ** 0.5:.1f} |", flush=True)
P
  done
done
