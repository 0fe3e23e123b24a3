# Rerun in this folder: gnuplot -d run-contrast.gp
if (!exists("output")) { output = 'run-contrast.svg' }
data = 'run-contrast.tsv'
heading = 'Which term pays for HOLD? Trading minus HOLD a step: sample'
caption = 'last look; 2 regimes, 3,000 steps; whisker: standard deviation over 2 seeds'
array regime_names[2] = ['A  n = 2,000', 'B  n = 2,000']
array term_names[4] = ['base', 'cost', 'bonus', 'TRADE minus HOLD']
up_words = 'for trading'
down_words = 'for holding'
total_words = 'total'

<template>

# The same once more as PNG.
if (output eq 'run-contrast.svg') { output = 'run-contrast.png'; load 'run-contrast.gp' }
