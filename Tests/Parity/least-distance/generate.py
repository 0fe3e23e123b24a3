# Nearest points under random linear inequalities, by quadprog.
# Versions of the recorded fixture: quadprog 0.1.14, numpy 2.4.6.  Seed 7.  Command: python3 Tests/Parity/least-distance/generate.py   (from the project's root)
import json, os
from importlib.metadata import version
import numpy, quadprog

random = numpy.random.default_rng(7)
problems = []
for k in range(120):
    n, m = int(random.integers(1, 9)), int(random.integers(1, 25))
    rows, bounds = random.normal(size=(m, n)) * 10 ** random.uniform(-1, 1, size=(m, 1)), random.normal(size=m)
    if k % 3 == 0:
        bounds -= 1.0
    try:
        nearest = quadprog.solve_qp(numpy.eye(n), numpy.zeros(n), rows.T.copy(), bounds)[0].tolist()
    except ValueError as error:
        assert "inconsistent" in str(error)
        nearest = None
    problems.append({"rows": rows.tolist(), "bounds": bounds.tolist(), "nearest": nearest})
json.dump({"versions": {"quadprog": version("quadprog"), "numpy": numpy.__version__}, "seed": 7, "command": "python3 Tests/Parity/least-distance/generate.py", "problems": problems},
          open(os.path.dirname(os.path.abspath(__file__)) + "/fixture.json", "w"))
