#!/usr/bin/env python3
"""Writes features.json: 1,500 made-up hourly bars and what other programs say about them.

    python -m venv v && v/bin/pip install TA-Lib==0.8.2 numpy==2.4.6 pandas==3.1.1 filterpy==2.0.0
    v/bin/python Tests/Parity/features/generate.py

TA-Lib: EMA RSI MACD ATR ADX PLUS_DI MINUS_DI STOCHF CCI MFI OBV BBANDS. numpy: polyfit. pandas: rolling mean, std, sum, max, min.
filterpy: ExtendedKalmanFilter with the full 3-state matrices. Only every third row from 743 on is stored, and the first
defined rows of each column, so that seeding is compared too.
"""
import json, math, os, sys
import numpy as np, pandas as pd, talib
import filterpy
from filterpy.kalman import ExtendedKalmanFilter

SEED, N = 20240611, 1500
rng = np.random.default_rng(SEED)


def bars():
    h = np.empty(N)
    h[0] = math.log(0.006 ** 2)
    for t in range(1, N):
        h[t] = 0.97 * h[t - 1] + 0.03 * math.log(0.006 ** 2) + 0.2 * rng.standard_normal()
    r = np.exp(h / 2) * rng.standard_t(5, N) * math.sqrt(3 / 5)
    r[700] = -0.09  # a crash
    close = np.round(9500 * np.exp(np.cumsum(r)), 2)
    open_ = np.concatenate([[9500.0], close[:-1]])
    open_ = np.round(open_ * (1 + 1e-4 * rng.standard_normal(N)), 2)
    s = np.exp(h / 2)
    high = np.round(np.maximum(open_, close) * (1 + 0.6 * s * rng.exponential(1, N)), 2)
    low = np.round(np.minimum(open_, close) * (1 - 0.6 * s * rng.exponential(1, N)), 2)
    volume = np.round(np.exp(6 + 0.6 * (h - h.mean()) + 0.5 * rng.standard_normal(N)), 4)
    for t in (60, 61, 1000):  # outages: flat bars without volume
        open_[t] = high[t] = low[t] = close[t] = close[t - 1]
        volume[t] = 0.0
        open_[t + 1] = close[t]
        high[t + 1] = max(high[t + 1], open_[t + 1], close[t + 1])
        low[t + 1] = min(low[t + 1], open_[t + 1], close[t + 1])
    # bars after an outage keep high >= close etc. because close was rewritten from left to right
    high = np.maximum(high, np.maximum(open_, close))
    low = np.minimum(low, np.minimum(open_, close))
    return open_, high, low, close, volume


PHI, KAPPA, RHO, ZETA, QH, EPS, WINDOW, START = 0.95, 0.97, 0.25, 1e-3, 0.05, 1e-10, 720, 24
RZ = math.pi ** 2 / 2


def ekf(y):
    r = np.concatenate([[np.nan], np.diff(y)])
    z = np.log(r * r + EPS) + 1.27
    theta = pd.Series(z).rolling(WINDOW, min_periods=24).mean().to_numpy()
    f = ExtendedKalmanFilter(dim_x=3, dim_z=2)
    h0, p0 = theta[START], QH / (1 - KAPPA ** 2)
    s0 = math.exp(h0 + p0 / 2)
    f.x = np.array([y[START], 0.0, h0])
    f.P = np.diag([s0, ZETA * s0 / (1 - PHI ** 2), p0])
    f.F = np.array([[1.0, 1.0, 0.0], [0.0, PHI, 0.0], [0.0, 0.0, KAPPA]])
    H = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    out = np.full((len(y), 5), np.nan)
    for t in range(START + 1, len(y)):
        hp = (1 - KAPPA) * theta[t - 1] + KAPPA * f.x[2]
        pp = KAPPA ** 2 * f.P[2, 2] + QH
        e = math.exp(hp + pp / 2)
        f.Q = np.diag([(1 - 2 * RHO) * e, ZETA * e, QH])
        f.B = np.array([0.0, 0.0, 1.0])
        f.x = f.F @ f.x + f.B * (1 - KAPPA) * theta[t - 1]
        f.P = f.F @ f.P @ f.F.T + f.Q
        f.update(np.array([y[t], z[t]]), lambda x: H, lambda x: H @ x, R=np.diag([RHO * e, RZ]))
        s = np.diag(f.S)
        out[t] = [f.x[0], f.x[1], f.x[2], f.y[0] / math.sqrt(s[0]), f.y[1] / math.sqrt(s[1])]
    return out


