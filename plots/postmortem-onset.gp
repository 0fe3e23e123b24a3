# What a run did over its steps: shares of the actions (or round trips), entropy, the onset with its interval, the alarm, where the collapse is complete.
# By hand: gnuplot -d -c postmortem-onset.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 kind (1 curve, 2 onset, 3 alarm, 4 complete), 2 series_no (curves, from 1; the last is entropy over its maximum where there is one), 3 step, 4 value,
#          5 low, 6 high (interval of the onset), 7 series
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("value_name")) { value_name = 'share of the decisions'; is_share = 1; step_name = 'steps'; has_entropy = 0; points_shown = 0 }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 2 nooutput
n = int(STATS_max)
stats data using 3 nooutput
most = STATS_max
stats data using ($1 == 1 ? $4 : NaN) nooutput
highest = STATS_max
onsets = 0; alarms = 0; ends = 0
stats data using (onsets = onsets + ($1 == 2), alarms = alarms + ($1 == 3), ends = ends + ($1 == 4), 0) nooutput
top = is_share ? 1.02 : 1.08 * highest
if (!exists("series_names")) {
    array series_names[n]
    stats data using (column(1) == 1 ? (series_names[int(column(2))] = strcol(7), 0) : 0) nooutput
}
unit = most >= 2e6 ? 1e6 : (most >= 5e3 ? 1e3 : 1)
unit_word = unit == 1e6 ? 'million ' : (unit == 1e3 ? 'thousand ' : '')
height = 430
if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output
colour(a) = has_entropy && a == n ? 0x7A7A7A : int(word('0xD55E00 0x009E73 0x0072B2 0xCC79A7 0xE69F00 0x56B4E9 0x000000', 1 + (a - 1) % 7))
set border 3 lc rgb '#8a8a8a'
unset key
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
if (is_share) { set ytics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1) }
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set style fill solid 1.0 noborder
set xrange [0 : most / unit * 1.01]
set yrange [0 : top]
set lmargin at screen 0.075; set rmargin at screen 0.975
set tmargin at screen 1 - 74.0/height; set bmargin at screen 74.0/height
set xlabel unit_word.step_name tc rgb '#404040' font ',9' offset 0,0.6
set ylabel value_name tc rgb '#404040' font ',9' offset 1.2,0
set label 101 heading at screen 0.012, 1-20.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
x = 0.014; y = 1 - 48.0/height
do for [a = 1:n] {
    set arrow 100 + a from screen x, y to screen x + 0.024, y nohead lw (has_entropy && a == n ? 1.4 : 3) lc rgb colour(a)
    set label 110 + a series_names[a] at screen x + 0.03, y left font ',10' tc rgb '#202020'
    x = x + 0.048 + 0.0092 * strlen(series_names[a])
}
if (onsets > 0) {
    set object 120 rectangle from screen x, y-7.0/height to screen x + 0.02, y+7.0/height fs solid noborder fc rgb '#F6E3B4'
    set label 120 'onset, 95%' at screen x + 0.026, y left font ',10' tc rgb '#202020'
    x = x + 0.135
}
if (alarms > 0) {
    set arrow 121 from screen x, y-7.0/height to screen x, y+7.0/height nohead dt 2 lw 1.6 lc rgb '#0072B2'
    set label 121 'alarm' at screen x + 0.008, y left font ',10' tc rgb '#202020'
    x = x + 0.07
}
if (ends > 0) {
    set arrow 122 from screen x, y-7.0/height to screen x, y+7.0/height nohead lw 1.6 lc rgb '#7A1010'
    set label 122 'complete' at screen x + 0.008, y left font ',10' tc rgb '#202020'
}
plot data using ($1 == 2 ? $3 / unit : NaN):(0):($5 / unit):($6 / unit):(0):(top) with boxxyerror fc rgb '#F6E3B4', \
    data using ($1 == 2 ? $3 / unit : NaN):(0):(0):(top) with vectors nohead lw 1.2 lc rgb '#B8860B', \
    data using ($1 == 3 ? $3 / unit : NaN):(0):(0):(top) with vectors nohead dt 2 lw 1.6 lc rgb '#0072B2', \
    data using ($1 == 4 ? $3 / unit : NaN):(0):(0):(top) with vectors nohead lw 1.6 lc rgb '#7A1010', \
    data using ($1 == 1 && has_entropy && $2 == n ? $3 / unit : NaN):4 with lines lw 1.4 dt 3 lc rgb colour(n), \
    for [a = n - has_entropy:1:-1] data using ($1 == 1 && $2 == a ? $3 / unit : NaN):4 with lines lw 2 lc rgb colour(a), \
    for [a = n:1:-1] data using ($1 == 1 && $2 == a && points_shown ? $3 / unit : NaN):4 with points pt 7 ps 0.6 lc rgb colour(a)
unset output
