# Rerun in this folder: gnuplot -d ev-btc-s3-terms.gp
if (!exists("output")) { output = 'ev-btc-s3-terms.svg' }
data = 'ev-btc-s3-terms.tsv'
heading = 'Which term decides? btc-s3, TRADE minus HOLD at zero edge'
caption = '26,074 bars, 4 regimes; 95% stationary-bootstrap intervals, 10,000 replicates, mean block 24 bars; the interval is the total'."\047".'s'
array regime_names[4] = ['LOW_VOL  n = 11,823', 'TRENDING  n = 6,838', 'HIGH_VOL  n = 4,411', 'CRISIS  n = 3,002']
array term_names[10] = ['base_return', 'correct_trade', 'correct_trend_trade', 'wrong_direction', 'trade_cost', 'trending_hold', 'trending_activity', 'crisis_trade', 'hold_bonus', 'TRADE minus HOLD']

<template>

# The same once more as PNG.
if (output eq 'ev-btc-s3-terms.svg') { output = 'ev-btc-s3-terms.png'; load 'ev-btc-s3-terms.gp' }
