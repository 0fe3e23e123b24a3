# Rerun in this folder: gnuplot -d ev-btc-s1-terms.gp
if (!exists("output")) { output = 'ev-btc-s1-terms.svg' }
data = 'ev-btc-s1-terms.tsv'
heading = 'Which term decides? btc-s1, TRADE minus HOLD at zero edge'
caption = '26,074 bars, 4 regimes; 95% stationary-bootstrap intervals, 10,000 replicates, mean block 24 bars; the interval is the total'."\047".'s'
array regime_names[4] = ['LOW_VOL  n = 11,823', 'TRENDING  n = 6,838', 'HIGH_VOL  n = 4,411', 'CRISIS  n = 3,002']
array term_names[2] = ['base_return', 'TRADE minus HOLD']

<template>

# The same once more as PNG.
if (output eq 'ev-btc-s1-terms.svg') { output = 'ev-btc-s1-terms.png'; load 'ev-btc-s1-terms.gp' }
