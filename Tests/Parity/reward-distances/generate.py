"""Fixtures for EPIC and STARC distances on random tables: writes fixture.json beside this file.

Needs: numpy (version written into the fixture).  Run: python Tests/Parity/reward-distances/generate.py
EPIC as in HumanCompatibleAI/evaluating-rewards, distances/tabular.py: fully connected random canonical reward, then the weighted Pearson distance by numpy.corrcoef's formula.
STARC: value-adjusted levelling by the uniform policy, L2 norm weighted by its stationary distribution (an eigenvector), half the distance of the unit vectors.
"""
import json
import pathlib

import numpy as np

SEED = 11
random = np.random.default_rng(SEED)


def canonical(reward, discount, states, actions):
    from_state = np.einsum("ijk,j,k->i", reward, actions, states)
    mean = from_state @ states
    return reward + discount * from_state[None, None, :] - from_state[:, None, None] - discount * mean


def epic(a, b, discount, states, actions):
    weights = np.einsum("i,j,k->ijk", states, actions, states).ravel()
    x, y = canonical(a, discount, states, actions).ravel(), canonical(b, discount, states, actions).ravel()
    covariance = np.cov(np.stack([x, y]), aweights=weights, ddof=0)
    rho = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    return np.sqrt(max(0, (1 - rho) / 2))


def starc(a, b, transitions, discount):
    s, n, _ = transitions.shape
    chain = transitions.mean(axis=1)
    values, vectors = np.linalg.eig(chain.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary = stationary / stationary.sum()

    def levelled(reward):
        value = np.linalg.solve(np.eye(s) - discount * chain, reward.mean(axis=1))
        advantage = reward + discount * transitions @ value - value[:, None]
        weighted = advantage * np.sqrt(stationary[:, None] / n)
        return weighted / np.linalg.norm(weighted)

    return 0.5 * np.linalg.norm(levelled(a) - levelled(b))


cases = []
for case in range(6):
    s, n, discount = 3 + case % 3, 2 + case % 2, [0.0, 0.5, 0.9, 0.99][case % 4]
    states, actions = random.dirichlet(np.ones(s)), random.dirichlet(np.ones(n))
    a, b = random.standard_normal((s, n, s)), random.standard_normal((s, n, s))
    b = 0.5 * a + b
    transitions = random.dirichlet(np.ones(s), size=(s, n))
    ra, rb = random.standard_normal((s, n)), random.standard_normal((s, n))
    cases.append({
        "states": s, "actions": n, "gamma": discount, "state_shares": states.tolist(), "action_shares": actions.tolist(), "a": a.ravel().tolist(), "b": b.ravel().tolist(),
        "potential": random.standard_normal(s).tolist(), "canonical_a": canonical(a, discount, states, actions).ravel().tolist(), "epic": float(epic(a, b, discount, states, actions)),
        "transitions": transitions.ravel().tolist(), "pay_a": ra.ravel().tolist(), "pay_b": rb.ravel().tolist(), "starc": float(starc(ra, rb, transitions, discount)),
    })

path = pathlib.Path(__file__).with_name("fixture.json")
path.write_text(json.dumps({"numpy": np.__version__, "seed": SEED, "command": "python Tests/Parity/reward-distances/generate.py", "cases": cases}, indent=1))
print(path)
