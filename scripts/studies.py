"""What the study scripts share: how they call assay, read its logs and put seeds together. Python's standard library alone."""
import csv
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
T95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def arguments(parser, folder):
    """Parses the command line; --out and --assay are every study's. `options.folder` is where its runs go, made here."""
    parser.add_argument("--out", default=folder)
    parser.add_argument("--assay", default=str(ROOT / ".build/release/assay"))
    options = parser.parse_args()
    options.folder = ROOT / options.out
    options.folder.mkdir(parents=True, exist_ok=True)
    return options


def run(options, *arguments):
    print("+ assay " + " ".join(arguments), file=sys.stderr, flush=True)
    done = subprocess.run([options.assay, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"assay {arguments[0]} ended with {done.returncode}")
    return done.stdout


def market(options):
    return ["--bars", options.bars] if options.bars else []


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def number(cell):
    return float(cell) if cell not in ("", None) else None


def mean(values):
    values = [v for v in values if v is not None]
    return statistics.fmean(values) if values else None


def spread(values, scale=1.0, digits=1):
    values = [scale * v for v in values if v is not None]
    if not values:
        return "-"
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.fmean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def seeds_of(options, arm):
    folders = sorted((options.folder / arm).glob("seed-*"), key=lambda p: int(p.name[5:]))
    return folders or [options.folder / arm]


def paired(first, second):
    """Mean difference over the seeds and its 95% interval (Student's t)."""
    gaps = [a - b for a, b in zip(first, second)]
    half = T95[len(gaps) - 1] * statistics.stdev(gaps) / len(gaps) ** 0.5
    return statistics.fmean(gaps), statistics.fmean(gaps) - half, statistics.fmean(gaps) + half


def plot(name):
    """Draws plots/reference/NAME.gp with the table NAME.tsv beside it, as SVG and PNG."""
    for suffix in ("svg", "png"):
        subprocess.run(["gnuplot", "-d", "-c", f"{name}.gp", f"{name}.tsv", f"{name}.{suffix}"], cwd=ROOT / "plots/reference", check=True)
