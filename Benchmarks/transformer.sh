#!/usr/bin/env bash
# The Transformer policy beside PyTorch, in turns: three rounds of both, one line a round, then the middle ratio.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

rounds=$(mktemp)
trap 'rm -f "$rounds"' EXIT
for round in 1 2 3; do
  ours=$("$bench" transformer)
  [ $round = 1 ] && grep -E "parameters|products" <<< "$ours"
  for threads in 1 2; do
    theirs=$("$venv/bin/python" Benchmarks/transformer_torch.py --threads $threads --json)
    for kind in training inference; do
      mine=$(value "transformer_${kind}_${threads}threads" <<< "$ours")
      torch=$(python3 -c "import json, sys; print('%.1f' % json.loads(sys.argv[1])['$kind'])" "$theirs")
      echo "$kind, $threads threads: ours $mine samples/s, PyTorch $torch, ours / PyTorch $(ratio "$mine" "$torch")" | tee -a "$rounds"
    done
  done
done
for threads in 2 1; do
  for kind in training inference; do
    echo "middle of three, $kind, $threads threads: ours / PyTorch $(grep "^$kind, $threads" "$rounds" | awk '{ print $NF }' | sort -g | sed -n 2p)"
  done
done
