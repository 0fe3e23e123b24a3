"""Fixtures for statistics, distributions, long-run variances and linear models: writes fixture.json beside this file.

Needs: numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 (Python 3.11).  Run: python Tests/Parity/statistics/generate.py
"""
import json
import pathlib

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, special, stats
from statsmodels.stats.sandwich_covariance import S_hac_simple, weights_bartlett

SEED = 7


def rounded(x, digits=6):
    return np.round(np.asarray(x, dtype=float), digits)


def moments(random):
    cases = []
    for name, x in {
        "normal": random.standard_normal(300),
        "far from zero": 1e6 + random.standard_normal(200),
        "heavy tails": random.standard_t(3, 400),
        "two values": np.array([1.0, 4.0]),
        "skewed": np.exp(random.standard_normal(150)),
    }.items():
        x = rounded(x)
        y = rounded(0.3 * x + random.standard_normal(len(x)))
        c = x - x.mean()
        levels = [0.0, 0.025, 0.31, 0.5, 0.975, 1.0]
        cases.append({
            "name": name, "x": x.tolist(), "y": y.tolist(), "mean": x.mean(), "variance": x.var(), "sample_variance": x.var(ddof=1),
            "skewness": float(stats.skew(x)), "kurtosis": float(stats.kurtosis(x, fisher=False)),
            "autocorrelation1": float(c[1:] @ c[:-1] / (c @ c)), "correlation": float(np.corrcoef(x, y)[0, 1]),
            "levels": levels, "quantiles": np.quantile(x, levels).tolist(),
        })
    return cases


def distributions():
    normal_x = [-37.0, -10.0, -3.5, -1.0, -1e-3, 0.0, 0.7, 2.0, 6.0, 9.0]
    normal_p = [1e-300, 1e-20, 1e-6, 0.025, 0.3, 0.5, 0.77, 0.975, 0.999999]
    central = [(x, k) for k in [1.0, 2.0, 5.0, 44.0, 500.0] for x in [1e-3, 0.5 * k, k, 1.5 * k, 3 * k + 20]]
    noncentral = [(x, k, lam) for k in [1.0, 4.0, 44.0] for lam in [0.0, 0.01, 3.0, 60.0, 2000.0] for x in [0.3 * (k + lam), k + lam, 1.4 * (k + lam) + 3]]
    inverse = [(x, k, p) for k in [1.0, 44.0] for x in [3.0, 60.0, 300.0, 5000.0] for p in [0.025, 0.5, 0.975]]
    rows = []
    for x, k, p in inverse:
        # Independent of scipy's own inversion: a root of its distribution function.
        if stats.chi2.cdf(x, k) <= p:
            lam = 0.0
        else:
            lam = optimize.brentq(lambda l: special.chndtr(x, k, l) - p, 0.0, 4 * x + 100, xtol=1e-13, rtol=1e-15)
        rows.append([x, k, p, lam])
    return {
        "normal_cdf": [[x, float(special.ndtr(x))] for x in normal_x],
        "normal_quantile": [[p, float(special.ndtri(p))] for p in normal_p],
        "chi_square_cdf": [[x, k, float(stats.chi2.cdf(x, k))] for x, k in central],
        "noncentral_cdf": [[x, k, lam, float(stats.ncx2.cdf(x, k, lam) if lam > 0 else stats.chi2.cdf(x, k))] for x, k, lam in noncentral],
        "noncentrality": rows,
    }


def long_run(random):
    cases = []
    for phi, n in [(0.0, 300), (0.5, 800), (0.9, 1200), (-0.5, 500)]:
        e = random.standard_normal(n + 100)
        x = np.zeros(n + 100)
        for t in range(1, n + 100):
            x[t] = phi * x[t - 1] + e[t]
        x = rounded(x[100:])
        c = x - x.mean()
        gamma = np.array([c[k:] @ c[: n - k] / n for k in range(n)])
        m = int(4 * (n / 100) ** (2 / 9))
        s0 = gamma[0] + 2 * gamma[1 : m + 1].sum()
        s1 = 2 * (np.arange(1, m + 1) * gamma[1 : m + 1]).sum()
        automatic = int(1.1447 * ((s1 / s0) ** 2 * n) ** (1 / 3))
        values = {lag: float(S_hac_simple(c, nlags=lag, weights_func=weights_bartlett).item() / n) for lag in [0, 1, 12, automatic]}
        cases.append({"phi": phi, "x": x.tolist(), "automatic_lag": automatic, "variances": {str(k): v for k, v in values.items()}})
    return cases


def linear(random):
    n, p = 240, 6
    x = random.standard_normal((n, p)) @ random.standard_normal((p, p)) + random.standard_normal(p)
    x = rounded(x, 5)
    y = rounded(0.4 + x @ np.array([0.5, 0, -0.2, 0, 0.1, 0]) + random.standard_normal(n) * (1 + np.abs(x[:, 0])), 5)
    xc, yc = x - x.mean(0), y - y.mean()
    fits = []
    for penalty in [1e-3, 1.0, 30.0, 1e4]:
        b = np.linalg.solve(xc.T @ xc + penalty * np.eye(p), xc.T @ yc)
        hat = xc @ np.linalg.solve(xc.T @ xc + penalty * np.eye(p), xc.T)
        residual = yc - xc @ b
        rss, df = residual @ residual, np.trace(hat)
        # Evidence by its definition: y projected off the constant is N(0, s^2 (I + X X' / penalty)) in n - 1 dimensions.
        basis = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
        k = np.eye(n - 1) + basis.T @ xc @ xc.T @ basis / penalty
        r = basis.T @ yc
        s2 = r @ np.linalg.solve(k, r) / (n - 1)
        evidence = stats.multivariate_normal.logpdf(r, np.zeros(n - 1), s2 * k)
        fits.append({
            "penalty": penalty, "coefficients": b.tolist(), "intercept": float(y.mean() - x.mean(0) @ b), "degrees": float(df),
            "residual_squares": float(rss), "gcv": float(rss / n / (1 - (df + 1) / n) ** 2), "evidence": float(evidence),
        })
    ols = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC0")
    wald = ols.wald_test(np.eye(p + 1)[1:], use_f=False, scalar=True)
    symmetric = rounded(random.standard_normal((9, 9)))
    symmetric = symmetric + symmetric.T
    return {
        "columns": x.T.tolist(), "y": y.tolist(), "ridge": fits,
        "wald": {"statistic": float(wald.statistic), "p": float(wald.pvalue), "coefficients": ols.params[1:].tolist(),
                 "errors": ols.bse[1:].tolist(), "intercept": float(ols.params[0]), "r_squared": float(ols.rsquared)},
        "symmetric": symmetric.ravel().tolist(), "eigenvalues": np.linalg.eigvalsh(symmetric).tolist(),
    }


def main():
    random = np.random.default_rng(SEED)
    fixture = {
        "command": "python Tests/Parity/statistics/generate.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
        "seed": SEED,
        "moments": moments(random),
        "distributions": distributions(),
        "long_run": long_run(random),
        "linear": linear(random),
    }
    path = pathlib.Path(__file__).with_name("fixture.json")
    path.write_text(json.dumps(fixture))
    print(path, path.stat().st_size)


main()
