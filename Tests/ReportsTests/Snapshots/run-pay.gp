# Rerun in this folder: gnuplot -d run-pay.gp
if (!exists("output")) { output = 'run-pay.svg' }
data = 'run-pay.tsv'
heading = 'What the reward paid a step, by term: sample'
caption = '2 seeds: thick their mean, thin each; 3,000 steps; 2 regimes, 3 looks, sums of the ledger over decisions, no interval'
array regime_names[2] = ['A', 'B']
array term_names[3] = ['base', 'cost', 'bonus']

<template>

# The same once more as PNG.
if (output eq 'run-pay.svg') { output = 'run-pay.png'; load 'run-pay.gp' }
