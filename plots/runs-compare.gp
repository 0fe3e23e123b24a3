# Several runs over training, one panel a quantity or regime: thick the mean over a run's seeds, thin each seed.
# By hand: gnuplot -d -c runs-compare.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 panel_no, 2 run_no, 3 seed_no (0: mean over seeds), 4 step, 5 value, 6 low, 7 high (range of the panel's axis), 8 panel, 9 run;
#          a row without numbers but the first three ends each curve
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("in_percent")) { in_percent = 0 }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
stats data using 2 nooutput
runs = int(STATS_max)
stats data using 4 nooutput
most = STATS_max
array low[n]; array high[n]
stats data using (k = int(column(1)), column(5) == column(5) ? (low[k] = column(6), high[k] = column(7)) : 0, 0) nooutput
if (!exists("panel_names")) {
    array panel_names[n]; array run_names[runs]
    stats data using (panel_names[int(column(1))] = strcol(8), run_names[int(column(2))] = strcol(9), 0) nooutput
}
unit = most >= 2e6 ? 1e6 : (most >= 2e3 ? 1e3 : 1)
unit_name = unit == 1e6 ? 'million steps' : (unit == 1e3 ? 'thousand steps' : 'steps')
columns = n > 1 ? 2 : 1
rows = int(ceil(1.0 * n / columns))
panel = 150
# The key takes as many lines as the names need.
longest = 0
do for [r = 1:runs] { longest = strlen(run_names[r]) > longest ? strlen(run_names[r]) : longest }
slot = 0.06 + 0.0088 * longest
per_line = int(0.97 / slot); per_line = per_line < 1 ? 1 : per_line
key_lines = int(ceil(1.0 * runs / per_line))
head = 70 + 20 * key_lines
height = head + rows * (panel + 50) + 22

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

colour(r) = int(word('0x0072B2 0xD55E00 0x009E73 0xCC79A7 0xE69F00 0x56B4E9 0x7A7A7A 0x000000', 1 + (r - 1) % 8))
dash(r) = 1 + (r - 1) / 8
pale(c, part) = int(255.5 - (255 - c) * part)
tint(c) = 65536 * pale(c / 65536, 0.4) + 256 * pale((c / 256) % 256, 0.4) + pale(c % 256, 0.4)
set border 3 lc rgb '#8a8a8a'
unset key
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set xrange [0 : most / unit]
left = 0.07; width = (1.0 - left) / columns
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = head + b * (panel + 50)
    set lmargin at screen left + c * width; set rmargin at screen left + (c + 1) * width - 0.062
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    unset label; unset arrow
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
        do for [r = 1:runs] {
            x = 0.012 + ((r - 1) % per_line) * slot; y = 1 - (48.0 + 20 * ((r - 1) / per_line)) / height
            set arrow 200 + r from screen x, y to screen x + 0.026, y nohead lw 3 dt dash(r) lc rgb colour(r)
            set label 200 + r run_names[r] at screen x + 0.033, y left font ',10' tc rgb '#202020'
        }
    }
    if (in_percent) {
        set yrange [0:1.02]
        set ytics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1)
    } else {
        set yrange [low[k] : high[k]]
        span = high[k] - low[k]
        step = 10.0 ** floor(log10(span))
        step = span / step > 5 ? 2 * step : (span / step > 2.2 ? step : step / 2)
        set ytics step format '%g'
    }
    set label 1 panel_names[k] at graph 0, graph 1.0 + 11.0/panel left font ',11' tc rgb '#101010'
    set xlabel (k > n - columns ? unit_name : '') tc rgb '#404040' font ',9' offset 0,0.6
    plot for [r = runs:1:-1] data using (column(1) == k && column(2) == r && column(3) > 0 ? column(4) / unit : NaN):5 with lines lw 0.6 dt dash(r) lc rgb tint(colour(r)), \
        for [r = runs:1:-1] data using (column(1) == k && column(2) == r && column(3) == 0 ? column(4) / unit : NaN):5 with lines lw 2.4 dt dash(r) lc rgb colour(r)
}
unset multiplot
unset output
