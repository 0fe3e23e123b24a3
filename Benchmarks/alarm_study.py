"""The collapse alarm's study in NumPy: the same features, logistic regression, thresholds and figures as `assay-bench alarm`, from the files of `assay-bench collapse-runs`.

The constants in Sources/Postmortem/CollapseAlarm+Shipped.swift came out of this. Needs numpy==2.4.6.
Run: python Benchmarks/alarm_study.py runs-*.csv
"""
import csv
import sys
from math import log

import numpy as np

TARGETS = ["hold", "side", "trading"]


def logit(p):
    q = min(0.998, max(0.002, p))
    return log(q / (1 - q))


def features(steps, shares, x, uniform, line, reads_x):
    zero = logit(uniform)
    span = logit(line) - zero
    way, mean, rows = [], 0.0, []
    for k, share in enumerate(shares):
        mean += ((logit(share) - zero) / span - mean) / min(2, k + 1)
        way.append(mean)
        if k < 2:
            rows.append(None)
            continue
        now = steps[k]
        past = max([t for t in range(k) if steps[t] <= now / 2], default=0)
        slope = (mean - way[past]) / (now - steps[past]) if now > steps[past] else 0
        projection, age = min(3, max(-3, slope * now)), log(k + 1)
        row = [1, mean, projection, projection * mean, mean * abs(mean), age, age * mean, 0, 0, 0]
        if reads_x:
            a = np.arcsinh(min(1e3, max(-1e3, np.mean(x[max(0, k - 5):k + 1]))))
            row[7:] = [a, a * mean, a * age]
        rows.append(row)
    return rows


def read(files):
    designs = {}
    for file in files:
        for row in csv.DictReader(open(file)):
            designs.setdefault(int(row["design"]), []).append(row)
    runs = []
    for design, rows in sorted(designs.items()):
        def column(name):
            return np.array([float(r[name]) if r[name] else np.nan for r in rows])

        steps, shares = column("step"), [column("hold"), column("long"), column("short")]
        n = len(steps)
        logged = [(s, v) for s, v in zip(steps, column("gap") / (float(rows[0]["ent_coef"]) * column("sigma_t"))) if np.isfinite(v)]
        x, k = [], 0
        for s in steps:
            while k + 1 < len(logged) and logged[k + 1][0] <= s:
                k += 1
            x.append(logged[k][1])
        x = np.array(x)
        tracks = [("hold", shares[0], x, 1 / 3, 0.8), ("side", shares[1], -x, 1 / 3, 0.8), ("side", shares[2], -x, 1 / 3, 0.8), ("trading", 1 - shares[0], -x, 2 / 3, 0.95)]
        width, tail = max(3, n // 40) | 1, max(5, n // 10)
        final = [s[-tail:].mean() for s in shares]
        kind = 0 if final[0] >= 0.8 else 1 if final[1] >= 0.8 else 2 if final[2] >= 0.8 else 3 if final[0] <= 0.05 else None

        def averaged(v):
            return np.array([v[max(0, k - width // 2):k + width // 2 + 1].mean() for k in range(n)])

        onset = None
        if kind is not None:
            below = np.where(averaged(tracks[kind][1]) < tracks[kind][4])[0]
            onset = min(n - 1, (below[-1] if len(below) else -1) + 1)
        past = any((averaged(t[1]) >= t[4]).any() for t in tracks)
        runs.append(dict(steps=steps, tracks=tracks, kind=kind, onset=onset, back=kind is None and past, tuning=design // 2 % 2 == 0))
    return runs


def fit(runs, target):
    xs, ys, ws = [], [], []
    for run in runs:
        if run["back"]:
            continue
        for t, track in enumerate(run["tracks"]):
            if track[0] != target:
                continue
            fallen = run["kind"] == t
            rows = [r for r in run["features"][t][:max(3, run["onset"]) if fallen else None] if r is not None]
            xs += rows
            ys += [float(fallen)] * len(rows)
            ws += [1 / len(rows)] * len(rows)
    x, y, w = np.array(xs), np.array(ys), np.array(ws)
    b = np.zeros(x.shape[1])
    for _ in range(80):
        p = 1 / (1 + np.exp(-x @ b))
        step = np.linalg.solve((x * (w * p * (1 - p))[:, None]).T @ x + 0.01 * np.eye(len(b)), x.T @ (w * (y - p)) - 0.01 * b)
        b += step
        if abs(step).max() < 1e-9:
            break
    return b


def first(run, lines):
    hits = [int(np.argmax(s >= lines[t])) for t, s in run["scores"] if (s >= lines[t]).any()]
    return min(hits, default=None)


def measure(runs, lines):
    leads, found, before, sound, false, back, heard = [], 0, 0, 0, 0, 0, 0
    for run in runs:
        a = first(run, lines)
        if run["kind"] is not None:
            leads.append(-1 if a is None else 1 - run["steps"][a] / run["steps"][run["onset"]])
            found += a is not None
            before += a is not None and a < run["onset"]
        elif run["back"]:
            back, heard = back + 1, heard + (a is not None)
        else:
            sound, false = sound + 1, false + (a is not None)
    n = len(leads)
    return f"median lead {np.median(leads):.4f}, false alarms {false / sound:.4f} of {sound}, found {found / n:.4f} of {n}, before the onset {before / n:.4f}, came back {heard} of {back}"


def main():
    runs = read(sys.argv[1:])
    tuning, test = [r for r in runs if r["tuning"]], [r for r in runs if not r["tuning"]]
    for reads_x, allowed in [(True, 0.02), (False, 0.01)]:
        for run in runs:
            run["features"] = [features(run["steps"], t[1], t[2], t[3], t[4], reads_x) for t in run["tracks"]]
        weights = {t: fit(tuning, t) for t in TARGETS}
        for run in runs:
            run["scores"] = [(t[0], np.array([-np.inf if r is None else np.dot(r, weights[t[0]]) for r in run["features"][i]])) for i, t in enumerate(run["tracks"])]
        grid = np.arange(-2, 10, 0.5)
        sound = [r for r in tuning if r["kind"] is None and not r["back"]]
        top = {t: np.array([max(s.max() for name, s in r["scores"] if name == t) for r in sound]) for t in TARGETS}
        fallen, best = [r for r in tuning if r["kind"] is not None], None
        for a in grid:
            for b in grid:
                for c in grid:
                    if np.mean((top["hold"] >= a) | (top["side"] >= b) | (top["trading"] >= c)) > allowed:
                        continue
                    lines = dict(zip(TARGETS, (a, b, c)))
                    alarms = [first(r, lines) for r in fallen]
                    leads = [-1 if k is None else 1 - r["steps"][k] / r["steps"][r["onset"]] for r, k in zip(fallen, alarms)]
                    key = (np.median(leads), sum(v > 0 for v in leads), a + b + c)
                    if best is None or key > best[0]:
                        best = (key, lines)
        print("mix and x" if reads_x else "mix alone", {t: float(v) for t, v in best[1].items()})
        print("  tuning:", measure(tuning, best[1]))
        print("  test:  ", measure(test, best[1]))
        for t in TARGETS:
            print("  ", t, [float(f"{v:.4g}") for v in weights[t]])


main()
