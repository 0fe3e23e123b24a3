#!/usr/bin/env python3
"""The three-way study of docs/scalper.md: PPO from scratch, cloned without protection, cloned with protection, five seeds and 500,000 steps each.

    python3 scripts/scalp_study.py                  record, train, evaluate, write the table and the figure (under two minutes on two cores)
    python3 scripts/scalp_study.py --part train     one part alone: record, train, evaluate, table
    python3 scripts/scalp_study.py --arm scalp-cloned --part train

Needs the built program (swift build -c release --product assay), Python's standard library and gnuplot. Runs lie in runs/scalp-study, the table goes to standard output and
to runs/scalp-study/table.md, the figure to plots/reference/scalp-study.svg and .png. --bars, --seeds and --out study another market or other seeds.
"""
import argparse
import json
import statistics

from studies import ROOT, arguments, market, mean, number, paired, plot, rows, run, seeds_of, spread

ARMS = {"scalp-planted": "PPO from scratch", "scalp-cloned-unprotected": "cloned, unprotected", "scalp-cloned": "cloned, protected"}
STEPS = (5_000, 10_000, 15_000, 85_000, 500_000)


def record(options):
    text = run(options, "teach", "gap-scalps", "--experiment", "experiments/scalp-cloned.yaml", "--episodes", "450", "--out", options.demos, "--force", "--quiet", *market(options))
    (options.folder / "teacher.txt").write_text(text)


def train(options, arm):
    seeds = ["--set", f"seeds=[{options.seeds}]"] + ([] if arm == "scalp-planted" else ["--set", f"teacher.demonstrations={options.demos}"])
    run(options, "train", f"experiments/{arm}.yaml", *market(options), *seeds, "--out", str(options.folder / arm), "--force", "--no-report", "--no-progress", "--quiet")


def evaluate(options, arm):
    for split in ("train", "test"):
        (options.folder / arm / f"{split}.json").write_text(run(options, "evaluate", str(options.folder / arm), "--split", split, "--json"))


def near(table, column, step):
    """The value of `column` in the row nearest to `step` that has one."""
    known = [(abs(int(r["step"]) - step), number(r[column])) for r in table if number(r[column]) is not None]
    return min(known)[1] if known else None


