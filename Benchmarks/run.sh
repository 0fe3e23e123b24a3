#!/usr/bin/env bash
# make bench: our figures beside those of the Python packages doing the same work, in one run on one machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh
assay=.build/release/assay

echo "== features: 44 of ours beside 40 of TA-Lib, 43,500 bars, one thread"
for i in 1 2 3; do
  ours=$("$bench" features | value features44_43500bars)
  theirs=$("$venv/bin/python" Benchmarks/features_talib.py --json | python3 -c 'import json, sys; print("%.2f" % json.load(sys.stdin)["milliseconds"])')
  echo "ours $ours ms, TA-Lib $theirs ms, TA-Lib / ours $(ratio "$theirs" "$ours")"
done

echo "== expressions: a YAML term beside the same term in Swift (goal: at most 1.5)"
"$bench" expressions

echo "== rewards scored"
"$bench" rewards

echo "== stationary bootstrap: 10,000 replicates of 32 regime means, 26,100 bars, two threads"
"$bench" bootstrap | tee /tmp/assay-bench-bootstrap.$$
ours=$(value bootstrap_block24 < /tmp/assay-bench-bootstrap.$$)
rm -f /tmp/assay-bench-bootstrap.$$
theirs=$("$venv/bin/python" Benchmarks/bootstrap_arch.py --replicates 400 --json | python3 -c 'import json, sys; print("%.0f" % (1e3 * json.load(sys.stdin)["seconds_for_10000"]))')
echo "arch $theirs ms (400 replicates timed, scaled to 10,000), arch / ours at a mean block of 24: $(ratio "$theirs" "$ours")"

echo "== Transformer policy, batch 64, 100 x 44 (goals: training 3.8 times PyTorch, inference 3 times)"
"$bench" transformer-products
Benchmarks/transformer.sh

echo "== options environment: 8 agents, full observation (goal: 5 M steps/s on one core), and PPO on it (goal: two thirds of PPO on the spot market)"
"$bench" options
"$bench" ppo 2

echo "== assay ev, one reward, 26,100 training bars, 10,000 replicates, whole process"
bars=synthetic:btc-hourly
[ -e ../shared/data/crypto/btcusdt_1h_binance_spot.csv.gz ] && bars=../shared/data/crypto/btcusdt_1h_binance_spot.csv.gz
for i in 1 2 3 4 5; do
  /usr/bin/env time -f "%e s wall, %U s user, %M kB" "$assay" ev rewards/btc-s3.yaml --bars "$bars" --from 2020-01-01 --to 2025-01-01 --json > /dev/null
done

echo "== long series: time and peak memory"
for n in 100000 1000000 10000000; do
  /usr/bin/env time -f "$n bars: %e s wall, %U s user, %M kB" "$assay" ev rewards/btc-s3.yaml --bars "synthetic:btc-hourly,bars=$n" --split all --json > /dev/null
done

Benchmarks/ppo.sh
