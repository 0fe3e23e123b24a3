#!/usr/bin/env python3
"""The curriculum ablation of docs/curricula.md: no curriculum, fixed order, learning progress; five seeds each, the same number of steps.

    python3 scripts/curriculum_ablation.py                   train, evaluate, print the table (under two minutes on two cores)
    python3 scripts/curriculum_ablation.py --part table      one part alone: train, evaluate, table;  --arm fixed  one arm alone

PPO from scratch on experiments/scalp-planted.yaml. Needs the built program and Python's standard library. Runs lie in runs/curriculum-ablation, the table goes to standard
output and to its table.md. The interval is Student's t over the seeds, paired: the same seed has the same first weights and the same market with and without a curriculum.
"""
import argparse
import collections
import json

from studies import arguments, market, paired, rows, run, seeds_of, spread

ARMS = {"none": "null", "fixed": "curricula/scalper.yaml", "learning-progress": "curricula/scalper-learning-progress.yaml"}
WORDS = {"promoted": "promotions", "demoted": "demotions", "timed_out_promoted": "time-outs that promote", "timed_out_stayed": "time-outs that stay", "learning_progress": "turns"}


def train(options, arm):
    run(options, "train", "experiments/scalp-planted.yaml", *market(options), "--set", f"seeds=[{options.seeds}]", "--set", f"curriculum={ARMS[arm]}",
        "--out", str(options.folder / arm), "--force", "--no-progress", "--quiet")


def evaluate(options, arm):
    for split in ("train", "test"):
        (options.folder / arm / f"{split}.json").write_text(run(options, "evaluate", str(options.folder / arm), "--split", split, "--json"))


def table(options):
    out = ["| | HOLD while flat % | trades a day | net a trade, % of premium: training days | test days | against none, test days | changes in all seeds |", "| --- |" + " --- |" * 6]
    found = {}
    for arm in ARMS:
        for split in ("train", "test"):
            document = json.loads((options.folder / arm / f"{split}.json").read_text())
            found[arm, split] = [d["splits"][split]["scalp"] for d in document.get("seeds", [document])]
        changes = collections.Counter()
        for folder in seeds_of(options, arm):
            if (folder / "curriculum.csv").exists():
                changes.update(WORDS[r["reason"]] for r in rows(folder / "curriculum.csv") if r["reason"] in WORDS)
        test = found[arm, "test"]
        gap = paired([s["expectancy"] for s in test], [s["expectancy"] for s in found["none", "test"]])
        out.append(f"| {arm} | " + " | ".join([
            spread([s["flat"]["HOLD"] for s in test], 100), spread([s["trades_per_day"] for s in test]), spread([s["expectancy"] for s in found[arm, "train"]], 100, 2),
            spread([s["expectancy"] for s in test], 100, 2), "" if arm == "none" else f"{100 * gap[0]:+.2f} ({100 * gap[1]:+.2f} to {100 * gap[2]:+.2f})",
            ", ".join(f"{n} {w}" for w, n in sorted(changes.items())) or "-"]) + " |")
    for arm in list(ARMS)[1:]:
        # A seed that was sent back, where there is one.
        shown = next((f for f in seeds_of(options, arm) if any(r["reason"] == "demoted" for r in rows(f / "curriculum.csv"))), seeds_of(options, arm)[0])
        out.append(f"\nSeed {shown.name[5:]} under {ARMS[arm]}:\n")
        out.append("| step | change | from | to | expectancy seen | HOLD share seen |")
        out.append("| --- |" + " --- |" * 5)
        for r in rows(shown / "curriculum.csv")[:12]:
            share = f"{100 * float(r['hold_share']):.0f}%" if r["hold_share"] else ""
            pay = f"{100 * float(r['expectancy']):+.1f}%" if r["expectancy"] else ""
            out.append(f"| {int(r['step']):,} | {r['reason'].replace('_', ' ')} | {r['from']} | {r['to']} | {pay} | {share} |")
    text = "\n".join(out) + "\n"
    (options.folder / "table.md").write_text(text)
    print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["train", "evaluate", "table"])
    parser.add_argument("--arm", choices=list(ARMS))
    parser.add_argument("--bars", help="another market than the experiment's")
    parser.add_argument("--seeds", default="1, 2, 3, 4, 5")
    options = arguments(parser, "runs/curriculum-ablation")
    for part in [options.part] if options.part else ["train", "evaluate", "table"]:
        if part == "table":
            table(options)
        else:
            for arm in [options.arm] if options.arm else ARMS:
                (train if part == "train" else evaluate)(options, arm)


if __name__ == "__main__":
    main()
