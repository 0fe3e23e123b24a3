# Rerun in this folder: gnuplot -d ev-btc-s1-hit-rate.gp
if (!exists("output")) { output = 'ev-btc-s1-hit-rate.svg' }
data = 'ev-btc-s1-hit-rate.tsv'
heading = 'How often must a trade be right? btc-s1'
caption = '26,074 bars, 4 regimes; 95% stationary-bootstrap intervals, 10,000 replicates, mean block 24 bars'
array regime_names[4] = ['LOW_VOL  n = 11,823', 'TRENDING  n = 6,838', 'HIGH_VOL  n = 4,411', 'CRISIS  n = 3,002']

<template>

# The same once more as PNG.
if (output eq 'ev-btc-s1-hit-rate.svg') { output = 'ev-btc-s1-hit-rate.png'; load 'ev-btc-s1-hit-rate.gp' }
