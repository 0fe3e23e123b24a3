# Rerun in this folder: gnuplot -d run-equity.gp
if (!exists("output")) { output = 'run-equity.svg' }
data = 'run-equity.tsv'
heading = 'What it earned on the test bars, after costs: sample'
caption = '1,000 bars in 400 stretches, 2 regimes; 2 seeds: thick their mean, thin each; 3,000 steps; one path each, no interval'
array curve_names[2] = ['policy, sampled', 'always LONG']
array regime_names[2] = ['A 50.0%', 'B 50.0%']

<template>

# The same once more as PNG.
if (output eq 'run-equity.svg') { output = 'run-equity.png'; load 'run-equity.gp' }
