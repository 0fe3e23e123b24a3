#!/usr/bin/env python3
"""Loads a policy that Assay trained into a Stable-Baselines3 model, and shows that it takes the same decisions.

    assay export runs/NAME --format safetensors --out weights.safetensors
    assay export runs/NAME --format csv --split test --out decisions.csv
    python scripts/load_in_sb3.py weights.safetensors decisions.csv

Needs stable-baselines3 and sb3-contrib (2.9.2 here), safetensors, numpy. A run's own policy.safetensors serves as well, with the
normalizer.safetensors beside it. `load` below is what to copy into a program of your own. Exit code 1 when the probabilities differ by more than 1e-5.
"""
import argparse
import csv
import json
import pathlib
import sys

import gymnasium
import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO

REGIMES = ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"]
ACTIONS = ["HOLD", "LONG", "SHORT"]


class Blank(gymnasium.Env):
    """Spaces of the right size: a model needs an environment to be built."""

    def __init__(self, observations):
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (observations,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(len(ACTIONS))

    def reset(self, seed=None, options=None):
        return np.zeros(self.observation_space.shape, np.float32), {}

    def step(self, action):
        return self.reset()[0], 0.0, False, True, {}

    def action_masks(self):
        return np.ones(len(ACTIONS), bool)


def load(algorithm, weights):
    """A model of `algorithm` (PPO or MaskablePPO) with the weights of a safetensors file; every key must match."""
    tensors = load_file(weights)
    if any(name.endswith("running_mean") for name in tensors):
        sys.exit(f"{weights}: its networks have batch normalisation, which Stable-Baselines3's MlpPolicy has not; use the ONNX export")
    if "action_net.weight" not in tensors:
        sys.exit(f"{weights}: no perceptron of Stable-Baselines3's form")

    def widths(part):
        found = sorted((int(name.split(".")[2]), len(values)) for name, values in tensors.items() if name.startswith(part) and name.endswith("bias"))
        return [width for _, width in found]

    layers = {"pi": widths("mlp_extractor.policy_net"), "vf": widths("mlp_extractor.value_net")}
    first = tensors["mlp_extractor.policy_net.0.weight" if layers["pi"] else "action_net.weight"]
    model = algorithm("MlpPolicy", Blank(first.shape[1]), policy_kwargs={"net_arch": layers}, device="cpu")
    model.policy.load_state_dict(tensors, strict=True)
    return model


def preparation(weights):
    """What Assay does to raw features before its network sees them: names of the observations, and a function."""
    with safe_open(weights, framework="numpy") as file:
        notes = file.metadata()
    if "observation_standardization" in notes:
        names, scales = json.loads(notes["observation_names"]), json.loads(notes["observation_standardization"])
        mean, deviation, limit = np.array(scales["mean"]), np.array(scales["deviation"]), scales["limit"]
    else:
        with safe_open(pathlib.Path(weights).with_name("normalizer.safetensors"), framework="numpy") as file:
            names, limit = file.metadata()["observation"].split(","), float(file.metadata()["limit"])
            others = len(names) - len(file.get_tensor("mean"))
            mean, deviation = np.append(file.get_tensor("mean"), np.zeros(others)), np.append(file.get_tensor("deviation"), np.ones(others))
    running = json.loads(notes["observation_normalizer"]) if "observation_normalizer" in notes else None

    def prepare(raw):
        scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        x = np.clip(np.nan_to_num((raw - mean) * scale, nan=0.0), -limit, limit).astype(np.float32)
        if running:
            x = np.clip((x.astype(np.float64) - running["mean"]) / np.sqrt(np.array(running["variance"]) + running["epsilon"]), -running["limit"], running["limit"])
        return x.astype(np.float32)

    return names, prepare


def read(path, names):
    """Raw observations, probabilities and values of an exported csv."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))

    def cell(row, name):
        if name.startswith("regime_"):
            return float(row["regime"] == name.removeprefix("regime_"))
        return float(row[name]) if row[name] else np.nan

    raw = np.array([[cell(row, name) for name in names] for row in rows])
    return raw, np.array([[float(row["probability_" + a]) for a in ACTIONS] for row in rows]), np.array([float(row["value"]) for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights")
    parser.add_argument("decisions")
    options = parser.parse_args()
    names, prepare = preparation(options.weights)
    raw, probabilities, values = read(options.decisions, names)
    observations = torch.as_tensor(prepare(raw))
    isSame = True
    for algorithm in (PPO, MaskablePPO):
        policy = load(algorithm, options.weights).policy
        with torch.no_grad():
            found = policy.get_distribution(observations).distribution.probs.numpy()
            worth = policy.predict_values(observations).numpy()[:, 0]
        difference, error = np.abs(found - probabilities).max(), np.abs(worth - values).max()
        isSame &= bool(difference <= 1e-5)
        print(f"{algorithm.__name__}: {len(raw)} bars, action probabilities differ by at most {difference:.1e}, values by {error:.1e} (of {np.abs(values).max():.3g})")
    print("same decisions" if isSame else "DIFFERENT decisions: more than 1e-5")
    return 0 if isSame else 1


if __name__ == "__main__":
    sys.exit(main())
