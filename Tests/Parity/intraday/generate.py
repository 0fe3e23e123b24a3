#!/usr/bin/env python3
"""Writes intraday.json: four made-up sessions of one-minute bars (the third without pre-market) with VIX, large caps and an index, and what other
programs say about them.

    python -m venv v && v/bin/pip install TA-Lib==0.8.2 numpy==2.4.6 pandas==3.1.1
    v/bin/python Tests/Parity/intraday/generate.py

TA-Lib: EMA RSI MACD ATR TRANGE. numpy: polyfit, corrcoef, cov. pandas: rolling max, min, std, sum, groupby for the session's VWAP, extremes and
counts. Indicators run over regular minutes one after the other. Every seventh regular minute from the second session on is stored, to 13 digits.
"""
import json, os, sys
import numpy as np, pandas as pd, talib

SEED = 20251103
rng = np.random.default_rng(SEED)
# Consecutive sessions across a change to daylight saving (2024-03-10).
DAYS = [("2024-03-06", 390, True), ("2024-03-07", 390, True), ("2024-03-08", 390, False), ("2024-03-11", 390, True)]
CAPS = ["AAPL", "AMZN", "GOOG", "META", "MSFT", "NVDA", "TSLA"]


def sessions():
    price, index, caps, vix = 510.0, 5100.0, {c: 100.0 + 40 * i for i, c in enumerate(CAPS)}, 14.0
    frames = []
    for date, minutes, pre in DAYS:
        gap = 0.004 * rng.standard_normal()
        price *= 1 + gap
        index *= 1 + gap
        start = -330 if pre else 0
        rows = []
        level = np.exp(0.3 * rng.standard_normal())
        for m in range(start, minutes):
            sd = 3.3e-4 * level * (0.5 if m < 0 else 1 + 0.9 * np.exp(-m / 20) + 0.5 * np.exp(-(minutes - m) / 10))
            z = rng.standard_normal()
            o = round(price, 2)
            price *= 1 + sd * z
            c = round(price, 2)
            h = round(max(o, c) * (1 + 0.5 * sd * rng.exponential()), 2)
            l = round(min(o, c) * (1 - 0.5 * sd * rng.exponential()), 2)
            v = int(np.exp(10 + 0.6 * rng.standard_normal()))
            index0 = round(index, 2)
            index *= 1 + sd * (0.97 * z + 0.24 * rng.standard_normal())
            row = dict(date=date, minute=570 + m, open=o, high=max(h, o, c), low=min(l, o, c), close=c, volume=v, SPX=(index0, round(index, 2)))
            for name in CAPS:
                before = round(caps[name], 3)
                caps[name] *= 1 + 1.8 * sd * (0.65 * z + 0.76 * rng.standard_normal())
                row[name] = (before, round(caps[name], 3))
            vix = max(9.0, vix * (1 - 0.4 * sd * z * 8 + 0.001 * rng.standard_normal()))
            row["vix"] = round(vix, 2)
            rows.append(row)
        for t in rng.choice(np.arange(40, 200), 3, replace=False):  # doji bars without range
            r = rows[t - start]
            if r["minute"] >= 570:
                r["high"] = r["low"] = r["close"] = r["open"]
        price, frames = rows[-1]["close"], frames + rows
    return pd.DataFrame(frames)


