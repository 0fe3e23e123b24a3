# Sobol points of scipy (unscrambled), and the table of direction numbers that the package compiles in.
# Versions of the recorded fixture: scipy 1.17.1, numpy 2.4.6.  Command: python3 Tests/Parity/sobol/generate.py   (from the project's root)
# With --table prints Sources/Sweeps/SobolDirections.swift instead.
import json, os, sys
import numpy, scipy, scipy.stats
from scipy.stats import qmc

DIMENSIONS, POINTS = 40, 96
if "--table" in sys.argv:
    data = numpy.load(os.path.dirname(scipy.stats.__file__) + "/_sobol_direction_numbers.npz")
    for j in range(1, DIMENSIONS):
        polynomial = int(data["poly"][j])
        print("        (%d, [%s])," % (polynomial, ", ".join(str(int(m)) for m in data["vinit"][j][: polynomial.bit_length() - 1])))
    sys.exit()
points = qmc.Sobol(DIMENSIONS, scramble=False, bits=30).random(POINTS)
json.dump(
    {"versions": {"scipy": scipy.__version__, "numpy": numpy.__version__}, "command": "python3 Tests/Parity/sobol/generate.py",
     "shape": [POINTS, DIMENSIONS], "points": points.tolist()},
    open(os.path.dirname(os.path.abspath(__file__)) + "/fixture.json", "w"))
