#!/usr/bin/env python3
"""Demonstrations recorded by Assay, in Python: as numpy arrays, and as the trajectories of the imitation package.

    python scripts/demonstrations.py demos/                       what the folder holds
    python scripts/demonstrations.py demos/ --check               imitation reads the same from demos/trajectories.npz
    python scripts/demonstrations.py demos/ --save trajectories/  as imitation's current format (a Hugging Face dataset)
    python scripts/demonstrations.py demos/ --train --json        imitation's behaviour cloning on them, with its held-out accuracy and samples/s

The first needs numpy alone; the others imitation (1.0.1 here, with stable-baselines3 2.2.1 and gymnasium 0.29.1). `load` and `trajectories` below are
what to copy into a program of your own. Exit code 1 when --check finds a difference.
"""
import argparse
import dataclasses
import json
import pathlib
import sys
import time
import warnings

import numpy as np


def load(folder):
    """Every column of the folder as a numpy array, the observations laid out step by step, and the manifest.

    observations [sum of (T + 1), F], actions, labels, rewards, regimes, script_states, flags [sum of T], masks [sum of T, A] as booleans,
    starts [E + 1]: the first step of each episode, and the number of steps.
    """
    folder = pathlib.Path(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    columns = {name: np.load(folder / f"{name}.npy") for name in manifest["files"]}
    if "observation_rows" in columns:
        columns["observations"] = columns["observations"][columns.pop("observation_rows")]
    if "own_observations" in columns:
        columns["observations"] = np.hstack([columns["observations"], columns.pop("own_observations")])
    bits = np.arange(len(manifest["action_names"]), dtype=np.uint32)
    columns["masks"] = (columns["masks"][:, None] >> bits & 1).astype(bool)
    columns["starts"] = np.concatenate([[0], np.cumsum(columns["episode_lengths"])])
    return columns, manifest


def trajectories(folder):
    """The episodes as imitation's TrajectoryWithRew. Their actions are the labels: what the teacher's script wanted."""
    from imitation.data.types import TrajectoryWithRew

    columns, _ = load(folder)
    starts, episodes = columns["starts"], []
    for k, (first, end) in enumerate(zip(starts[:-1], starts[1:])):
        # Every episode before this one has one observation more than it has steps.
        observations = columns["observations"][first + k : end + k + 1]
        episodes.append(TrajectoryWithRew(observations, columns["labels"][first:end].astype(np.int64), None, bool(columns["endings"][k] == 1), columns["rewards"][first:end]))
    return episodes


def check(folder):
    """Compares trajectories.npz, as imitation loads it, with the folder's columns."""
    from imitation.data import serialize

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = serialize.load_with_rewards(str(pathlib.Path(folder) / "trajectories.npz"))
    expected = trajectories(folder)
    if len(found) != len(expected):
        return f"imitation reads {len(found)} episodes, the folder has {len(expected)}"
    for k, (a, b) in enumerate(zip(found, expected)):
        for part in ("obs", "acts", "rews", "terminal"):
            if not np.array_equal(getattr(a, part), getattr(b, part)):
                return f"episode {k}: '{part}' differs"
    print(f"imitation reads the {len(found)} episodes as they were recorded")
    return None


def train(folder, epochs, seed, threads, held_out):
    """imitation's behaviour cloning, with its defaults, on the episodes that are not held out. Returns what it reached."""
    import gymnasium
    import torch
    from imitation.algorithms import bc
    from imitation.data import rollout
    from imitation.policies.base import FeedForward32Policy
    from imitation.util import logger

    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    columns, manifest = load(folder)
    episodes = trajectories(folder)
    # The same episodes that Assay holds out: the last ones, as many as reach the share of the steps.
    first = held_out_from(columns["episode_lengths"], held_out)
    learned, kept = (rollout.flatten_trajectories(part) for part in (episodes[:first], episodes[first:]))
    # As Assay does: where episodes share a market, steps on bars that a held-out episode crosses too are not learned from.
    rows = decision_rows(folder, columns)
    if rows is not None:
        split = int(columns["starts"][first])
        fresh = ~np.isin(rows[:split], rows[split:])
        learned = dataclasses.replace(learned, **{part.name: getattr(learned, part.name)[fresh] for part in dataclasses.fields(learned)})
    space = gymnasium.spaces.Box(-np.inf, np.inf, (len(manifest["observation_names"]),), np.float32)
    actions = gymnasium.spaces.Discrete(len(manifest["action_names"]))
    policy = FeedForward32Policy(observation_space=space, action_space=actions, lr_schedule=lambda _: 1e-3)
    if widths:
        from stable_baselines3.common.policies import ActorCriticPolicy

        policy = ActorCriticPolicy(space, actions, lambda _: 1e-3, net_arch=list(widths))
    trainer = bc.BC(
        observation_space=space, action_space=actions, rng=np.random.default_rng(seed), demonstrations=learned, policy=policy, device="cpu",
        custom_logger=logger.configure(format_strs=[]))
    start = time.perf_counter()
    trainer.train(n_epochs=epochs, progress_bar=False, log_interval=10**9)
    seconds = time.perf_counter() - start

    def accuracy(part):
        right = 0
        with torch.no_grad():
            for i in range(0, len(part.obs), 65536):
                logits = policy.get_distribution(torch.as_tensor(part.obs[i : i + 65536])).distribution.logits
                right += int((logits.argmax(1).numpy() == part.acts[i : i + 65536]).sum())
        return right / len(part.obs)

    return {
        "train_accuracy": accuracy(learned), "heldout_accuracy": accuracy(kept), "epochs": epochs, "seconds": seconds, "threads": threads,
        "samples_per_second": epochs * (len(learned.obs) // 32 * 32) / seconds,
    }


def decision_rows(folder, columns):
    """The row of the shared table that each decision saw, [sum of T]; None where every episode brings its own observations."""
    path = pathlib.Path(folder) / "observation_rows.npy"
    if not path.exists() or path.with_name("own_observations.npy").exists():
        return None
    rows, starts = np.load(path), columns["starts"]
    return np.concatenate([rows[a + k : b + k] for k, (a, b) in enumerate(zip(starts[:-1], starts[1:]))])


def held_out_from(lengths, share):
    """The first held-out episode: the last episodes that together have at least `share` of the steps, and at least one stays on either side."""
    steps, first = 0, len(lengths)
    while first > 1 and (first == len(lengths) or steps < share * lengths.sum()):
        first -= 1
        steps += lengths[first]
    return first


widths = ()


def main():
    global widths
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--save", metavar="FOLDER")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--held-out", type=float, default=0.2)
    parser.add_argument("--widths", type=int, nargs="*", default=[], help="hidden layers instead of imitation's 32 32")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    widths = tuple(options.widths)
    if options.check:
        fault = check(options.folder)
        if fault:
            print(fault, file=sys.stderr)
            return 1
    elif options.save:
        from imitation.data import serialize

        serialize.save(options.save, trajectories(options.folder))
        print(f"{options.save}: load it with imitation.data.serialize.load")
    elif options.train:
        result = train(options.folder, options.epochs, options.seed, options.threads, options.held_out)
        print(json.dumps(result) if options.json else "\n".join(f"{key}: {value}" for key, value in result.items()))
    else:
        columns, manifest = load(options.folder)
        print(f"{manifest['episodes']} episodes, {manifest['steps']} steps, {len(manifest['observation_names'])} observations")
        for name, values in columns.items():
            print(f"  {name}: {values.dtype} {values.shape}")
        shares = np.bincount(columns["labels"], minlength=len(manifest["action_names"])) / max(1, manifest["steps"])
        print("  labels: " + ", ".join(f"{name} {share:.1%}" for name, share in zip(manifest["action_names"], shares)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