def features(o, h, l, c, v):
    S = pd.Series
    y = np.log(c)
    r = S(y).diff()
    s24, s168 = r.rolling(24).std(), r.rolling(168).std()
    atr = talib.ATR(h, l, c, 14)
    f = {}
    for k in (1, 3, 6, 12, 24):
        f[f"return_{k}"] = (S(y).diff(k) / (s24 * math.sqrt(k))).to_numpy()
    f["return_72"] = (S(y).diff(72) / (s168 * math.sqrt(72))).to_numpy()
    k = ekf(y)
    f["ekf_gap"] = (c - np.exp(k[:, 0])) / atr
    f["ekf_slope"] = k[:, 1] / np.exp(k[:, 2] / 2)
    f["ekf_innovation"] = k[:, 3]
    f["ekf_volatility"] = np.exp(k[:, 2] / 2) / s24.to_numpy()
    e = {n: talib.EMA(c, n) for n in (9, 20, 50, 200)}
    f["ema_9_20"] = (e[9] - e[20]) / atr
    f["ema_20_50"] = (e[20] - e[50]) / atr
    f["close_ema_50"] = (c - e[50]) / atr
    f["close_ema_200"] = (c - e[200]) / atr
    slope, r2 = np.full(N, np.nan), np.full(N, np.nan)
    x = np.arange(24.0)
    for t in range(23, N):
        w = y[t - 23 : t + 1]
        slope[t], b = np.polyfit(x, w, 1)
        r2[t] = 1 - np.sum((w - slope[t] * x - b) ** 2) / np.sum((w - w.mean()) ** 2)
    f["trend_slope_24"] = slope * math.sqrt(24) / s24.to_numpy()
    f["trend_r2_24"] = r2
    f["adx_14"] = talib.ADX(h, l, c, 14) / 100
    f["di_difference_14"] = (talib.PLUS_DI(h, l, c, 14) - talib.MINUS_DI(h, l, c, 14)) / 100
    f["rsi_14"] = (talib.RSI(c, 14) - 50) / 50
    f["rsi_7"] = (talib.RSI(c, 7) - 50) / 50
    macd, _, hist = talib.MACD(c, 12, 26, 9)
    f["macd"] = macd / atr
    f["macd_histogram"] = hist / atr
    f["stochastic_14"] = talib.STOCHF(h, l, c, fastk_period=14, fastd_period=1)[0] / 100 - 0.5
    f["cci_20"] = talib.CCI(h, l, c, 20) / 200
    f["mfi_14"] = talib.MFI(h, l, c, v, 14) / 100 - 0.5
    f["atr_14"] = 100 * atr / c
    la = S(np.log(atr))
    f["atr_slope_6"] = la.diff(6).to_numpy()
    ls = np.log(s24)
    f["volatility_z"] = ((ls - ls.rolling(720).mean()) / ls.rolling(720).std()).to_numpy()
    f["volatility_24_168"] = (s24 / s168).to_numpy()
    pk = np.sqrt((S(np.log(h / l)) ** 2).rolling(24).mean() / (4 * math.log(2)))
    f["parkinson_24"] = (pk / s24).to_numpy()
    up, mid, dn = talib.BBANDS(c, 20, 2, 2)
    f["bollinger_position"] = (c - dn) / (up - dn)
    f["bollinger_width"] = (up - dn) / c
    f["atr_instability_24"] = la.diff().rolling(24).std().to_numpy()
    rng_ = np.where(h > l, h - l, 1.0)
    f["body_ratio"] = np.where(h > l, (c - o) / rng_, 0.0)
    f["upper_wick"] = np.where(h > l, (h - np.maximum(o, c)) / rng_, 0.0)
    f["lower_wick"] = np.where(h > l, (np.minimum(o, c) - l) / rng_, 0.0)
    hh, ll = S(h).rolling(24).max().to_numpy(), S(l).rolling(24).min().to_numpy()
    f["pullback_24"] = (hh - c) / atr
    f["donchian_24"] = (c - ll) / (hh - ll)
    f["consolidation_24"] = 1 - np.minimum(1, (hh - ll) / (1.5 * atr * math.sqrt(24)))
    lv = S(np.log(np.where(v > 0, v, np.nan))).ffill()
    f["volume_z"] = ((lv - lv.rolling(168).mean()) / lv.rolling(168).std()).to_numpy()
    obv = talib.OBV(c, v)
    os_ = np.full(N, np.nan)
    for t in range(24, N):
        s = math.sqrt(np.mean(np.diff(obv[t - 24 : t + 1]) ** 2))
        # slope of a random walk's OLS line: simulated nowhere, its variance worked out from the covariance min(i, j)
        os_[t] = np.polyfit(x, obv[t - 23 : t + 1] - obv[t], 1)[0] / s
    w = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    f["obv_slope_24"] = os_ / math.sqrt(w @ np.minimum.outer(x, x) @ w)
    tp = S((h + l + c) / 3)
    vwap = (tp * v).rolling(24).sum() / S(v).rolling(24).sum()
    f["close_vwap_24"] = ((c - vwap) / atr).to_numpy()
    hour = np.arange(N) % 24
    f["hour_sin"], f["hour_cos"] = np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24)
    assert len(f) == 44
    extra = {
        "volatility_24h": S(c).pct_change().rolling(24).std().to_numpy(),
        "trend": np.sign(e[20] - e[50]),
        "ekf_log_level": k[:, 0], "ekf_drift": k[:, 1], "ekf_log_variance": k[:, 2], "ekf_variance_innovation": k[:, 4],
    }
    return f, extra


