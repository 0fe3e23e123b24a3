"""Fixtures for change-point detection against ruptures: writes fixture.json beside this file.

Needs: ruptures==1.1.10 numpy==2.4.6 (Python 3.11).  Run: python Tests/Parity/changepoints/generate.py

Every case holds ruptures' Pelt with jump=1 and, by plain dynamic programming over ruptures' own cost, the true optimum; the script stops where the two differ
in penalised cost (ruptures prunes too early when min_size is above 1), so that a fixture never asks for a wrong answer.
"""
import json
import pathlib
import warnings

import numpy as np
import ruptures

SEED = 11
warnings.filterwarnings("ignore", category=UserWarning)


def signals(random):
    def steps(levels, length, noise):
        return np.concatenate([np.full(length, level) + noise * random.standard_normal(length) for level in levels])

    ar = np.zeros(240)
    for t in range(1, 240):
        ar[t] = 0.6 * ar[t - 1] + random.standard_normal()
    ar[140:] += 4
    wide = np.concatenate([random.standard_normal(90), 4 * random.standard_normal(70), random.standard_normal(80)])
    logistic = 4 / (1 + np.exp(-(np.arange(120) - 60) / 6)) - 1 + 0.2 * random.standard_normal(120)
    # Round trips an episode of a real DQN run that stopped trading (shared/data/rl_logs/dqn_forex/seed_777).
    trips = [39, 39, 37, 41, 36, 37, 31, 28, 14, 9, 9, 7, 4, 5, 6, 2, 4, 2, 2, 2, 1, 2, 1, 1, 1, 1, 3, 2, 2, 0, 1]
    return {
        "noiseless steps": np.repeat([0.0, 3.0, -1.0, 2.0], 15),
        "no change": random.standard_normal(150),
        "one change": steps([0, 1.5], 60, 1.0),
        "four levels": steps([0, 2, -1, 3], 40, 0.8),
        "variance alone": wide,
        "autocorrelated": ar,
        "logistic": logistic,
        "round trips": np.log(np.array(trips) + 0.5),
        "short": np.array([0.1, -0.2, 0.0, 2.0, 2.1, 1.9, 2.2, 0.0, 0.1]),
        "constant": np.full(30, 1.25),
    }


def optimum(cost, n, penalty, minimum):
    best, start = [0.0] + [np.inf] * n, [0] * (n + 1)
    for end in range(minimum, n + 1):
        for t in range(0, end - minimum + 1):
            if np.isfinite(best[t]) and (value := best[t] + cost.error(t, end) + penalty) < best[end]:
                best[end], start[end] = value, t
    return best[n]


def main():
    random = np.random.default_rng(SEED)
    cases = []
    for name, x in signals(random).items():
        x = np.round(x, 6)
        n = len(x)
        noise = np.std(np.diff(x)) / np.sqrt(2)
        for model in ["l2", "normal"]:
            for minimum in [1, 2, 5] if model == "l2" else [2, 5]:
                for scale in [0.5, 1, 3]:
                    penalty = scale * (2 * noise**2 * np.log(n) if model == "l2" else 3 * np.log(n))
                    if penalty == 0:
                        penalty = 1e-3
                    pelt = ruptures.Pelt(model=model, min_size=minimum, jump=1).fit(x)
                    pelt.min_size = minimum  # the normal cost raises it to its own
                    found = pelt.predict(pen=penalty)
                    total = pelt.cost.sum_of_costs(found)
                    best = optimum(pelt.cost, n, penalty, minimum)
                    if total + penalty * len(found) > best + 1e-7 * (1 + abs(best)):
                        print("left out, ruptures is not optimal:", name, model, minimum, scale)
                        continue
                    cases.append({
                        "name": f"{name}, {model}, min {minimum}, penalty x {scale}", "series": name, "model": model, "minimum": minimum,
                        "penalty": float(penalty), "changes": [int(k) for k in found[:-1]], "cost": float(total), "optimum": float(best),
                    })
    random = np.random.default_rng(SEED)
    series = {name: np.round(x, 6).tolist() for name, x in signals(random).items()}
    fixture = {
        "command": "python Tests/Parity/changepoints/generate.py", "seed": SEED,
        "versions": {"ruptures": ruptures.__version__.lstrip("v"), "numpy": np.__version__}, "series": series, "cases": cases,
    }
    path = pathlib.Path(__file__).with_name("fixture.json")
    path.write_text(json.dumps(fixture, indent=1))
    print(len(cases), "cases")


main()
