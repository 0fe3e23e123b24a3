# Rerun in this folder: gnuplot -d run-waterfall.gp
if (!exists("output")) { output = 'run-waterfall.svg' }
data = 'run-waterfall.tsv'
heading = 'What the last look paid a step, by term: sample'
caption = 'look at 3,000 steps; 2 regimes, 3,000 steps; whisker: standard deviation over 2 seeds'
array regime_names[2] = ['A  n = 2,000', 'B  n = 2,000']
array term_names[4] = ['base', 'cost', 'bonus', 'pay a step']
up_words = 'gain'
down_words = 'loss'
total_words = 'total'

<template>

# The same once more as PNG.
if (output eq 'run-waterfall.svg') { output = 'run-waterfall.png'; load 'run-waterfall.gp' }
