# Forecast action mix by regime over training, one panel a regime: lines the forecast, bars at the right the 90% band of the mean of three seeds,
# diamonds what training reached.
# By hand: gnuplot -d -c forecast-mix.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 kind (1 curve, 2 band at the end, 3 trained), 2 regime_no, 3 action_no, 4 step, 5 share, 6 low, 7 high, 8 regime, 9 action
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using (n = int(column(2)), column(2)) nooutput
n = int(STATS_max)
stats data using 3 nooutput
actions = int(STATS_max)
stats data using 4 nooutput
last = STATS_max
if (!exists("regime_names")) {
    array regime_names[n]
    stats data using (regime_names[int(column(2))] = strcol(8), 0) nooutput
}
if (!exists("action_names")) {
    array action_names[actions]
    stats data using (action_names[int(column(3))] = strcol(9), 0) nooutput
}
unit = last >= 2e6 ? 1e6 : last >= 2e3 ? 1e3 : 1
unit_name = unit == 1e6 ? 'million steps' : unit == 1e3 ? 'thousand steps' : 'steps'
columns = n < 2 ? 1 : 2
rows = int(ceil(1.0 * n / columns))
height = 118 + 190 * rows

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output
# The colours of run-mix.gp: what is forecast and what was trained are compared at a glance.
colour(a) = int(word('0xD55E00 0x009E73 0x0072B2 0xCC79A7 0xE69F00 0x56B4E9 0x7A7A7A 0x000000', 1 + (a - 1) % 8))
set border 3 lc rgb '#8a8a8a'
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
set yrange [0:1.02]
set ytics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1)
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set xrange [0:1.09 * last / unit]
unset key
set multiplot layout rows,columns margins screen 0.075,0.975,62.0/height,1-88.0/height spacing screen 0.075,54.0/height
do for [k = 1:n] {
    unset label; unset arrow; unset object
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
        x = 0.02
        y = 1 - 46.0/height
        do for [a = 1:actions] {
            set arrow 110 + a from screen x, y to screen x + 0.022, y nohead lw 2.4 lc rgb colour(a)
            set label 110 + a action_names[a] at screen x + 0.029, y left font ',10' tc rgb '#202020'
            x = x + 0.05 + 0.0088 * strlen(action_names[a])
        }
        set label 120 'bar: 90% band at the end; diamond: trained' at screen x + 0.01, y left font ',10' tc rgb '#404040'
    }
    set label 1 regime_names[k] at graph 0, graph 1.08 left font ',11' tc rgb '#101010'
    set xlabel (k > n - columns ? unit_name : '') tc rgb '#404040' font ',9' offset 0,0.6
    plot for [a = actions:1:-1] data using (column(1) == 1 && column(2) == k && column(3) == a ? column(4) / unit : NaN):5 with linespoints pt 7 ps 0.35 lw 2.2 lc rgb colour(a), \
        for [a = 1:actions] data using (column(1) == 2 && column(2) == k && column(3) == a ? (1 + 0.018 * a) * column(4) / unit : NaN):5:6:7 with yerrorbars pt 7 ps 0.35 lw 2 lc rgb colour(a), \
        for [a = 1:actions] data using (column(1) == 3 && column(2) == k && column(3) == a ? (1 + 0.018 * a) * column(4) / unit : NaN):5 with points pt 12 ps 0.95 lw 2 lc rgb colour(a)
}
unset multiplot
unset output
