# Rerun in this folder: gnuplot -d run-mix.gp
if (!exists("output")) { output = 'run-mix.svg' }
data = 'run-mix.tsv'
heading = 'What the policy does, by regime: sample'
caption = '2 seeds: thick their mean, thin each; 3,000 steps; 2 regimes, 3 looks, actions counted between them (n: the last), no interval'
array regime_names[2] = ['A  n = 2,000, HOLD takes over by 2,000', 'B  n = 2,000']
array action_names[3] = ['HOLD', 'LONG', 'SHORT']

<template>

# The same once more as PNG.
if (output eq 'run-mix.svg') { output = 'run-mix.png'; load 'run-mix.gp' }
