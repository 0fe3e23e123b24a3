"""Fixtures for demonstrations on disk: arrays as numpy saves them, and trajectories as imitation reads them.

    python3 -m venv venv && venv/bin/pip install imitation==1.0.1 stable-baselines3==2.2.1 gymnasium==0.29.1 numpy==2.4.6
    ASSAY_WRITE_DEMONSTRATIONS=/tmp/samples swift test -c release --filter WriteDemonstrations
    venv/bin/python generate.py /tmp/samples

Writes float32.npy, uint8.npy and empty.npy, and copies the trajectories that the package wrote only after imitation has loaded them and every episode
agrees with the folder's own columns. versions.json holds the versions that were really used.
"""
import importlib.metadata
import json
import pathlib
import platform
import shutil
import sys

import numpy as np

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parents[2] / "scripts"))
import demonstrations  # noqa: E402

np.save(here / "float32.npy", np.arange(6, dtype="<f4").reshape(2, 3))
np.save(here / "uint8.npy", np.arange(5, dtype="u1"))
np.save(here / "empty.npy", np.zeros(0, dtype="<i8"))
for name in ("own", "table", "beside"):
    folder = pathlib.Path(sys.argv[1]) / name
    fault = demonstrations.check(folder)
    if fault:
        sys.exit(f"{folder}: {fault}")
    shutil.copy(folder / "trajectories.npz", here / f"sample-{name}.npz")
versions = {package: importlib.metadata.version(package) for package in ("imitation", "stable-baselines3", "gymnasium", "numpy")}
(here / "versions.json").write_text(json.dumps({"python": platform.python_version(), **versions, "command": "python generate.py SAMPLES"}, indent=2) + "\n")
