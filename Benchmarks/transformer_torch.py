"""PyTorch eager on the same policy and work as `assay-bench transformer`: training and inference samples/s at batch 64.

Needs: torch==2.13.0 (CPU) numpy.  Run: python Benchmarks/transformer_torch.py [--threads N] [--json]
"""
import argparse
import json
import pathlib
import sys
import time

import torch
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Parity" / "networks"))
from policy import RegimePolicy


def best(rounds, work):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    module = RegimePolicy()
    optimiser = torch.optim.Adam(module.parameters(), lr=3e-4, eps=1e-5)
    windows, regimes = torch.randn(64, 100, 44), torch.randint(0, 4, (64,))
    actions, returns = torch.randint(0, 3, (64,)), torch.randn(64)

    def training():
        logits, values = module(windows, regimes)
        loss = F.cross_entropy(logits, actions) + 0.5 * F.mse_loss(values, returns)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 0.5)
        optimiser.step()

    def inference():
        with torch.no_grad():
            module(windows, regimes)

    module.train()
    training()
    train = 64 / best(5, training)
    # eval() would let PyTorch take its fused inference path; both are measured and the faster one counts.
    plain = 64 / best(8, inference)
    module.eval()
    inference()
    fused = 64 / best(8, inference)
    result = {"torch": torch.__version__, "threads": options.threads, "training": train, "inference": max(plain, fused),
              "inference_plain": plain, "inference_fused": fused}
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(name, value)


if __name__ == "__main__":
    main()
