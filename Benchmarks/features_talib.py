#!/usr/bin/env python3
"""Times TA-Lib computing 40 standard indicators over 43,500 hourly bars on one thread; prints milliseconds.

    python Benchmarks/features_talib.py            # needs TA-Lib (0.8.2 here) and numpy
    python Benchmarks/features_talib.py --json

The counterpart is `computeFeatures(bars)`: 44 features over as many bars, one thread. TA-Lib's are C functions called through its Python
package; each call makes its own output arrays, as ours does. Best of 40 rounds.
"""
import json, os, sys, time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np, talib as ta

N, ROUNDS = 43_500, 40
rng = np.random.default_rng(2)
r = 0.006 * rng.standard_t(5, N)
c = 9500 * np.exp(np.cumsum(r))
o = np.concatenate([[9500.0], c[:-1]])
h = np.maximum(o, c) * (1 + 0.003 * rng.random(N))
l = np.minimum(o, c) * (1 - 0.003 * rng.random(N))
v = np.exp(6 + 0.5 * rng.standard_normal(N))

INDICATORS = {
    "SMA20": lambda: ta.SMA(c, 20), "EMA9": lambda: ta.EMA(c, 9), "EMA20": lambda: ta.EMA(c, 20), "EMA50": lambda: ta.EMA(c, 50),
    "EMA200": lambda: ta.EMA(c, 200), "WMA20": lambda: ta.WMA(c, 20), "DEMA20": lambda: ta.DEMA(c, 20), "TEMA20": lambda: ta.TEMA(c, 20),
    "KAMA30": lambda: ta.KAMA(c, 30), "RSI14": lambda: ta.RSI(c, 14), "RSI7": lambda: ta.RSI(c, 7), "MACD": lambda: ta.MACD(c),
    "ADX14": lambda: ta.ADX(h, l, c, 14), "PLUS_DI14": lambda: ta.PLUS_DI(h, l, c, 14), "MINUS_DI14": lambda: ta.MINUS_DI(h, l, c, 14),
    "ATR14": lambda: ta.ATR(h, l, c, 14), "NATR14": lambda: ta.NATR(h, l, c, 14), "TRANGE": lambda: ta.TRANGE(h, l, c),
    "STOCH": lambda: ta.STOCH(h, l, c), "STOCHF14": lambda: ta.STOCHF(h, l, c, 14, 3), "STOCHRSI": lambda: ta.STOCHRSI(c),
    "CCI20": lambda: ta.CCI(h, l, c, 20), "MFI14": lambda: ta.MFI(h, l, c, v, 14), "OBV": lambda: ta.OBV(c, v), "AD": lambda: ta.AD(h, l, c, v),
    "ADOSC": lambda: ta.ADOSC(h, l, c, v), "BBANDS20": lambda: ta.BBANDS(c, 20), "STDDEV24": lambda: ta.STDDEV(c, 24), "VAR24": lambda: ta.VAR(c, 24),
    "LINEARREG_SLOPE24": lambda: ta.LINEARREG_SLOPE(c, 24), "LINEARREG24": lambda: ta.LINEARREG(c, 24), "MOM10": lambda: ta.MOM(c, 10),
    "ROC10": lambda: ta.ROC(c, 10), "WILLR14": lambda: ta.WILLR(h, l, c, 14), "AROON14": lambda: ta.AROON(h, l, 14),
    "ULTOSC": lambda: ta.ULTOSC(h, l, c), "PPO": lambda: ta.PPO(c), "TRIX30": lambda: ta.TRIX(c, 30), "MAX24": lambda: ta.MAX(h, 24),
    "MIN24": lambda: ta.MIN(l, 24),
}
assert len(INDICATORS) == 40


def once():
    start, cpu = time.perf_counter(), time.process_time()
    for f in INDICATORS.values():
        f()
    return (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3


times = [once() for _ in range(ROUNDS)]
best, processor = min(t[0] for t in times), min(t[1] for t in times)
if "--json" in sys.argv:
    print(json.dumps({"milliseconds": best, "processor_milliseconds": processor, "bars": N, "indicators": list(INDICATORS), "talib": ta.__version__}))
else:
    print(f"TA-Lib {ta.__version__}: {len(INDICATORS)} indicators over {N} bars: best of {ROUNDS} {best:.2f} ms, processor time {processor:.2f} ms")
    print("  " + ", ".join(INDICATORS))
