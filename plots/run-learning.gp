# Learning curves, one panel a quantity: thick the mean over seeds, thin each seed, dashed a line to compare with.
# By hand: gnuplot -d -c run-learning.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 panel_no, 2 seed_no (0: mean over seeds), 3 step, 4 value, 5 line (NaN for none), 6 low, 7 high (range of the panel's axis), 8 panel;
#          a row without numbers but the first two ends each curve
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
stats data using 2 nooutput
seeds = int(STATS_max)
stats data using 3 nooutput
most = STATS_max
array low[n]; array high[n]; array line[n]
stats data using (k = int(column(1)), column(4) == column(4) ? (line[k] = column(5), low[k] = column(6), high[k] = column(7)) : 0, 0) nooutput
if (!exists("panel_names")) {
    array panel_names[n]
    stats data using (panel_names[int(column(1))] = strcol(8), 0) nooutput
}
unit = most >= 2e6 ? 1e6 : (most >= 2e3 ? 1e3 : 1)
unit_name = unit == 1e6 ? 'million steps' : (unit == 1e3 ? 'thousand steps' : 'steps')
columns = n > 1 ? 2 : 1
rows = int(ceil(1.0 * n / columns))
panel = 128
height = 62 + rows * (panel + 50) + 22

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set border 3 lc rgb '#8a8a8a'
unset key
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set xrange [0 : most / unit]
left = 0.07; width = (1.0 - left) / columns
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = 62 + b * (panel + 50)
    set lmargin at screen left + c * width; set rmargin at screen left + (c + 1) * width - 0.068
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    set yrange [low[k] : high[k]]
    span = high[k] - low[k]
    step = 10.0 ** floor(log10(span))
    step = span / step > 5 ? 2 * step : (span / step > 2.2 ? step : step / 2)
    set ytics step format '%g'
    unset label; unset arrow
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
    }
    set label 1 panel_names[k] at graph 0, graph 1.0 + 11.0/panel left font ',10' tc rgb '#101010'
    if (line[k] == line[k]) {
        set arrow 1 from graph 0, first line[k] to graph 1, first line[k] nohead dt 2 lw 1.2 lc rgb '#D55E00' front
        set label 2 sprintf('%g', line[k]) at graph 1.01, first line[k] left font ',9' tc rgb '#b34a00'
    }
    set xlabel (k > n - columns ? unit_name : '') tc rgb '#404040' font ',9' offset 0,0.6
    plot data using (column(1) == k && column(2) > 0 && seeds > 1 ? column(3) / unit : NaN):4 with lines lw 0.7 lc rgb '#9fc8e2', \
        data using (column(1) == k && column(2) == 0 ? column(3) / unit : NaN):4 with lines lw 2.2 lc rgb '#0072B2'
}
unset multiplot
unset output
