"""Fixture for the PPO update: one recorded roll-out of sb3-contrib's MaskablePPO and what one call of train() makes of it.

    python3 -m venv venv && venv/bin/pip install stable-baselines3==2.9.2 sb3-contrib==2.9.2 numpy
    venv/bin/python generate.py > fixture.json

The versions really used are written into the fixture. Random environment with masks, terminations and truncations; the numbers have no
meaning beyond exercising every branch.
"""
import json
import platform
import sys

import gymnasium as gym
import numpy as np
import sb3_contrib
import stable_baselines3
import torch as th
from sb3_contrib import MaskablePPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

OBS, ACTIONS, ENVS, STEPS = 5, 4, 3, 20


class Random(gym.Env):
    """Rewards and endings from a seeded generator, masks from the observation."""

    observation_space = gym.spaces.Box(-10, 10, (OBS,), np.float32)
    action_space = gym.spaces.Discrete(ACTIONS)

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def observe(self):
        self.obs = self.rng.normal(size=OBS).astype(np.float32)
        return self.obs

    def reset(self, seed=None, options=None):
        return self.observe(), {}

    def action_masks(self):
        mask = self.obs[:ACTIONS] > -0.5
        if not mask.any():
            mask[int(abs(self.obs[4]) * 100) % ACTIONS] = True
        return mask

    def step(self, action):
        reward = float(self.rng.normal() + self.obs[action])
        draw = self.rng.random()
        return self.observe(), reward, draw < 0.08, 0.08 <= draw < 0.16, {}


def case(name, **overrides):
    th.manual_seed(7)
    np.random.seed(7)
    env = DummyVecEnv([lambda i=i: Random(i) for i in range(ENVS)])
    arguments = dict(n_steps=STEPS, batch_size=16, n_epochs=3, learning_rate=3e-3, ent_coef=0.02, gamma=0.97, gae_lambda=0.9, seed=7, device="cpu", policy_kwargs=dict(net_arch=dict(pi=[16, 16], vf=[16, 16])))
    arguments.update(overrides)
    model = MaskablePPO("MlpPolicy", env, **arguments)
    # Weights that differ from the initial ones, so that the heads are not near zero.
    with th.no_grad():
        for p in model.policy.parameters():
            p.add_(0.05 * th.randn_like(p))
    before = {k: v.numpy().copy() for k, v in model.policy.state_dict().items()}
    orders = []
    shuffle = np.random.permutation

    def recorded(n):
        order = shuffle(n)
        orders.append(order.tolist())
        return order

    model._setup_learn(10_000, None)
    model._current_progress_remaining = 0.75
    truncated = []
    step = env.step_wait

    def watched():
        result = step()
        truncated.append([bool(d and i.get("TimeLimit.truncated", False)) for d, i in zip(result[2], result[3])])
        return result

    env.step_wait = watched
    model.collect_rollouts(model.env, model._last_callback if hasattr(model, "_last_callback") else _callback(model), model.rollout_buffer, STEPS)
    buffer = model.rollout_buffer
    recorded_rollout = {
        "observations": buffer.observations.tolist(), "actions": buffer.actions.reshape(STEPS, ENVS).astype(int).tolist(),
        "masks": buffer.action_masks.reshape(STEPS, ENVS, ACTIONS).astype(int).tolist(), "rewards": buffer.rewards.tolist(),
        "values": buffer.values.tolist(), "log_probs": buffer.log_probs.tolist(), "episode_starts": buffer.episode_starts.astype(int).tolist(),
        "advantages": buffer.advantages.tolist(), "returns": buffer.returns.tolist(), "dones_last": model._last_episode_starts.astype(int).tolist(),
        "truncated": truncated,
    }
    with th.no_grad():
        last = model.policy.predict_values(th.as_tensor(model._last_obs)).numpy().ravel().tolist()
    recorded_rollout["last_values"] = last
    np.random.permutation = recorded
    model.train()
    np.random.permutation = shuffle
    log = {k: float(v) for k, v in model.logger.name_to_value.items() if k.startswith("train/")}
    after = {k: v.numpy() for k, v in model.policy.state_dict().items()}
    return {
        "name": name, "settings": {k: v for k, v in arguments.items() if k not in ("device", "policy_kwargs")}, "before": flat(before), "rollout": recorded_rollout,
        "permutations": orders, "log": log, "after": flat(after),
    }


def _callback(model):
    from stable_baselines3.common.callbacks import CallbackList

    callback = CallbackList([])
    callback.init_callback(model)
    callback.on_training_start({}, {})
    return callback


def flat(state):
    return {k: {"shape": list(v.shape), "values": np.asarray(v, np.float32).ravel().tolist()} for k, v in state.items()}


def normalise():
    """VecNormalize on a scripted sequence: observations, rewards, endings."""
    rng = np.random.default_rng(3)

    class Scripted(gym.Env):
        observation_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
        action_space = gym.spaces.Discrete(2)

        def __init__(self, k):
            self.rng = np.random.default_rng(100 + k)

        def reset(self, seed=None, options=None):
            return self.rng.normal(3, 2, 2).astype(np.float32), {}

        def step(self, action):
            return self.rng.normal(3, 2, 2).astype(np.float32), float(self.rng.normal(1, 5)), self.rng.random() < 0.1, False, {}

    env = VecNormalize(DummyVecEnv([lambda k=k: Scripted(k) for k in range(2)]), gamma=0.95)
    seen = [env.reset().tolist()]
    raw = [env.get_original_obs().tolist()]
    rewards, originals, dones = [], [], []
    for _ in range(40):
        obs, reward, done, _ = env.step(np.zeros(2, int))
        seen.append(obs.tolist())
        raw.append(env.get_original_obs().tolist())
        rewards.append(reward.tolist())
        originals.append(env.get_original_reward().tolist())
        dones.append(done.astype(int).tolist())
    return {"gamma": 0.95, "raw_observations": raw, "observations": seen, "raw_rewards": originals, "rewards": rewards, "dones": dones}


json.dump(
    {
        "provenance": {
            "stable_baselines3": stable_baselines3.__version__, "sb3_contrib": sb3_contrib.__version__, "torch": th.__version__,
            "numpy": np.__version__, "python": platform.python_version(), "command": "python generate.py > fixture.json", "seed": 7,
        },
        "cases": [
            case("defaults"), case("value clipping", clip_range_vf=0.1), case("small clip range", clip_range=0.05, ent_coef=0.0),
            case("target KL", target_kl=0.002, n_epochs=6), case("raw advantages", normalize_advantage=False, max_grad_norm=10.0),
        ],
        "normalise": normalise(),
    },
    sys.stdout)