def table(options):
    out, expectancy = [], {}
    logs = {arm: [rows(f / "scalping.csv") for f in seeds_of(options, arm)] for arm in ARMS}
    out.append("While training, of the decisions since the row before (mean over the seeds): the audit's columns HOLD / BUY_CALL / BUY_PUT, and in brackets HOLD while flat, HOLD in a trade, lift of strong setups.\n")
    out.append("| | " + " | ".join(f"{s:,} steps" for s in STEPS) + " |")
    out.append("| --- |" + " --- |" * len(STEPS))
    for arm, name in ARMS.items():
        cells = []
        for step in STEPS:
            def at(column):
                return mean(near(log, column, step) for log in logs[arm])
            audit = " / ".join(f"{100 * at('audit_' + a):.1f}" for a in ("HOLD", "BUY_CALL", "BUY_PUT"))
            cells.append(f"{audit} (flat {100 * at('flat_HOLD'):.0f}, trade {100 * at('trade_HOLD'):.0f}, lift {at('setup_lift'):.1f})")
        out.append(f"| {name} | " + " | ".join(cells) + " |")
    for split, words in (("train", "training days"), ("test", "test days")):
        out.append(f"\nAt 500,000 steps, sampled, on the {words}, mean ± standard deviation over the seeds:\n")
        out.append("| | HOLD while flat % | BUY rate % | on strong setups % | ratio | trades a day | days with a trade % | net a trade, % of premium | each seed |")
        out.append("| --- |" + " --- |" * 8)
        for arm, name in ARMS.items():
            document = json.loads((options.folder / arm / f"{split}.json").read_text())
            found = [d["splits"][split]["scalp"] for d in document.get("seeds", [document])]
            expectancy[split, arm] = [s["expectancy"] for s in found]
            out.append(
                f"| {name} | " + " | ".join([
                    spread([s["flat"]["HOLD"] for s in found], 100), spread([s["buy_rate"] for s in found], 100), spread([s["strong_setup_buy_rate"] for s in found], 100),
                    spread([s["setup_lift"] for s in found]), spread([s["trades_per_day"] for s in found]), spread([s.get("days_traded") for s in found], 100),
                    spread([s["expectancy"] for s in found], 100, 2), ", ".join(f"{100 * s['expectancy']:.1f}" for s in found)]) + " |")
        for arm in list(ARMS)[:2]:
            gap = paired(expectancy[split, "scalp-cloned"], expectancy[split, arm])
            out.append(f"\nCloned and protected less {ARMS[arm]}: {100 * gap[0]:+.2f} points a trade, 95% interval {100 * gap[1]:+.2f} to {100 * gap[2]:+.2f} (Student's t over the paired seeds).")
    out.append("\nThe forgetting meter, on held-out demonstrations (first and last evaluation, mean over the seeds):\n")
    names = [("teacher/agreement", "agreement"), ("teacher/nll", "-log p(label)"), ("teacher/entry_probability", "BUY where the teacher enters"), ("teacher/entry_ratio", "over BUY while flat")]
    out.append("| | " + " | ".join(words for _, words in names) + " |")
    out.append("| --- |" + " --- |" * len(names))
    for arm in list(ARMS)[1:]:
        cells = []
        for column, _ in names:
            ends = []
            for folder in seeds_of(options, arm):
                values = [number(r.get(column)) for r in rows(folder / "progress.csv")]
                values = [v for v in values if v is not None]
                if values:
                    ends.append((values[0], values[-1]))
            cells.append(f"{statistics.fmean(e[0] for e in ends):.3f} -> {statistics.fmean(e[1] for e in ends):.3f}" if ends else "-")
        out.append(f"| {ARMS[arm]} | " + " | ".join(cells) + " |")
    text = "\n".join(out) + "\n"
    (options.folder / "table.md").write_text(text)
    print(text)
    figure(options, logs)


def figure(options, logs):
    """One row a step and arm: mean, lowest and highest over the seeds of three columns, each smoothed over the five rows around it by their counts."""
    columns = [("flat_HOLD", "flat_decisions"), ("setup_lift", "flat_decisions"), ("expectancy", "trades")]
    lines = ["arm\tstep\t" + "\t".join(f"{c}\t{c}_low\t{c}_high" for c, _ in columns)]
    for number_of_arm, arm in enumerate(ARMS):
        steps = [int(r["step"]) for r in logs[arm][0]]
        for k, step in enumerate(steps):
            cells = []
            for column, weight in columns:
                values = []
                for log in logs[arm]:
                    part = [(number(r[column]), float(r[weight])) for r in log[max(0, k - 2) : k + 3] if number(r[column]) is not None and float(r[weight]) > 0]
                    if part:
                        values.append(sum(v * w for v, w in part) / sum(w for _, w in part))
                cells += [statistics.fmean(values), min(values), max(values)] if values else [float("nan")] * 3
            lines.append(f"{number_of_arm}\t{step}\t" + "\t".join(f"{c:.6g}" for c in cells))
        lines.append("")
        lines.append("")
    folder = ROOT / "plots/reference"
    (folder / "scalp-study.tsv").write_text("\n".join(lines) + "\n")
    plot("scalp-study")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["record", "train", "evaluate", "table"])
    parser.add_argument("--arm", choices=list(ARMS))
    parser.add_argument("--bars", help="another market than the experiments'")
    parser.add_argument("--seeds", default="1, 2, 3, 4, 5")
    parser.add_argument("--demos", default="demos/gap-scalps")
    options = arguments(parser, "runs/scalp-study")
    arms = [options.arm] if options.arm else list(ARMS)
    for part in [options.part] if options.part else ["record", "train", "evaluate", "table"]:
        if part == "record":
            record(options)
        elif part == "table":
            table(options)
        else:
            for arm in arms:
                (train if part == "train" else evaluate)(options, arm)


if __name__ == "__main__":
    main()
