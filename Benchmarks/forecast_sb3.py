#!/usr/bin/env python3
"""Trains Stable-Baselines3's PPO on arrays of the forecast study and prints the action mix it reaches, to stand beside forecast and own training.

    .build/release/assay-bench forecast-study arrays FOLDER 13 21 ...
    python Benchmarks/forecast_sb3.py FOLDER 13 21 ... --steps 245760

Needs stable-baselines3 (2.9.2 here), torch, numpy. Same market, episodes of the same length from random bars, same settings: 8 environments,
512 steps, batch 64, 10 epochs, 64 x 64 tanh, 3e-4. One line a design goes to FOLDER/sb3.csv: id, steps, seconds, then HOLD, LONG, SHORT by regime.
"""
import argparse
import time

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("designs", type=int, nargs="+")
parser.add_argument("--steps", type=int, default=245_760)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
torch.set_num_threads(1)
ENVIRONMENTS = 8


class Market(VecEnv):
    """Eight agents on one table of features and pay; episodes begin at random bars and are truncated after `length` bars."""

    def __init__(self, features, pay, length, seed):
        self.features, self.pay, self.length = features, pay, length
        self.random = np.random.default_rng(seed)
        box = gymnasium.spaces.Box(-np.inf, np.inf, (features.shape[1],), np.float32)
        super().__init__(ENVIRONMENTS, box, gymnasium.spaces.Discrete(pay.shape[1]))

    def starts(self, count):
        return self.random.integers(0, len(self.features) - self.length, count)

    def reset(self):
        self.bar, self.age = self.starts(ENVIRONMENTS), np.zeros(ENVIRONMENTS, int)
        return self.features[self.bar]

    def step_async(self, actions):
        self.actions = actions

    def step_wait(self):
        rewards = self.pay[self.bar, self.actions]
        self.bar, self.age = self.bar + 1, self.age + 1
        over = self.age >= self.length
        infos = [{} for _ in range(ENVIRONMENTS)]
        for n in np.flatnonzero(over):
            infos[n] = {"terminal_observation": self.features[self.bar[n]], "TimeLimit.truncated": True}
        self.bar[over], self.age[over] = self.starts(int(over.sum())), 0
        return self.features[self.bar], rewards, over, infos

    def env_method(self, name, *arguments, indices=None, **named):
        return [None] * ENVIRONMENTS

    def get_attr(self, name, indices=None):
        return [getattr(self, name, None)] * ENVIRONMENTS

    def set_attr(self, name, value, indices=None): ...
    def env_is_wrapped(self, wrapper, indices=None): return [False] * ENVIRONMENTS
    def close(self): ...


for design in options.designs:
    base = f"{options.folder}/arrays-{design}"
    rows, columns, gamma, ent_coef, length = open(base + ".txt").read().split()
    features = np.fromfile(base + ".features", "<f4").reshape(int(rows), int(columns))
    pay = np.fromfile(base + ".pay", "<f4").reshape(int(rows), 3)
    regimes = np.fromfile(base + ".regimes", np.uint8)
    started = time.perf_counter()
    model = PPO(
        "MlpPolicy", Market(features, pay, int(length), options.seed), n_steps=512, batch_size=64, n_epochs=10, learning_rate=3e-4, gamma=float(gamma),
        gae_lambda=0.95, ent_coef=float(ent_coef), seed=options.seed, device="cpu", policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}})
    model.learn(options.steps)
    seconds = time.perf_counter() - started
    with torch.no_grad():
        chances = model.policy.get_distribution(torch.from_numpy(features)).distribution.probs.numpy()
    cells = [f"{chances[regimes == g].mean(axis=0)[a]:.4f}" for g in range(4) for a in range(3)]
    line = ",".join([str(design), str(model.num_timesteps), f"{seconds:.1f}"] + cells)
    print(line, flush=True)
    with open(options.folder + "/sb3.csv", "a") as file:
        file.write(line + "\n")
