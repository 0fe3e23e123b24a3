"""Fixtures for the network layers, optimisers, schedules and the Transformer policy: writes fixture.json beside this file.

Needs: torch==2.13.0 (CPU) numpy==2.4.6 (Python 3.11).  Run: python Tests/Parity/networks/generate.py

PyTorch computes in double precision from parameters and inputs that float32 holds exactly, so that the fixture is the
true value and a test's tolerance bounds our own float32 rounding only.
"""
import json
import math
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from policy import RegimePolicy, sinusoidal

SEED = 20261121
torch.manual_seed(SEED)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def exact(t):
    """Rounded to float32, kept as double."""
    return t.detach().to(torch.float32).to(torch.float64)


def draw(*shape, scale=1.0):
    return exact(scale * torch.randn(*shape))


def dump(t):
    t = t.detach().to(torch.float64).contiguous()
    return {"shape": list(t.shape), "values": [float(f"{v:.9g}") for v in t.reshape(-1).tolist()]}


def set_parameters(module, scale=0.5):
    """Every parameter random, none at a special value such as 0 or 1."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            offset = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            p.copy_(exact(offset + scale * torch.randn(p.shape) / math.sqrt(max(1, p.shape[-1] if p.dim() > 1 else 1))))


def case(identifier, run, inputs, module=None, extra=None):
    """Loss = sum of output * upstream; records output and all gradients."""
    inputs = {k: v.clone().requires_grad_(v.is_floating_point()) for k, v in inputs.items()}
    before = {n: p.detach().clone() for n, p in module.named_parameters()} if module is not None else {}
    out = run(**inputs)
    upstream = draw(*out.shape)
    (out * upstream).sum().backward()
    result = {
        "id": identifier,
        "inputs": {k: dump(v) for k, v in inputs.items()},
        "parameters": {n: dump(p) for n, p in before.items()},
        "output": dump(out),
        "upstream": dump(upstream),
        "input_gradients": {k: dump(v.grad) for k, v in inputs.items() if v.is_floating_point()},
        "parameter_gradients": {n: dump(p.grad) for n, p in module.named_parameters()} if module is not None else {},
    }
    if extra is not None:
        result["extra"] = {k: dump(v) for k, v in extra().items()}
    return result


def layers():
    cases = []
    linear = nn.Linear(5, 3)
    set_parameters(linear)
    cases.append(case("linear", lambda x: linear(x), {"x": draw(7, 5)}, linear))
    # 0 is left out: PyTorch's derivative of ReLU at 0 is 0, and so is ours; the test of the kernel says so.
    steep = torch.tensor([[-90.0, -20.0, -9.0, -5.5, -3.0, -1.0, -1e-3, 1e-30, 1e-3, 0.1, 0.5, 1.0, 2.0, 4.0, 9.0, 30.0, 90.0]])
    points = exact(torch.cat([steep, draw(2, 17)]))
    cases.append(case("tanh", lambda x: torch.tanh(x), {"x": points}))
    cases.append(case("relu", lambda x: torch.relu(x), {"x": points}))
    cases.append(case("gelu", lambda x: F.gelu(x), {"x": points}))
    cases.append(case("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), {"x": points}))
    cases.append(case("softmax", lambda x: torch.softmax(x, -1), {"x": exact(torch.cat([draw(3, 21, scale=3.0), 40 + draw(1, 21, scale=20.0)]))}))
    for width in (10, 256):
        norm = nn.Sequential()
        norm.add_module("norm", nn.LayerNorm(width))
        set_parameters(norm)
        cases.append(case(f"layer_norm_{width}", lambda x: norm(x), {"x": exact(draw(4, width, scale=2.0) + 1.5)}, norm))
    batch = nn.Sequential()
    batch.add_module("norm", nn.BatchNorm1d(6))
    set_parameters(batch)
    state = lambda: {"running_mean": batch.norm.running_mean, "running_var": batch.norm.running_var}
    for step in range(3):
        cases.append(case(f"batch_norm_training_{step}", lambda x: batch(x), {"x": exact(draw(9, 6, scale=1.7) + 0.8)}, batch, state))
        batch.zero_grad()
    batch.eval()
    cases.append(case("batch_norm_inference", lambda x: batch(x), {"x": draw(9, 6)}, batch, state))
    embedding = nn.Embedding(4, 6)
    set_parameters(embedding)
    cases.append(case("embedding", lambda index: embedding(index), {"index": torch.tensor([3, 0, 0, 2, 3, 3, 0])}, embedding))
    positions = nn.Embedding(5, 6)
    set_parameters(positions)
    cases.append(case("learned_positions", lambda x: x + positions.weight, {"x": draw(3, 5, 6)}, positions))
    cases.append({"id": "sinusoidal_positions", "inputs": {}, "parameters": {}, "output": dump(sinusoidal(9, 12)), "upstream": dump(torch.zeros(1)),
                  "input_gradients": {}, "parameter_gradients": {}})
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    set_parameters(attention)
    cases.append(case("attention", lambda x: attention(x, x, x, need_weights=False)[0], {"x": draw(3, 5, 8)}, attention))
    for norm_first in (False, True):
        for activation in ("relu", "gelu"):
            encoder = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first)
            set_parameters(encoder)
            cases.append(case(f"encoder_{'pre' if norm_first else 'post'}_{activation}", lambda x: encoder(x), {"x": draw(3, 5, 8)}, encoder))
    return cases


def actor_critic_loss(logits, values, actions, returns):
    return F.cross_entropy(logits, actions) + 0.5 * ((values - returns) ** 2).mean()


def steps(module, loss_of, make, count=10, max_norm=None, schedule=None):
    """`count` optimiser steps; records loss, gradient norm before clipping, and the final parameters."""
    start = {n: dump(p) for n, p in module.named_parameters()}
    optimiser = make(module.parameters())
    losses, norms, rates = [], [], []
    first = None
    for step in range(count):
        if schedule is not None:
            for group in optimiser.param_groups:
                group["lr"] = schedule(step)
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.zero_grad()
        loss = loss_of(module, step)
        loss.backward()
        if first is None:
            first = {n: dump(p.grad) for n, p in module.named_parameters()}
        norm = nn.utils.clip_grad_norm_(module.parameters(), max_norm if max_norm is not None else math.inf)
        losses.append(loss.item())
        norms.append(norm.item())
        optimiser.step()
    return {"parameters": start, "first_gradients": first, "losses": losses, "norms": norms, "rates": rates,
            "max_norm": max_norm, "final": {n: dump(p) for n, p in module.named_parameters()}}


def mlp():
    module = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3))
    set_parameters(module, scale=1.0)
    return module


def optimisers():
    x = draw(12, 6)
    target = torch.randint(0, 3, (12,))
    loss_of = lambda m, step: F.cross_entropy(m(x), target)
    runs = []
    configurations = {
        "adam": (lambda p: torch.optim.Adam(p, lr=3e-2, eps=1e-5), None, None),
        "adam_default_eps": (lambda p: torch.optim.Adam(p, lr=1e-2), None, None),
        "adamw": (lambda p: torch.optim.AdamW(p, lr=3e-2, weight_decay=0.1, eps=1e-5), None, None),
        "adam_clipped": (lambda p: torch.optim.Adam(p, lr=3e-2, eps=1e-5), 0.05, None),
        "adamw_clipped_linear": (lambda p: torch.optim.AdamW(p, lr=3e-2, betas=(0.8, 0.95), weight_decay=0.02, eps=1e-5), 0.05,
                                 lambda step: 3e-2 * (1 - step / 10)),
    }
    for name, (make, max_norm, schedule) in configurations.items():
        torch.manual_seed(SEED + 1)
        runs.append({"id": name, "x": dump(x), "target": target.tolist(), **steps(mlp(), loss_of, make, max_norm=max_norm, schedule=schedule)})
    return runs


SMALL = dict(features=5, context=7, width=16, layers=3, heads=4, feedforward=24, regimes=4, head_width=12, actions=3)


def small_policy(identifier, **options):
    torch.manual_seed(SEED + 2)
    configuration = {**SMALL, **options}
    module = RegimePolicy(**configuration)
    set_parameters(module, scale=0.8)
    bars = draw(40, configuration["features"])
    ends = torch.tensor([6, 7, 39, 20, 21, 12, 33, 20, 9, 30, 31])
    regimes = torch.tensor([0, 3, 1, 2, 0, 3, 3, 1, 2, 2, 0])
    actions = torch.tensor([0, 2, 1, 1, 2, 0, 0, 1, 2, 0, 1])
    returns = draw(len(ends))
    windows = torch.stack([bars[e - configuration["context"] + 1 : e + 1] for e in ends.tolist()])
    logits, values = module(windows, regimes)
    loss_of = lambda m, step: actor_critic_loss(*m(windows, regimes), actions, returns)
    result = {"id": identifier, "configuration": configuration, "bars": dump(bars), "ends": ends.tolist(), "regimes": regimes.tolist(),
              "actions": actions.tolist(), "returns": dump(returns), "logits": dump(logits), "values": dump(values)}
    # eps 1e-5 as in Stable-Baselines3: the key bias has an exactly zero gradient, which smaller eps would turn into noise of size lr.
    result.update(steps(module, loss_of, lambda p: torch.optim.Adam(p, lr=2e-3, eps=1e-5), max_norm=0.5))
    return result


def formula(count, salt, scale):
    """Pseudo-random numbers that any language reproduces exactly: multiplicative hashing of the index (32-bit arithmetic), 24 bits kept."""
    h = (np.arange(count, dtype=np.uint64) + np.uint64(salt) * np.uint64(7919) + np.uint64(1)) * np.uint64(2654435761) % np.uint64(2**32)
    h = (h ^ (h >> np.uint64(15))) * np.uint64(2246822519) % np.uint64(2**32)
    h = h ^ (h >> np.uint64(13))
    return torch.from_numpy(((h >> np.uint64(8)).astype(np.float64) / 2**23 - 1.0) * scale)


def full_policy():
    """The case's own sizes: parameters and bars by formula, so that only results are stored."""
    module = RegimePolicy()
    salt = 0
    with torch.no_grad():
        for name, p in module.named_parameters():
            salt += 1
            offset = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            fan = p.shape[-1] if p.dim() > 1 else 64
            # A power of two near sqrt(3 / fan): the products stay exact in float32.
            scale = 2.0 ** round(math.log2(math.sqrt(3.0 / fan)))
            p.copy_(offset + formula(p.numel(), salt, scale).reshape(p.shape))
            assert torch.equal(exact(p), p.detach()) or offset == 1.0, name
            p.copy_(exact(p))
    # A hidden unit within rounding of 0 would be on in one program and off in the other, and move the gradients below it by 1e-4 of their norm.
    # So the bars are the first of the family for which none of the 400,000 is.
    margin = [math.inf]
    def watch(_, __, out):
        margin[0] = min(margin[0], out.abs().min().item())
    hooks = [m.register_forward_hook(watch) for n, m in module.named_modules() if n.endswith("linear1") or n in ("actor.0", "critic.0")]
    ends = torch.tensor([99, 159])
    regimes = torch.tensor([1, 3])
    for bars_salt in range(1000, 1200):
        margin[0] = math.inf
        bars = formula(160 * 44, bars_salt, 2.0).reshape(160, 44)
        windows = torch.stack([bars[e - 99 : e + 1] for e in ends.tolist()])
        logits, values = module(windows, regimes)
        if margin[0] > 4e-6:
            break
    else:
        raise SystemExit("no bars without units near 0")
    for hook in hooks:
        hook.remove()
    upstream_logits = formula(3 * len(ends), 2000, 1.0).reshape(-1, 3)
    upstream_values = formula(len(ends), 2001, 1.0)
    ((logits * upstream_logits).sum() + (values * upstream_values).sum()).backward()
    summary = {}
    for index, (name, p) in enumerate(module.named_parameters()):
        probe = formula(p.numel(), 3000 + index, 1.0)
        flat = p.grad.reshape(-1)
        summary[name] = {"shape": list(p.shape), "norm": flat.norm().item(), "probe": (flat @ probe).item(), "largest": flat.abs().max().item()}
    return {"count": sum(p.numel() for p in module.parameters()), "bars_salt": bars_salt, "ends": ends.tolist(), "regimes": regimes.tolist(),
            "logits": dump(logits), "values": dump(values), "gradients": summary}


