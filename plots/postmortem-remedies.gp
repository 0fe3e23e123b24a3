# The mix as a run ended, and the forecast mix under each remedy: one stacked bar each.
# By hand: gnuplot -d -c postmortem-remedies.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 bar_no (1: as it ended), 2 action_no (1: HOLD), 3 from, 4 to (stacked shares), 5 bar, 6 action. line_at: percent at which the dashed line is, negative for none
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("line_at")) { line_at = 80 }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
stats data using 2 nooutput
actions = int(STATS_max)
if (!exists("bar_names")) {
    array bar_names[n]; array action_names[actions]
    stats data using (bar_names[int(column(1))] = strcol(5), action_names[int(column(2))] = strcol(6), 0) nooutput
}
lane = 44
height = 74 + n * lane + 62
if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output
colour(a) = int(word('0xD55E00 0x009E73 0x0072B2 0xCC79A7 0xE69F00 0x56B4E9 0x7A7A7A 0x000000', 1 + (a - 1) % 8))
set border 1 lc rgb '#8a8a8a'
unset key
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
unset ytics
set xtics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1)
set style fill solid 1.0 noborder
set xrange [0 : 1]
set yrange [n + 0.5 : 0.5]
set lmargin at screen 0.26; set rmargin at screen 0.965
set tmargin at screen 1 - 70.0/height; set bmargin at screen 58.0/height
set label 101 heading at screen 0.012, 1-20.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
x = 0.26; y = 1 - 50.0/height
do for [a = 1:actions] {
    set object 100 + a rectangle from screen x, y-6.0/height to screen x + 0.018, y+6.0/height fs solid noborder fc rgb colour(a)
    set label 110 + a action_names[a] at screen x + 0.024, y left font ',10' tc rgb '#202020'
    x = x + 0.042 + 0.0092 * strlen(action_names[a])
}
do for [k = 1:n] { set label 200 + k bar_names[k] at screen 0.25, first k right font ',10' tc rgb '#202020' }
if (line_at >= 0) { set arrow 300 from line_at/100.0, 0.5 to line_at/100.0, n + 0.5 nohead dt 2 lw 1 lc rgb '#101010' front }
share(a, b) = b - a >= 0.055 ? sprintf('%.0f%%', 100 * (b - a)) : ''
plot data using (0.5 * ($3 + $4)):1:3:4:($1 - 0.32):($1 + 0.32):(colour(int($2))) with boxxyerror lc rgb variable, \
    data using (0.5 * ($3 + $4)):1:(share($3, $4)) with labels font ',9' tc rgb '#ffffff'
unset output
