"""Runs the exported models beside this file in onnxruntime and writes fixture.json: inputs, masks and every output.

The models are Assay's own: ASSAY_WRITE_FIXTURES=1 swift test -c release --filter PolicyExportTests writes them anew.
Needs (Python 3.11): numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1.  Run: python Tests/Parity/onnx/generate.py
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime

HERE = pathlib.Path(__file__).parent
SEED = 5


def run(path, random):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    obs, mask = session.get_inputs()
    rows = 9
    x = (random.standard_normal((rows, obs.shape[1])) * 3).astype(np.float32)
    x[0] = 1e6  # clipped by a normaliser
    if path.stem == "zscored":
        x[4, 1] = x[5] = np.nan  # missing features
    allowed = random.random((rows, mask.shape[1])) < 0.6
    allowed[np.arange(rows), random.integers(0, mask.shape[1], rows)] = True
    allowed[1] = True
    allowed[2] = np.arange(mask.shape[1]) == 1
    allowed[3] = False
    names = [o.name for o in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"obs": x, "action_mask": allowed})))
    assert (outputs["probabilities"][~allowed] == 0).all() and np.isneginf(outputs["masked_logits"][~allowed]).all()
    assert (allowed[np.arange(rows), outputs["action"]] | ~allowed.any(1)).all()
    outputs["masked_logits"] = np.where(allowed, outputs["masked_logits"], 0)  # JSON has no infinity
    return {
        "inputs": [[i.name, i.type, i.shape] for i in session.get_inputs()], "outputs": [[o.name, o.type, o.shape] for o in session.get_outputs()],
        "metadata": session.get_modelmeta().custom_metadata_map, "producer": session.get_modelmeta().producer_name, "ir_version": model.ir_version,
        "opset": model.opset_import[0].version, "obs": [[None if np.isnan(v) else float(v) for v in row] for row in x], "mask": allowed.tolist(),
        **{name: value.astype(float).tolist() for name, value in outputs.items()},
    }


def main():
    random = np.random.default_rng(SEED)
    models = {path.stem: run(path, random) for path in sorted(HERE.glob("*.onnx"))}
    versions = {"numpy": np.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
    result = {"seed": SEED, "command": "python Tests/Parity/onnx/generate.py", "versions": versions, "models": models}
    (HERE / "fixture.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
