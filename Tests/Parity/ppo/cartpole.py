"""Recorded run of Stable-Baselines3's PPO on CartPole-v1, with the settings that LearningTests uses: five seeds, 100,000 steps.

    venv/bin/python cartpole.py > cartpole.json      (same environment as generate.py, plus gymnasium[classic-control])
"""
import json
import sys

import gymnasium
import stable_baselines3
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

torch.set_num_threads(1)
settings = dict(n_steps=32, batch_size=256, n_epochs=20, gae_lambda=0.8, gamma=0.98, ent_coef=0.0)
results = []
for seed in range(1, 6):
    env = make_vec_env("CartPole-v1", n_envs=8, seed=seed)
    model = PPO("MlpPolicy", env, learning_rate=lambda p: 1e-3 * p, clip_range=lambda p: 0.2 * p, seed=seed, device="cpu", **settings)
    model.learn(100_000)
    last = [e["r"] for e in model.ep_info_buffer]
    mean, _ = evaluate_policy(model, make_vec_env("CartPole-v1", n_envs=8, seed=100 + seed), n_eval_episodes=40, deterministic=True)
    results.append({"seed": seed, "sampled_last_100": float(sum(last) / len(last)), "deterministic_40": float(mean)})
json.dump(
    {
        "provenance": {"stable_baselines3": stable_baselines3.__version__, "gymnasium": gymnasium.__version__, "torch": torch.__version__, "command": "python cartpole.py > cartpole.json"},
        "settings": {**settings, "n_envs": 8, "learning_rate": "linear 0.001", "clip_range": "linear 0.2", "total_timesteps": 100_000}, "results": results,
    },
    sys.stdout, indent=1)
