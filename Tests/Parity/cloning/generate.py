"""Fixture for behaviour cloning: losses of imitation's BC on fixed minibatches, and the weights after its Adam steps.

    python3 -m venv venv && venv/bin/pip install imitation==1.0.1 stable-baselines3==2.2.1 gymnasium==0.29.1 numpy==2.4.6
    venv/bin/python generate.py > fixture.json

Random observations and labels; five minibatches of 32; the versions really used are written into the fixture.
"""
import importlib.metadata
import json
import platform

import gymnasium
import numpy as np
import torch
from imitation.algorithms.bc import BehaviorCloningLossCalculator
from imitation.policies.base import FeedForward32Policy

OBS, ACTIONS, ROWS, ENT, L2, RATE = 6, 3, 160, 1e-2, 1e-3, 1e-3

torch.manual_seed(5)
rng = np.random.default_rng(5)
space = gymnasium.spaces.Box(-np.inf, np.inf, (OBS,), np.float32)
policy = FeedForward32Policy(observation_space=space, action_space=gymnasium.spaces.Discrete(ACTIONS), lr_schedule=lambda _: RATE)
# Weights of the usual size, also in the action head, whose fresh ones are a hundred times smaller.
with torch.no_grad():
    for parameter in policy.parameters():
        parameter.copy_(torch.as_tensor(rng.normal(scale=0.4, size=tuple(parameter.shape)), dtype=torch.float32))


def tensors():
    named = {}
    for name, value in policy.state_dict().items():
        named[name] = {"shape": list(value.shape), "values": [float(x) for x in value.numpy().ravel()]}
    return named


observations = rng.normal(size=(ROWS, OBS)).astype(np.float32)
labels = rng.integers(ACTIONS, size=ROWS)
before = tensors()
calculate = BehaviorCloningLossCalculator(ENT, L2)
optimiser = torch.optim.Adam(policy.parameters(), lr=RATE)
steps = []
order = rng.permutation(ROWS)
for k in range(5):
    rows = order[32 * k : 32 * k + 32]
    metrics = calculate(policy, torch.as_tensor(observations[rows]), torch.as_tensor(labels[rows]))
    optimiser.zero_grad()
    metrics.loss.backward()
    optimiser.step()
    steps.append({"rows": [int(r) for r in rows], **{name: getattr(metrics, name).item() for name in ("neglogp", "entropy", "prob_true_act")}})
versions = {package: importlib.metadata.version(package) for package in ("imitation", "stable-baselines3", "gymnasium", "torch", "numpy")}
print(json.dumps({
    "versions": {"python": platform.python_version(), **versions}, "command": "python generate.py > fixture.json", "observations": [float(x) for x in observations.ravel()],
    "labels": [int(x) for x in labels], "ent_weight": ENT, "l2_weight": L2, "learning_rate": RATE, "before": before, "after": tensors(), "steps": steps,
}))
