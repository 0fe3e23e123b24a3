"""Trains small policies, exports them with `assay export`, runs the ONNX models in onnxruntime and compares with Assay's own decisions.

Writes check_export.json: the largest differences over all bars of the test split. Policies: a perceptron, one with batch normalisation, one that
observes under running statistics, and two small Transformers, whose windows are cut here from the exported bars. Raw features go in, so that the
normalisations inside the model are checked. Then the masks: a forbidden action must have probability 0 and the rest must be renormalised.
Needs: numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1 and a built .build/release/assay.  Run: python Tests/Parity/onnx/check_export.py
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent.parent
ASSAY = ROOT / ".build" / "release" / "assay"
SMALL = ["policy.context=20", "policy.width=32", "policy.layers=2", "policy.heads=4", "policy.feed_forward=64", "policy.head_hidden=32", "steps=16384"]
CASES = {
    "mlp": ("btc-s3-mlp", []), "batchnorm": ("btc-s3-mlp", ["policy.batch_norm=true"]), "running-statistics": ("btc-s3-mlp", ["normalize.observations=true"]),
    "transformer": ("btc-s3", SMALL), "transformer-sinusoidal": ("btc-s3", [*SMALL, "policy.positions=sinusoidal", "policy.layers=1"]),
}
REGIMES = ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"]
LIMIT = 1e-5


def assay(*arguments):
    subprocess.run([ASSAY, *map(str, arguments)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def read(path, names, context):
    """Inputs of the model without the mask, and Assay's probabilities and values, of every bar that has a whole window in the file."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    features = [n for n in names if not n.startswith("regime_")]
    raw = np.array([[float(row[n] or "nan") for n in features] for row in rows], dtype=np.float32)
    regime = np.array([REGIMES.index(row["regime"]) for row in rows])
    probabilities = np.array([[float(row[c]) for c in row if c.startswith("probability_")] for row in rows])
    values = np.array([float(row["value"]) for row in rows])
    if context == 1:
        flags = np.eye(len(REGIMES), dtype=np.float32)[regime][:, : len(names) - len(features)]
        return {"obs": np.hstack([raw, flags])}, probabilities, values
    windows = np.lib.stride_tricks.sliding_window_view(raw, context, axis=0).transpose(0, 2, 1)
    return {"obs": np.ascontiguousarray(windows), "regime": regime[context - 1:]}, probabilities[context - 1:], values[context - 1:]


def check(name, experiment, settings, folder):
    run = folder / name
    sets = [part for setting in settings for part in ("--set", setting)]
    steps = [] if any(s.startswith("steps=") for s in settings) else ["--steps", 81_920]
    assay("train", f"experiments/{experiment}.yaml", "--bars", "synthetic:btc-hourly", "--seed", 1, "--out", run, "--quiet", *steps, *sets)
    assay("export", run, "--format", "onnx", "--out", folder / f"{name}.onnx", "--quiet")
    assay("export", run, "--format", "csv", "--split", "test", "--out", folder / f"{name}.csv", "--quiet")
    model = onnx.load(folder / f"{name}.onnx")
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    notes = session.get_modelmeta().custom_metadata_map
    inputs, probabilities, values = read(folder / f"{name}.csv", json.loads(notes["observation_names"]), int(notes["context"]))
    x = inputs["obs"]
    everything = np.ones_like(probabilities, dtype=bool)
    found, action, value = session.run(["probabilities", "action", "value"], {**inputs, "action_mask": everything})
    # Two of three allowed: zero where not, the others in proportion.
    mask = everything.copy()
    mask[np.arange(len(x)), np.arange(len(x)) % 3] = False
    masked, = session.run(["probabilities"], {**inputs, "action_mask": mask})
    assert (masked[~mask] == 0).all()
    expected = probabilities * mask / (probabilities * mask).sum(1, keepdims=True)
    # A missing feature counts as its mean.
    holes, means = x.copy(), x.copy()
    holes[::7, ..., 3] = np.nan
    means[::7, ..., 3] = json.loads(notes["observation_standardization"])["mean"][3]
    with_holes, = session.run(["probabilities"], {**inputs, "obs": holes, "action_mask": everything})
    with_means, = session.run(["probabilities"], {**inputs, "obs": means, "action_mask": everything})
    top = np.sort(probabilities, 1)
    clear = top[:, 2] - top[:, 1] > LIMIT
    result = {
        "bars": len(x), "actions": json.loads(notes["actions"]), "reward_sha256": notes["reward_sha256"],
        "largest_difference": {
            "probabilities": float(np.abs(found - probabilities).max()), "masked_probabilities": float(np.abs(masked - expected).max()),
            "missing_features": float(np.abs(with_holes - with_means).max()), "values": float(np.abs(value - values).max()),
        },
        "probability_range": [float(probabilities.min()), float(probabilities.max())],
        "same_best_action": bool((action == probabilities.argmax(1))[clear].all()),
    }
    worst = max(result["largest_difference"][k] for k in ("probabilities", "masked_probabilities", "missing_features"))
    print(f"{name}: {len(x)} bars, largest differences {result['largest_difference']}")
    return result, worst <= LIMIT and result["same_best_action"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        checked = {name: check(name, *case, pathlib.Path(folder)) for name, case in CASES.items()}
    versions = {"numpy": np.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    record = {"command": "python Tests/Parity/onnx/check_export.py", "versions": versions, "limit": LIMIT, "policies": {k: v[0] for k, v in checked.items()}}
    (HERE / "check_export.json").write_text(json.dumps(record, indent=1) + "\n")
    return 0 if all(isGood for _, isGood in checked.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
