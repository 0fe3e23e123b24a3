#!/usr/bin/env python3
"""Times arch's StationaryBootstrap drawing the replicates that `assay ev` needs: 32 ratios (8 columns in each of 4 regimes) over 26,100 bars.

    python Benchmarks/bootstrap_arch.py                       # needs arch (8.0.0 here) and numpy; 10,000 replicates
    python Benchmarks/bootstrap_arch.py --replicates 500      # times 500 and scales linearly to 10,000, saying so
    python Benchmarks/bootstrap_arch.py --mean-block 69 --json

The counterpart is `stationaryBootstrap` with the same bars, mean block and replicates. Each replicate resamples the whole series (columns and
regime indicators together) and forms all sums with one matrix product, the fastest way that arch's interface allows; arch resamples
on one thread.
"""
import argparse
import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import arch
import numpy as np
from arch.bootstrap import StationaryBootstrap

BARS, FULL = 26_100, 10_000

parser = argparse.ArgumentParser()
parser.add_argument("--replicates", type=int, default=FULL)
parser.add_argument("--mean-block", type=float, default=24.0)
parser.add_argument("--json", action="store_true")
options = parser.parse_args()

random = np.random.default_rng(1)
columns = random.standard_normal((BARS, 8))
changes = random.random(BARS) < 1 / 40
regime = random.choice(4, size=BARS, p=[0.45, 0.26, 0.17, 0.12])[np.maximum.accumulate(np.where(changes, np.arange(BARS), 0))]
indicator = np.eye(4)[regime]


def ratios(x, g):
    return ((g.T @ x) / g.sum(axis=0)[:, None]).ravel()


bootstrap = StationaryBootstrap(options.mean_block, columns, indicator, seed=np.random.default_rng(2))
bootstrap.apply(ratios, 5)  # compiles and warms up
start = time.perf_counter()
draws = bootstrap.apply(ratios, options.replicates)
measured = time.perf_counter() - start
seconds = measured * FULL / options.replicates

if options.json:
    print(json.dumps({
        "arch": arch.__version__, "bars": BARS, "mean_block": options.mean_block, "replicates_timed": options.replicates,
        "seconds_timed": round(measured, 4), "seconds_for_10000": round(seconds, 3), "scaled": options.replicates != FULL,
    }))
else:
    note = "" if options.replicates == FULL else f" (scaled linearly from {options.replicates} replicates in {measured:.2f} s)"
    print(f"arch {arch.__version__}, {FULL} replicates of 32 ratios over {BARS} bars, mean block {options.mean_block:g}: {seconds:.2f} s{note}")
