"""Fixtures for the run folder's formats, written by the packages that read them elsewhere; into the folder of this file.

Needs (Python 3.11): numpy==2.4.6 safetensors==0.8.0 stable-baselines3==2.9.2 gymnasium==1.4.0 pandas==3.1.1 matplotlib tensorboard==2.21.0
torch (any 2.8 or later: Stable-Baselines3 imports it).
Run: PYTHONHASHSEED=0 python Tests/Parity/records/generate.py   (the seed fixes the order of Stable-Baselines3's columns)
"""
import json
import math
import pathlib
import random
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent
SEED = 11
WALL_TIME = 1_700_000_000.25


def safetensors_files():
    """Two files: one whose bytes ours must equal (at most one metadata key: the order of several is arbitrary there), one only to be read."""
    from safetensors.numpy import save

    tensors = {
        "mlp_extractor.policy_net.0.weight": np.arange(12, dtype=np.float32).reshape(3, 4) / 7,
        "action_net.bias": np.array([-0.0, np.inf, 1e-38], dtype=np.float32),
        "moments": np.linspace(-1, 1, 5),
        "steps": np.array([1, -(2**62)], dtype=np.int64),
        "random": np.array([2**64 - 1, 3], dtype=np.uint64),
        "mask": np.array([[True, False], [False, True]]),
        "bytes": np.array([0, 255, 7], dtype=np.uint8),
        "small": np.array([-5, 6], dtype=np.int32),
        "halves": np.array([1.5, -2.25], dtype=np.float16),
        "complex": np.array([1 + 2j], dtype=np.complex64),
        "signed": np.array([-1], dtype=np.int8), "shorts": np.array([-300], dtype=np.int16),
        "words": np.array([65535], dtype=np.uint16), "longs": np.array([4_000_000_000], dtype=np.uint32),
        "scalar": np.array(2.5, dtype=np.float32),
        "empty": np.zeros((0, 3), dtype=np.float32),
        "quote\" back\\ tab\t é \u0001": np.array([1.0], dtype=np.float32),
    }
    (HERE / "exact.safetensors").write_bytes(save(tensors, {"note": "caf\u00e9 \"x\"\n/"}))
    (HERE / "several.safetensors").write_bytes(save({"a": np.zeros(2, dtype=np.float32)}, {"format": "pt", "steps": "512", "b": ""}))


def python_numbers(rng):
    """[bits in hexadecimal, text] of doubles, of 32-bit floats, and of doubles rounded to six places."""
    doubles = [0.0, -0.0, 1.0, 1e-4, 9.999e-5, 1e-5, 1e15, 1e16, 123456789012345680.0, 9999999999999998.0, 2.0**53, 2.0**54, 2.0**60, 0.1, 1 / 3, 5e-324,
               1.7976931348623157e308, 100.0, 1e22, 1e21, 0.001, 12345.678, math.nan, math.inf, -math.inf, -1.5e-7, 4.35, 2.2250738585072014e-308]
    while len(doubles) < 400:
        value = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
        doubles.append(value if math.isfinite(value) else 0.5)
    doubles += [rng.uniform(-1, 1) * 10 ** rng.randint(-8, 18) for _ in range(400)]
    singles = [np.float32(x) for x in [0, -0.0, 1, 0.1, 1e-4, 1e-5, 1e15, 1e16, 16777216, 33554432, 1e8, 3.4e38, 1e-45, math.nan, math.inf, -math.inf]]
    singles += [np.float32(rng.uniform(-1, 1) * 10 ** rng.randint(-8, 18)) for _ in range(400)]
    rounded = [0.5, 1.5, 0.0000005, 0.0000015, 2.5e-6, 1.0000005, -0.0000001, 123.4567895, 1e9 + 0.1234565, -3.1234565, 0.0000025, 2e10, 1e300, math.inf]
    rounded += [rng.uniform(-1, 1) * 10 ** rng.randint(-6, 9) for _ in range(300)]
    rounded += [k / 2 / 1e6 for k in range(-40, 41)]
    return {
        "doubles": [[struct.pack(">d", x).hex(), str(x)] for x in doubles],
        # NumPy's digits in Python's notation; NumPy's own changes between versions (2.4 writes 1e+06 for a million in 32 bits).
        "singles": [[struct.pack(">f", x).hex(), str(float(str(x)))] for x in singles],
        "rounded": [[struct.pack(">d", x).hex(), str(round(x, 6)) if math.isfinite(x) else str(x)] for x in rounded],
    }


