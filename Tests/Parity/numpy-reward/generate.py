# The generated NumPy module of everything.yaml, run on transitions: its pay, which 'check --against' must find equal to ours.
# Versions of the recorded fixture: numpy 2.4.6.  Command, in this folder:
#   assay export everything.yaml --numpy --out everything.py --force
#   assay export everything.yaml --transitions --episodes 2 | python3 generate.py
import csv, json, sys

import numpy
import everything

rows = list(csv.DictReader(sys.stdin))
# The pay of the program that wrote the transitions is dropped: only Python's is recorded.
inputs = {name: [row[name] for row in rows] for name in rows[0]}
wanted = everything.INPUTS + ["next_" + name for name in everything.NEXT_INPUTS] + ["episode", "terminated"]
total, terms = everything.reward(inputs)
out = {name: [f"{float(v):.9g}" if v.replace(".", "").replace("-", "").replace("e", "").isdigit() else v for v in inputs[name]] for name in wanted}
# Inputs are rounded for the file, so the pay is computed from what the file says.
total, terms = everything.reward(out)
out.update({("reward." + name if name in everything.INPUTS else name): [f"{v:.10g}" for v in pay] for name, pay in terms.items()})
out["reward"] = [f"{v:.10g}" for v in total]
with open("scored.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(out)
    writer.writerows(zip(*out.values()))
json.dump({"versions": {"numpy": numpy.__version__}, "rows": len(rows)}, open("fixture.json", "w"))
