# Rerun in this folder: gnuplot -d run-learning.gp
if (!exists("output")) { output = 'run-learning.svg' }
data = 'run-learning.tsv'
heading = 'How it learnt: sample'
caption = '2 seeds: thick their mean, thin each; 3,000 steps; a point an update; axes hold the middle 98% of the values; no interval'
array panel_names[3] = ['mean reward of an episode (last 100)', 'entropy over log(3), 1 is uniform', 'x-statistic: above .94 no mixture is stable']

<template>

# The same once more as PNG.
if (output eq 'run-learning.svg') { output = 'run-learning.png'; load 'run-learning.gp' }