def schedules():
    def rates(make, count=13, rate=0.3):
        optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)
        scheduler = make(optimiser)
        result = []
        for _ in range(count):
            result.append(scheduler.get_last_lr()[0])
            optimiser.step()
            scheduler.step()
        return result

    L = torch.optim.lr_scheduler
    return {
        "cosine": rates(lambda o: L.CosineAnnealingLR(o, T_max=12, eta_min=0.03)),
        "warm_up_cosine": rates(lambda o: L.SequentialLR(o, [L.LambdaLR(o, lambda k: k / 4), L.CosineAnnealingLR(o, T_max=8, eta_min=0.0)], milestones=[4])),
        "linear": rates(lambda o: L.LambdaLR(o, lambda k: 1 - k / 12)),
    }


def main():
    fixture = {
        "provenance": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__, "seed": SEED, "command": "python Tests/Parity/networks/generate.py"},
        "layers": layers(),
        "optimisers": optimisers(),
        "policies": [small_policy("relu_learned"), small_policy("tanh_sinusoidal_two_layers", head_activation="tanh", positions="sinusoidal", layers=2),
                     small_policy("one_layer", layers=1)],
        "full_policy": full_policy(),
        "schedules": schedules(),
    }
    path = pathlib.Path(__file__).with_name("fixture.json")
    path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
