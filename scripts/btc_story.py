#!/usr/bin/env python3
"""The README's first story in one figure: set 3 of the BTC case and the solved reward, each forecast and then trained on real hourly BTC, beside the bands that were aimed at.

    python3 scripts/btc_story.py                    forecast, train five seeds of each, draw (about a minute on two cores)
    python3 scripts/btc_story.py --part draw        draw again what is in runs/btc-story

Needs the built program (swift build -c release --product assay), ../shared/data, Python's standard library and gnuplot. Runs lie in runs/btc-story, the table and the figure go to
plots/reference/btc-story.tsv, .svg and .png; HOLD shares of each seed on the training, validation and test bars to standard output.
"""
import argparse
import json
import re
import statistics

from studies import ROOT, arguments, plot, run

EXPERIMENTS = {"set 3": "experiments/btc-s3-mlp.yaml", "solved": "experiments/btc-solved-mlp.yaml"}
REGIMES = ("LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS")
SPLITS = ("train", "validation", "test")


def make(options, name, experiment):
    folder = options.folder / name.replace(" ", "-")
    run(options, "train", experiment, "--out", str(folder), "--force", "--no-report", "--no-progress", "--quiet")
    (options.folder / f"{folder.name}-forecast.json").write_text(run(options, "forecast", "--experiment", experiment, "--json", "--quiet"))
    for split in SPLITS:
        (options.folder / f"{folder.name}-{split}.json").write_text(run(options, "evaluate", str(folder), "--split", split, "--json", "--quiet"))


def bands():
    found = re.findall(r"(\w+):\s+HOLD: \[(\d+)%, (\d+)%\]", (ROOT / "rewards/targets/btc.yaml").read_text())
    return {regime: (int(low) / 100, int(high) / 100) for regime, low, high in found}


def read(options, name, what):
    return json.loads((options.folder / f"{name.replace(' ', '-')}-{what}.json").read_text())


def trained(options, name, split):
    """HOLD share drawn by each seed, regime by regime."""
    seeds = [{r["regime"]: r["sampled"]["HOLD"] for r in seed["splits"][split]["regimes"]} for seed in read(options, name, split)["seeds"]]
    return {regime: [seed[regime] for seed in seeds] for regime in REGIMES}


def draw(options):
    aimed = bands()
    lines = ["kind\tseries\tregime\tshare\tlow\thigh"]
    for g, regime in enumerate(REGIMES, 1):
        lines.append(f"0\t0\t{g}\t{sum(aimed[regime]) / 2}\t{aimed[regime][0]}\t{aimed[regime][1]}")
    for s, name in enumerate(EXPERIMENTS, 1):
        forecast = {r["regime"]: r for r in read(options, name, "forecast")["rewards"][0]["regimes"]}
        on_training = trained(options, name, "train")
        for g, regime in enumerate(REGIMES, 1):
            low, high = forecast[regime]["band90"]["HOLD"]
            lines.append(f"1\t{s}\t{g}\t{forecast[regime]['sampled']['HOLD']:.4f}\t{low:.4f}\t{high:.4f}")
            lines += [f"2\t{s}\t{g}\t{share:.4f}\t\t" for share in on_training[regime]]
    table = ROOT / "plots/reference/btc-story.tsv"
    table.write_text("\n".join(lines) + "\n")
    plot("btc-story")


def tell(options):
    aimed = bands()
    for name in EXPERIMENTS:
        for split in SPLITS:
            shares = trained(options, name, split)
            inside = sum(all(aimed[r][0] <= shares[r][k] <= aimed[r][1] for r in REGIMES) for k in range(len(shares[REGIMES[0]])))
            row = "  ".join(f"{r} {100 * statistics.fmean(shares[r]):.1f} ± {100 * statistics.stdev(shares[r]):.1f}" for r in REGIMES)
            print(f"{name}, {split}: {row}; inside all four bands {inside} of {len(shares[REGIMES[0]])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=["all", "draw"], default="all")
    options = arguments(parser, "runs/btc-story")
    if options.part == "all":
        for name, experiment in EXPERIMENTS.items():
            make(options, name, experiment)
    tell(options)
    draw(options)


if __name__ == "__main__":
    main()