df = sessions()
utc = (pd.to_datetime(df.date) + pd.to_timedelta(df.minute, unit="m")).dt.tz_localize("America/New_York")
df["time"] = (utc.astype("int64") // (10 ** 9 if utc.dt.unit == "ns" else 10 ** 6 if utc.dt.unit == "us" else 1)).astype("int64")
reg = df[df.minute >= 570].reset_index(drop=True)
pre = df[df.minute < 570]
o, h, l, c, v = (reg[k].to_numpy(float) for k in ("open", "high", "low", "close", "volume"))
first = (reg.minute == 570).to_numpy()
day = reg.groupby("date", sort=False)
atr = talib.ATR(h, l, c, 14)
ema9, ema20 = talib.EMA(c, 9), talib.EMA(c, 20)
_, _, hist = talib.MACD(c, 12, 26, 9)
tp = (reg.high + reg.low + reg.close) / 3
vwap = ((tp * reg.volume).groupby(reg.date).cumsum() / reg.volume.groupby(reg.date).cumsum()).to_numpy()
lc = np.log(c)
slope = pd.Series(lc).rolling(20).apply(lambda y: np.polyfit(np.arange(20), y, 1)[0], raw=True).to_numpy()
ret = pd.Series(lc).diff()
minute = ret.to_numpy().copy()
minute[first] = np.log(c[first] / o[first])
minute = pd.Series(minute)
hh, ll = reg.high.rolling(20).max(), reg.low.rolling(20).min()
rng_ = np.where(h > l, h - l, 1.0)
uw, lw = np.where(h > l, (h - np.maximum(o, c)) / rng_, 0), np.where(h > l, (np.minimum(o, c) - l) / rng_, 0)
size = np.minimum(1, (h - l) / atr)
tr = pd.Series(talib.TRANGE(h, l, c))
chop = 100 * np.log10(tr.rolling(14).sum() / (reg.high.rolling(14).max() - reg.low.rolling(14).min())) / np.log10(14)


def companion(column):
    before, after = np.array([x[0] for x in reg[column]]), np.array([x[1] for x in reg[column]])
    r = np.diff(np.log(after), prepend=np.nan)
    r[first] = np.log(after[first] / before[first])
    return r


caps = pd.Series(np.mean([companion(k) for k in CAPS], axis=0))
spx = pd.Series(companion("SPX"))
closes = day.close.last()
previous = reg.date.map(dict(zip(closes.index[1:], closes.values[:-1]))).to_numpy(float)
day_open = reg.date.map(day.open.first()).to_numpy()
pmh = reg.date.map(pre.groupby("date").high.max()).to_numpy(float)
pml = reg.date.map(pre.groupby("date").low.min()).to_numpy(float)
pmh = np.where(np.isnan(pmh), np.maximum(previous, day_open), pmh)
pml = np.where(np.isnan(pml), np.minimum(previous, day_open), pml)
rsi = talib.RSI(c, 14)
breakout = np.clip((c - hh.shift(1)) / atr, -3, 3)
breakdown = np.clip((ll.shift(1) - c) / atr, -3, 3)
upper, lower = np.where(uw > 0.5, uw * size, 0), np.where(lw > 0.5, lw * size, 0)
vix = reg.vix.to_numpy()
vix_day = vix - reg.date.map(dict(zip(day.vix.last().index[1:], day.vix.last().values[:-1]))).to_numpy(float)


def swings(x):
    """Fractals of three bars either side, forward filled from their confirmation."""
    s = pd.Series(x)
    left, right = s.rolling(4).max(), s[::-1].shift(1).rolling(3).max()[::-1]
    peak = (s >= left) & (s > right)
    return s.where(peak).shift(3).ffill().to_numpy()


def run(mask):
    """True values in a row before each row, from 0 in each session."""
    out, n = [], 0
    for f, m in zip(first, mask):
        n = 0 if f else n
        out.append(n)
        n = n + 1 if m else 0
    return np.array(out, float)


def windows(other, f):
    """f of the last 60 minute returns and the other's."""
    x, y = minute.to_numpy(), other.to_numpy()
    return np.array([f(x[t - 59:t + 1], y[t - 59:t + 1]) if t >= 59 else np.nan for t in range(len(x))])


expected = {
    "ema_diff": (ema9 - ema20) / atr, "ema_diff_raw": ema9 - ema20, "vwap_dist": (c - vwap) / atr, "rsi_scaled": (rsi - 50) / 50, "macd_hist": hist / atr,
    "trend_slope": slope * 20 / (ret.rolling(20).std() * np.sqrt(20)), "momentum_6": minute.rolling(6).sum() / (minute.rolling(24).std() * np.sqrt(6)),
    "body_ratio": np.where(h > l, abs(c - o) / rng_, 0), "wick_ratio": uw + lw, "upper_rej": upper, "lower_rej": lower, "pullback": (hh - c) / (hh - ll),
    "pullback_put": (c - ll) / (hh - ll), "breakout": breakout, "breakdown": breakdown,
    "consolidation": 1 - np.minimum(1, (hh - ll) / (1.5 * atr * np.sqrt(20))), "choppiness": np.minimum(100, chop), "atr_scaled": atr / c,
    "atr_slope": np.log(pd.Series(atr) / pd.Series(atr).shift(5)), "vix_delta": pd.Series(vix).diff(30), "vix_day": vix_day, "gap_pct": day_open / previous - 1,
    "pm_high_dist": (c - pmh) / atr, "pm_low_dist": (c - pml) / atr, "mag7_corr": windows(caps, lambda x, y: np.corrcoef(x, y)[0, 1]), "spx_corr": windows(spx, lambda x, y: np.corrcoef(x, y)[0, 1]),
    "spx_beta": windows(spx, lambda x, y: np.cov(x, y)[0, 1] / np.var(y, ddof=1)),
    "setup_score": (ema9 > ema20) * 1.0 + (c > vwap) + (hist > 0) + ((rsi > 45) & (rsi < 75)) + (breakout > 0) + (upper == 0),
    "setup_score_put": (ema9 < ema20) * 1.0 + (c < vwap) + (hist < 0) + ((rsi > 25) & (rsi < 55)) + (breakdown > 0) + (lower == 0),
    "vwap": vwap, "ema_9": ema9, "ema_20": ema20, "atr_14": atr, "prev_high": reg.high.shift(1), "prev_low": reg.low.shift(1), "prev_close": reg.close.shift(1),
    "day_open": day_open, "day_high": day.high.cummax(), "day_low": day.low.cummin(), "previous_close": previous, "pm_high": pmh, "pm_low": pml,
    "or_high": reg.high.where(reg.minute < 585).groupby(reg.date).cummax().groupby(reg.date).ffill(),
    "or_low": reg.low.where(reg.minute < 585).groupby(reg.date).cummin().groupby(reg.date).ffill(),
    "swing_high": swings(h), "swing_low": -swings(-l), "bars_above_vwap": run(c > vwap), "bars_below_vwap": run(c < vwap), "rsi_14": rsi,
    "trend_sign": np.sign(ema9 - ema20), "vix": vix, "minutes_since_open": reg.minute - 569, "minutes_to_close": 959 - reg.minute,
}
rows = [t for t in range(390, len(reg)) if t % 7 == 0]
out = {
    "provenance": {"talib": talib.__version__, "numpy": np.__version__, "pandas": pd.__version__, "python": sys.version.split()[0], "seed": SEED,
                   "command": "python Tests/Parity/intraday/generate.py"},
    "time": df.time.tolist(), "open": df.open.tolist(), "high": df.high.tolist(), "low": df.low.tolist(), "close": df.close.tolist(), "volume": df.volume.tolist(),
    "vix": df.vix.tolist(), "companions": {k: {"open": [x[0] for x in df[k]], "close": [x[1] for x in df[k]]} for k in ["SPX"] + CAPS},
    "regular_rows": rows, "expected": {k: [float('%.13g' % x) for x in np.asarray(a, float)[rows]] for k, a in expected.items()},
}
for k, a in out["expected"].items():
    assert np.isfinite(a).all(), k
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "intraday.json")
with open(path, "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
print(path, os.path.getsize(path), len(rows), "rows,", len(expected), "features")
