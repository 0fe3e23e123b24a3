#!/usr/bin/env python3
"""Times PPO as one jitted JAX program on the processor: 8 environments, 512 steps, batch 64, 10 epochs, 64 x 64, 44 features, 3 actions.

    python Benchmarks/ppo_jax.py                      # needs jax
    python Benchmarks/ppo_jax.py --rollout table --json

The counterpart is `assay-bench ppo`: the same sizes, the same kind of market. Several updates (roll-out, advantages, 640 minibatches with Adam and
a clipped global norm) are one call, nothing leaves the compiled program in between. `--rollout scan` asks the policy step after step, as
PPO does in general; `--rollout table` asks it about all 4,096 observations at once, which a market that the agent cannot move
allows, and which Assay does. Compilation and the first call are not timed.
"""
import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--rollout", choices=["scan", "table"], default="scan")
parser.add_argument("--updates", type=int, default=20, help="updates in one call")
parser.add_argument("--calls", type=int, default=5, help="calls timed; the best counts")
parser.add_argument("--json", action="store_true")
options = parser.parse_args()
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
from jax import lax

BARS, FEATURES, ACTIONS, N, STEPS, BATCH, EPOCHS = 26_100, 44, 3, 8, 512, 64, 10
GAMMA, LAMBDA, CLIP, ENTROPY, VALUE, RATE, NORM = 0.99, 0.95, 0.2, 0.05, 0.5, 3e-4, 0.5
COUNT = N * STEPS


def orthogonal(key, inputs, outputs, gain):
    return jax.nn.initializers.orthogonal(gain)(key, (inputs, outputs)), jnp.zeros(outputs)


def perceptron(key, outputs, gain):
    keys = jax.random.split(key, 3)
    return [orthogonal(keys[0], FEATURES, 64, 2**0.5), orthogonal(keys[1], 64, 64, 2**0.5), orthogonal(keys[2], 64, outputs, gain)]


def apply(layers, x):
    for w, b in layers[:-1]:
        x = jnp.tanh(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def log_policy(parameters, x, mask):
    return jax.nn.log_softmax(jnp.where(mask, apply(parameters["actor"], x), -1e8))


def value(parameters, x):
    return apply(parameters["critic"], x)[:, 0]


def pick(logs, actions):
    return jnp.take_along_axis(logs, actions[:, None], 1)[:, 0]


def loss(parameters, batch):
    advantage = (batch["advantage"] - batch["advantage"].mean()) / (batch["advantage"].std(ddof=1) + 1e-8)
    logs = log_policy(parameters, batch["x"], batch["mask"])
    ratio = jnp.exp(pick(logs, batch["action"]) - batch["log"])
    gain = jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - CLIP, 1 + CLIP) * advantage).mean()
    entropy = -(jnp.exp(logs) * logs).sum(1).mean()
    error = ((value(parameters, batch["x"]) - batch["return"]) ** 2).mean()
    return -gain - ENTROPY * entropy + VALUE * error


def adam(parameters, gradient, first, second, count):
    norm = jnp.sqrt(sum((g**2).sum() for g in jax.tree.leaves(gradient)))
    scale = jnp.minimum(1, NORM / (norm + 1e-6))
    gradient = jax.tree.map(lambda g: g * scale, gradient)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    size, root = RATE / (1 - 0.9**count), jnp.sqrt(1 - 0.999**count)
    return jax.tree.map(lambda p, m, v: p - size * m / (jnp.sqrt(v) / root + 1e-5), parameters, first, second), first, second


def roll_out(parameters, position, key, table, rewards, masks):
    if options.rollout == "table":
        rows = ((position[None, :] + jnp.arange(STEPS)[:, None]) % BARS).ravel()
        x, mask = table[rows], masks[rows]
        logs = log_policy(parameters, x, mask)
        action = jax.random.categorical(key, logs)
        out = {"x": x, "mask": mask, "action": action, "log": pick(logs, action), "value": value(parameters, x), "reward": rewards[rows, action]}
        return (position + STEPS) % BARS, jax.tree.map(lambda a: a.reshape((STEPS, N) + a.shape[1:]), out)

    def step(position, key):
        x, mask = table[position], masks[position]
        logs = log_policy(parameters, x, mask)
        action = jax.random.categorical(key, logs)
        return (position + 1) % BARS, {
            "x": x, "mask": mask, "action": action, "log": pick(logs, action), "value": value(parameters, x), "reward": rewards[position, action]}

    return lax.scan(step, position, jax.random.split(key, STEPS))


def update(state, _, table, rewards, masks):
    parameters, first, second, count, position, key = state
    key, acting, shuffling = jax.random.split(key, 3)
    position, rollout = roll_out(parameters, position, acting, table, rewards, masks)

    def back(carry, row):
        advantage, following = carry
        advantage = row["reward"] + GAMMA * following - row["value"] + GAMMA * LAMBDA * advantage
        return (advantage, row["value"]), advantage

    _, advantage = lax.scan(back, (jnp.zeros(N), value(parameters, table[position])), {k: rollout[k] for k in ("reward", "value")}, reverse=True)
    flat = {k: rollout[k].reshape((COUNT,) + rollout[k].shape[2:]) for k in ("x", "mask", "action", "log")}
    flat["advantage"] = advantage.ravel()
    flat["return"] = flat["advantage"] + rollout["value"].ravel()

    def minibatch(carry, rows):
        parameters, first, second, count = carry
        batch = jax.tree.map(lambda a: a[rows], flat)
        parameters, first, second = adam(parameters, jax.grad(loss)(parameters, batch), first, second, count + 1)
        return (parameters, first, second, count + 1), None

    def epoch(carry, key):
        return lax.scan(minibatch, carry, jax.random.permutation(key, COUNT).reshape(-1, BATCH))

    carry, _ = lax.scan(epoch, (parameters, first, second, count), jax.random.split(shuffling, EPOCHS))
    return (*carry, position, key), rollout["reward"].mean()


@jax.jit
def train(state, table, rewards, masks):
    return lax.scan(lambda s, i: update(s, i, table, rewards, masks), state, None, options.updates)


keys = jax.random.split(jax.random.key(1), 5)
table, rewards = jax.random.normal(keys[0], (BARS, FEATURES)), jax.random.normal(keys[1], (BARS, ACTIONS))
masks = jnp.ones((BARS, ACTIONS), dtype=bool)
parameters = {"actor": perceptron(keys[2], ACTIONS, 0.01), "critic": perceptron(keys[3], 1, 1.0)}
zeros = jax.tree.map(jnp.zeros_like, parameters)
state = (parameters, zeros, zeros, jnp.float32(0), jnp.arange(N) * BARS // N, keys[4])
start = time.perf_counter()
state, reward = jax.block_until_ready(train(state, table, rewards, masks))
compiled = time.perf_counter() - start
best = float("inf")
for _ in range(options.calls):
    start = time.perf_counter()
    state, reward = jax.block_until_ready(train(state, table, rewards, masks))
    best = min(best, time.perf_counter() - start)
rate = options.updates * COUNT / best
# It learns: the mean reward of a policy that knows nothing is 0, and memorising the table pays.
if options.json:
    print(json.dumps({"jax": jax.__version__, "rollout": options.rollout, "steps_per_second": rate, "mean_reward": float(reward[-1])}))
else:
    print(f"jax {jax.__version__}, roll-out by {options.rollout}: {rate:.0f} steps/s (best of {options.calls}; first call with compilation {compiled:.1f} s; mean reward {float(reward[-1]):+.3f})")
