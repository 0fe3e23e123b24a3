"""Fixtures for the stationary bootstrap and its block length: writes fixture.json beside this file.

Needs: arch==8.0.0 numpy==2.4.6 (Python 3.11).  Run: python Tests/Parity/bootstrap/generate.py
"""
import json
import pathlib

import arch
import numpy as np
from arch.bootstrap import StationaryBootstrap, optimal_block_length

SEED = 20240601


def autoregression(random, n, phi):
    x = np.zeros(n + 200)
    e = random.standard_normal(n + 200)
    for t in range(1, n + 200):
        x[t] = phi * x[t - 1] + e[t]
    return x[200:]


def clustered_size(random, n):
    """|r| of a slowly moving volatility."""
    return np.exp(0.5 * autoregression(random, n, 0.97) * np.sqrt(1 - 0.97**2) * 1.5) * np.abs(random.standard_normal(n))


def main():
    random = np.random.default_rng(SEED)
    regime_noise = random.standard_normal(2000) * (np.arange(2000) % 300 < 60)
    series = {
        "white noise, 1000": random.standard_normal(1000),
        "white noise, 200": random.standard_normal(200),
        "AR(1) .5, 1000": autoregression(random, 1000, 0.5),
        "AR(1) .5, 60": autoregression(random, 60, 0.5),
        "AR(1) .95, 3000": autoregression(random, 3000, 0.95),
        "AR(1) -.4, 1000": autoregression(random, 1000, -0.4),
        "random walk, 1500": np.cumsum(random.standard_normal(1500)),
        "clustered |r|, 3000": clustered_size(random, 3000),
        "noise in one regime, 2000": regime_noise,
        "white noise, 40": random.standard_normal(40),
    }
    series = {name: np.round(x, 6) for name, x in series.items()}
    lengths = {}
    for name, x in series.items():
        row = optimal_block_length(x).iloc[0]
        lengths[name] = {"x": x.tolist(), "stationary": float(row["stationary"]), "circular": float(row["circular"])}

    # Draws of two regime means from one series of 600 bars: quantiles of arch's replicates.
    n, block, replicates = 600, 12.0, 40_000
    value = np.round(autoregression(random, n, 0.5) + 0.3, 6)
    regime = (np.arange(n) // 25 % 3 == 0).astype(int)
    boot = StationaryBootstrap(block, value, regime, seed=np.random.default_rng(SEED + 1))

    def means(x, g):
        return np.array([x[g == 0].mean(), x[g == 1].mean()])

    draws = boot.apply(means, replicates)
    levels = [0.025, 0.1, 0.5, 0.9, 0.975]
    fixture = {
        "command": "python Tests/Parity/bootstrap/generate.py",
        "versions": {"arch": arch.__version__, "numpy": np.__version__},
        "seed": SEED,
        "block_lengths": lengths,
        "draws": {
            "x": value.tolist(),
            "regime": regime.tolist(),
            "mean_block": block,
            "replicates": replicates,
            "levels": levels,
            "quantiles": [np.quantile(draws[:, g], levels).tolist() for g in range(2)],
            "standard_errors": draws.std(axis=0).tolist(),
        },
    }
    path = pathlib.Path(__file__).with_name("fixture.json")
    path.write_text(json.dumps(fixture))
    print(path, path.stat().st_size)


main()
