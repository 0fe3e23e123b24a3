# Rerun in this folder: gnuplot -d ev-btc-s2-values.gp
if (!exists("output")) { output = 'ev-btc-s2-values.svg' }
data = 'ev-btc-s2-values.tsv'
heading = 'What btc-s2 pays per bar, by regime and action'
caption = '26,074 bars, 4 regimes; 95% stationary-bootstrap intervals, 10,000 replicates, mean block 24 bars'
array action_names[12] = ['HOLD', 'LONG', 'SHORT', 'HOLD', 'LONG', 'SHORT', 'HOLD', 'LONG', 'SHORT', 'HOLD', 'LONG', 'SHORT']
array regime_names[4] = ['LOW_VOL  45.3%', 'TRENDING  26.2%', 'HIGH_VOL  16.9%', 'CRISIS  11.5%']

<template>

# The same once more as PNG.
if (output eq 'ev-btc-s2-values.svg') { output = 'ev-btc-s2-values.png'; load 'ev-btc-s2-values.gp' }