def progress():
    """What Stable-Baselines3's writer makes of dumps with growing keys. The column order is its own; ours is told the same."""
    from stable_baselines3.common.logger import CSVOutputFormat

    dumps = [
        {"time/iterations": 1, "time/fps": 5012, "time/total_timesteps": 4096},
        {"time/iterations": 2, "time/fps": 5100, "time/total_timesteps": 8192, "train/approx_kl": 0.012345678, "train/learning_rate": 0.0003,
         "train/explained_variance": math.nan, "train/loss": np.float32(0.1), "rollout/ep_rew_mean": -1.5e-05},
        {"time/iterations": 3, "time/total_timesteps": 12288, "assay/status": 'a "quoted", text', "train/loss": -math.inf, "train/n_updates": 20},
        {"eval/mean_reward": 1e16, "time/total_timesteps": 12288},
    ]
    path = HERE / "sb3-progress.csv"
    writer = CSVOutputFormat(str(path))
    for dump in dumps:
        writer.write(dict(dump), {key: () for key in dump})
    writer.close()
    kind = lambda v: "text" if isinstance(v, str) else "single" if isinstance(v, np.float32) else "integer" if isinstance(v, int) else "number"
    return [[[key, kind(value), str(value)] for key, value in dump.items()] for dump in dumps]


def monitor():
    from stable_baselines3.common.monitor import ResultsWriter

    rows = [(-200.0, 200, 1.123457), (0.1234565, 7, 2.0), (1e-06, 1, 12345.678901)]
    writer = ResultsWriter(str(HERE / "sb3.monitor.csv"), header={"t_start": WALL_TIME, "env_id": "Spot\u00e9-v0"}, extra_keys=("regime", "net"))
    for k, (r, l, t) in enumerate(rows):
        writer.write_row({"r": round(r, 6), "l": l, "t": round(t, 6), "regime": ["LOW_VOL", "a,b", 'q"q'][k], "net": 0.5 * k})
    writer.close()
    return {"t_start": WALL_TIME, "env_id": "Spot\u00e9-v0", "rows": rows}


def events():
    """A file by Stable-Baselines3's TensorBoard writer at a fixed wall time, one of scalars as tensors, and what tensorboard reads in both."""
    import shutil
    import tempfile
    from unittest import mock

    from stable_baselines3.common.logger import TensorBoardOutputFormat
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    rows = [
        {"time/fps": 5000, "time/iterations": 1, "time/total_timesteps": 4096, "rollout/ep_rew_mean": -1.25},
        {"time/fps": 5100, "time/total_timesteps": 8192, "train/approx_kl": 0.012345678, "train/n_updates": 10, "train/value_loss": 3.5e-7,
         "rollout/ep_rew_mean": float("nan"), "assay/status": 0},
    ]
    hidden = ("time/iterations", "time/time_elapsed", "time/total_timesteps", "train/n_updates")
    with tempfile.TemporaryDirectory() as folder, mock.patch("time.time", return_value=WALL_TIME):
        writer = TensorBoardOutputFormat(folder)
        for row in rows:
            writer.write(dict(row), {key: ("tensorboard",) if key in hidden else () for key in row}, row["time/total_timesteps"])
        writer.close()
        shutil.copy(next(pathlib.Path(folder).iterdir()), HERE / "sb3.tfevents")
    with tempfile.TemporaryDirectory() as folder, mock.patch("time.time", return_value=WALL_TIME):
        writer = EventFileWriter(folder)
        for step in (1, 2):
            writer.add_event(event_pb2.Event(wall_time=WALL_TIME + step, step=step, summary=scalar_pb("loss", 0.1 * step)))
        # The forms that scalar_pb does not make: raw bytes, other types, a later record without metadata, and a value that is no scalar.
        for dtype, field in ((2, {"double_val": [0.1]}), (3, {"int_val": [-7]}), (9, {"int64_val": [2**40]}), (19, {"half_val": [0xC100]}),
                             (14, {"half_val": [0x3FC0]}), (1, {"tensor_content": struct.pack("<f", 2.5)}), (2, {"tensor_content": struct.pack("<d", -2.5)})):
            tensor = tensor_pb2.TensorProto(dtype=dtype, **field)
            writer.add_event(event_pb2.Event(wall_time=WALL_TIME, step=3, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=f"type{dtype}", tensor=tensor)])))
        other = summary_pb2.Summary.Value(tag="text", tensor=tensor_pb2.TensorProto(dtype=7, string_val=[b"hello"]))
        other.metadata.plugin_data.plugin_name = "text"
        writer.add_event(event_pb2.Event(wall_time=WALL_TIME, step=3, summary=summary_pb2.Summary(value=[other])))
        writer.close()
        shutil.copy(next(pathlib.Path(folder).iterdir()), HERE / "tensors.tfevents")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "sb3.tfevents", folder + "/events.out.tfevents.1700000000.host.1.0")
        accumulator = EventAccumulator(folder)
        accumulator.Reload()
        read = {tag: [[e.step, e.wall_time, str(e.value)] for e in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}
    return {"rows": [[[k, v if math.isfinite(v) else None] for k, v in row.items()] for row in rows], "wall_time": WALL_TIME, "read": read}


def main():
    rng = random.Random(SEED)
    safetensors_files()
    result = {"seed": SEED, "command": "python Tests/Parity/records/generate.py", "numbers": python_numbers(rng), "progress": progress(), "monitor": monitor(),
              "events": events()}
    import safetensors
    import stable_baselines3
    import tensorboard

    result["versions"] = {"numpy": np.__version__, "safetensors": safetensors.__version__, "stable_baselines3": stable_baselines3.__version__,
                          "tensorboard": tensorboard.__version__}
    (HERE / "fixture.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
