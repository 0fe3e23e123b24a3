#!/usr/bin/env python3
"""Writes hmm.json: 1,200 rows drawn from a 4-state Gaussian hidden Markov chain and what hmmlearn makes of them.

    python -m venv v && v/bin/pip install hmmlearn==0.3.3 numpy==2.4.6
    v/bin/python Tests/Parity/regimes/generate.py

Same starting values for both programs; hmmlearn's priors on the covariances are switched off (covars_prior=0, covars_weight=0), so that
both maximise the likelihood. Filtered probabilities are hmmlearn's forward lattice, normalised row by row.
"""
import json, os, sys
import numpy as np, hmmlearn
from hmmlearn import hmm, _hmmc

SEED, N, STEPS = 7, 1200, 25
rng = np.random.default_rng(SEED)
A = np.array([[.95, .03, .015, .005], [.04, .92, .03, .01], [.02, .05, .9, .03], [.01, .02, .07, .9]])
mu = np.array([[.02, -1.1], [.05, -.3], [0., .6], [-.1, 1.7]])
cov = np.array([[[.15, .0], [.0, .12]], [[.5, .02], [.02, .1]], [[1.1, -.05], [-.05, .15]], [[3.2, -.1], [-.1, .3]]])
s = 0
X = np.empty((N, 2))
for t in range(N):
    X[t] = rng.multivariate_normal(mu[s], cov[s])
    s = rng.choice(4, p=A[s])
X = np.round(X, 6)

m = hmm.GaussianHMM(4, covariance_type="full", n_iter=STEPS, tol=-np.inf, init_params="", covars_prior=0.0, covars_weight=0.0)
m.startprob_ = np.full(4, .25)
m.transmat_ = np.full((4, 4), .05 / 3) + np.eye(4) * (.95 - .05 / 3)
order = np.argsort(X[:, 1], kind="stable")
parts = [order[k * N // 4 : (k + 1) * N // 4] for k in range(4)]
m.means_ = np.array([X[p].mean(0) for p in parts])
m.covars_ = np.array([np.cov(X[p].T, ddof=0) for p in parts])
m.fit(X)
logb = m._compute_log_likelihood(X)
total, lattice = _hmmc.forward_log(m.startprob_, m.transmat_, logb)
f = np.exp(lattice - lattice.max(1, keepdims=True))
f /= f.sum(1, keepdims=True)
rows = list(range(0, N, 12)) + [N - 1]
data = {
    "made_by": "python Tests/Parity/regimes/generate.py", "seed": SEED, "shape": [N, 2],
    "versions": {"python": sys.version.split()[0], "hmmlearn": hmmlearn.__version__, "numpy": np.__version__},
    "x": X[:, 0].tolist(), "y": X[:, 1].tolist(), "steps": STEPS, "log_likelihoods": list(m.monitor_.history),
    "start": m.startprob_.tolist(), "transition": m.transmat_.tolist(), "means": m.means_.tolist(),
    "covariances": m.covars_.tolist(), "rows": rows, "filtered": f[rows].tolist(), "log_likelihood": float(total),
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hmm.json")
with open(path, "w") as out:
    json.dump(data, out, separators=(",", ":"))
    out.write("\n")
print(path, os.path.getsize(path), "bytes", data["log_likelihoods"][:2], data["log_likelihoods"][-1], len(data["log_likelihoods"]))
