# Expected reward a bar, per regime and action, as stacked parts with the 95% interval of the total.
# By hand: gnuplot -d -c ev-values.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 position, 2 regime_no, 3 expected, 4 low, 5 high, 6..13 guaranteed, path, uncertain, shaping (from, to),
#          14 action, 15 regime
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
bars = int(STATS_records); right = STATS_max + 0.9
stats data using 2 nooutput
regimes = int(STATS_max)
if (!exists("regime_names")) {
    array action_names[bars]; array regime_names[regimes]; row = 0
    stats data using (row = row + 1, action_names[row] = strcol(14), regime_names[int(column(2))] = strcol(15), 0) nooutput
}
array at[bars]; array first[regimes]; array last[regimes]; row = 0
stats data using (row = row + 1, at[row] = column(1), 0) nooutput
do for [k = 1:regimes] { first[k] = 1e9; last[k] = -1e9 }
stats data using (k = int(column(2)), first[k] = (column(1) < first[k] ? column(1) : first[k]), last[k] = (column(1) > last[k] ? column(1) : last[k]), 0) nooutput

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,880 font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,440 font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set label 101 heading at screen 0.012, 0.955 left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 0.03 left font ',9' tc rgb '#5a5a5a'
set lmargin at screen 0.105; set rmargin at screen 0.985; set tmargin at screen 0.835; set bmargin at screen 0.22
set border 2 lc rgb '#8a8a8a'
set ytics nomirror scale 0.5 tc rgb '#404040'
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set ylabel 'reward a bar' tc rgb '#404040' offset -0.4,0
unset xtics
set xrange [0.1:right]
set offsets 0, 0, graph 0.06, graph 0.06
unset key
set style fill solid 1.0 noborder
small = bars > 14 ? ',8' : ',10'
do for [i = 1:bars] { set label 200 + i action_names[i] at at[i], graph -0.055 center font small tc rgb '#404040' }
do for [k = 1:regimes] {
    set label 500 + k regime_names[k] at (first[k] + last[k]) / 2.0, graph -0.135 center font ',11' tc rgb '#101010'
    if (k > 1) { set arrow 500 + k from (first[k] + last[k-1]) / 2.0, graph 0 to (first[k] + last[k-1]) / 2.0, graph 1 nohead lc rgb '#d0d0d0' lw 0.8 back }
}
# A part that is nowhere paid has no entry in the key.
array used[4]
do for [i = 1:4] { stats data using (column(4 + 2*i) - column(5 + 2*i)) nooutput; used[i] = (STATS_min != 0 || STATS_max != 0) }
part(i) = word('guaranteed path uncertain shaping', i)
colour(i) = int(word('0x0072B2 0x56B4E9 0xE69F00 0xCC79A7', i))
# The key, drawn by hand: gnuplot's own gives every entry the width of the longest.
x = 0.095
do for [i = 1:4] {
    if (used[i]) {
        set object 700 + i rectangle from screen x, 0.867 to screen x + 0.02, 0.893 fs solid noborder fc rgb colour(i)
        set label 700 + i part(i) at screen x + 0.027, 0.88 left font ',10' tc rgb '#202020'
        x = x + 0.045 + 0.0113 * strlen(part(i))
    }
}
set label 710 '' at screen x + 0.01, 0.88 point pt 7 ps 0.6 lc rgb '#101010'
set arrow 710 from screen x - 0.005, 0.88 to screen x + 0.025, 0.88 heads size screen 0.004,90 lw 1.3 lc rgb '#101010'
set label 711 'total, 95% interval' at screen x + 0.032, 0.88 left font ',10' tc rgb '#202020'
plot for [i = 1:4] data using (used[i] ? column(1) : NaN):(0):(column(1) - 0.4):(column(1) + 0.4):(column(4 + 2*i)):(column(5 + 2*i)) \
        with boxxyerror lc rgb colour(i), \
    0 lc rgb '#303030' lw 0.8, \
    data using 1:3:4:5 with yerrorbars pt 7 ps 0.45 lc rgb '#101010' lw 1.3
unset output
