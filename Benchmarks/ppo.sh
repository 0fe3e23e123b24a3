#!/usr/bin/env bash
# The part of make bench about training: our MaskablePPO, the whole trainer and the environment, beside sb3-contrib and JAX, in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
. Benchmarks/common.sh

echo "== MaskablePPO: 8 environments, 512 steps, batch 64, 10 epochs, 64 x 64, 44 features, 3 masked actions"
rate() { python3 -c 'import json, sys; print("%.0f" % json.load(sys.stdin)["steps_per_second"])'; }
largest() { sort -g | tail -1; }
learner=$("$bench" ppo)
echo "$learner"
sb3=$({ "$venv/bin/python" Benchmarks/ppo_sb3.py --json | rate; "$venv/bin/python" Benchmarks/ppo_sb3.py --threads 1 --json | rate; } | largest)
jax=$({ "$venv/bin/python" Benchmarks/ppo_jax.py --json | rate; "$venv/bin/python" Benchmarks/ppo_jax.py --rollout table --json | rate; } | largest)
one=$(value ppo_1_threads <<< "$learner") two=$(value ppo_2_threads <<< "$learner")
echo "sb3-contrib $sb3 steps/s (the better of its default threads and 1), one jitted JAX program $jax steps/s (the better of two roll-outs)"
echo "ours / sb3-contrib: $(ratio "$two" "$sb3") on two cores (goal 60), $(ratio "$one" "$sb3") on one (goal 35); ours / JAX on two: $(ratio "$two" "$jax") (goal 3.5)"

echo "== the whole trainer: assay train on btc-s3-mlp, synthetic market, with logs, evaluations and checkpoints"
"$bench" train

echo "== spot environment with btc-s3's ledger (goal: 30 million steps/s a core)"
"$bench" environment
