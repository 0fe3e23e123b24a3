#!/usr/bin/env python3
"""Times sb3-contrib's MaskablePPO on a table of features: 8 environments, 512 steps, batch 64, 10 epochs, 64 x 64, 44 features, 3 actions.

    python Benchmarks/ppo_sb3.py                    # needs sb3-contrib and stable-baselines3 (2.9.2 here), torch, numpy
    python Benchmarks/ppo_sb3.py --threads 1 --json

The counterpart is `assay-bench ppo`: the same sizes, the same kind of market, whose reward is one number a bar and action. The environment is
one NumPy object for all eight, so that what is timed is the learner. Roll-outs and updates are timed together, from the second one on.
"""
import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=0, help="torch's threads; 0 leaves its default")
parser.add_argument("--updates", type=int, default=4, help="updates timed, 512 steps of each environment")
parser.add_argument("--environments", type=int, default=8, help="agents; an update is 512 steps of each")
parser.add_argument("--json", action="store_true")
options = parser.parse_args()
if options.threads:
    os.environ["OMP_NUM_THREADS"] = str(options.threads)

import gymnasium
import numpy as np
import sb3_contrib
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

BARS, FEATURES, ACTIONS, ENVIRONMENTS, STEPS = 26_100, 44, 3, options.environments, 512
if options.threads:
    torch.set_num_threads(options.threads)


class TableMarket(VecEnv):
    """Eight agents walking through one table of features; the reward is looked up by bar and action."""

    def __init__(self):
        box = gymnasium.spaces.Box(-np.inf, np.inf, (FEATURES,), np.float32)
        random = np.random.default_rng(1)
        self.table = random.standard_normal((BARS, FEATURES), dtype=np.float32)
        self.rewards = random.standard_normal((BARS, ACTIONS), dtype=np.float32)
        self.masks = list(np.ones((ENVIRONMENTS, ACTIONS), dtype=bool))
        self.never = np.zeros(ENVIRONMENTS, dtype=bool)
        self.infos = [{} for _ in range(ENVIRONMENTS)]
        super().__init__(ENVIRONMENTS, box, gymnasium.spaces.Discrete(ACTIONS))

    def reset(self):
        self.position = np.arange(ENVIRONMENTS) * BARS // ENVIRONMENTS
        return self.table[self.position]

    def step_async(self, actions):
        self.actions = actions

    def step_wait(self):
        reward = self.rewards[self.position, self.actions]
        self.position = (self.position + 1) % BARS
        return self.table[self.position], reward, self.never, self.infos

    def env_method(self, name, *arguments, indices=None, **named):
        return self.masks

    def get_attr(self, name, indices=None):
        return [getattr(self, name, None)] * ENVIRONMENTS

    def has_attr(self, name):
        return name == "action_masks"

    def set_attr(self, name, value, indices=None): ...
    def env_is_wrapped(self, wrapper, indices=None): return [False] * ENVIRONMENTS
    def close(self): ...


class Clock(BaseCallback):
    """When each roll-out began."""

    def __init__(self):
        super().__init__()
        self.starts = []

    def _on_rollout_start(self):
        self.starts.append(time.perf_counter())

    def _on_step(self):
        return True


clock = Clock()
model = MaskablePPO(
    "MlpPolicy", TableMarket(), n_steps=STEPS, batch_size=64, n_epochs=10, gamma=0.99, gae_lambda=0.95, learning_rate=3e-4, ent_coef=0.05, seed=1,
    device="cpu", policy_kwargs={"net_arch": {"pi": [64, 64], "vf": [64, 64]}})
model.learn(ENVIRONMENTS * STEPS * (options.updates + 1), callback=clock)
clock.starts.append(time.perf_counter())
seconds = clock.starts[-1] - clock.starts[1]
rate = ENVIRONMENTS * STEPS * options.updates / seconds
if options.json:
    print(json.dumps({"sb3_contrib": sb3_contrib.__version__, "torch": torch.__version__, "threads": torch.get_num_threads(), "steps_per_second": rate}))
else:
    print(f"sb3-contrib {sb3_contrib.__version__}, torch {torch.__version__}, {torch.get_num_threads()} threads: {rate:.0f} steps/s ({options.updates} updates in {seconds:.1f} s)")
