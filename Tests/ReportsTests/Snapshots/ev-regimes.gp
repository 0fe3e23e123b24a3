# Rerun in this folder: gnuplot -d ev-regimes.gp
if (!exists("output")) { output = 'ev-regimes.svg' }
data = 'ev-regimes.tsv'
heading = 'Price and regimes: BTCUSDT'
caption = '26,074 bars, 4 regimes, drawn in 400 stretches; labels are counted, not estimated, so there is no interval'
regimes = 4
array regime_names[4] = ['LOW_VOL  45.3%', 'TRENDING  26.2%', 'HIGH_VOL  16.9%', 'CRISIS  11.5%']

<template>

# The same once more as PNG.
if (output eq 'ev-regimes.svg') { output = 'ev-regimes.png'; load 'ev-regimes.gp' }
