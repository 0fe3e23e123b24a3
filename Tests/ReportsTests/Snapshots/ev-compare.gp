# Rerun in this folder: gnuplot -d ev-compare.gp
if (!exists("output")) { output = 'ev-compare.svg' }
data = 'ev-compare.tsv'
heading = 'TRADE minus HOLD at zero edge, reward a bar'
caption = '26,074 bars, 4 regimes; 95% stationary-bootstrap intervals, 10,000 replicates; thin line: all regimes at once'
array reward_names[3] = ['btc-s1', 'btc-s2', 'btc-s3']
array regime_names[4] = ['LOW_VOL', 'TRENDING', 'HIGH_VOL', 'CRISIS']

<template>

# The same once more as PNG.
if (output eq 'ev-compare.svg') { output = 'ev-compare.png'; load 'ev-compare.gp' }