def main():
    o, h, l, c, v = bars()
    f, extra = features(o, h, l, c, v)
    first = {n: int(np.argmax(~np.isnan(col))) for n, col in {**f, **extra}.items()}
    # rows: the first 40 defined rows of any column start somewhere in 0...782; keep every third up to 760, then every sixth
    rows = sorted(set(range(0, 260, 5)) | {r + k for r in first.values() for k in (0, 1)} | set(range(743, N, 25)))
    rows = [r for r in rows if r < N]
    def pick(col):
        return [None if math.isnan(col[r]) else float(col[r]) for r in rows]
    data = {
        "made_by": "python Tests/Parity/features/generate.py",
        "versions": {"python": sys.version.split()[0], "TA-Lib": talib.__version__, "ta-lib C": talib.__ta_version__.decode().split()[0],
                     "numpy": np.__version__, "pandas": pd.__version__, "filterpy": filterpy.__version__},
        "seed": SEED, "shape": [N, 44], "start": 1577836800, "bar_seconds": 3600,
        "open": o.tolist(), "high": h.tolist(), "low": l.tolist(), "close": c.tolist(), "volume": v.tolist(),
        "rows": rows, "first_row": first,
        "features": {n: pick(col) for n, col in f.items()}, "extra": {n: pick(col) for n, col in extra.items()},
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "features.json")
    with open(path, "w") as out:
        json.dump(data, out, separators=(",", ":"))
        out.write("\n")
    print(path, os.path.getsize(path), "bytes;", len(rows), "rows")


main()
