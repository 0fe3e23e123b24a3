# Pay a step by reward term over training, one panel a regime: thick the mean over seeds, thin each seed, black the sum of all terms.
# By hand: gnuplot -d -c run-pay.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 regime_no, 2 seed_no (0: mean over seeds), 3 term_no (0: their sum), 4 step, 5 pay, 6 regime, 7 term;
#          a row without numbers but the first three ends each curve
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
terms = int(STATS_max)
stats data using 4 nooutput
most = STATS_max
array least_pay[n]; array most_pay[n]
do for [k = 1:n] { least_pay[k] = 0.0; most_pay[k] = 0.0 }
grow(k, x) = x == x ? (least_pay[k] = x < least_pay[k] ? x : least_pay[k], most_pay[k] = x > most_pay[k] ? x : most_pay[k], 0) : 0
stats data using (grow(int(column(1)), column(5))) nooutput
if (!exists("regime_names")) {
    array regime_names[n]; array term_names[terms]
    stats data using (regime_names[int(column(1))] = strcol(6), column(3) > 0 ? (term_names[int(column(3))] = strcol(7), 0) : 0, 0) nooutput
}
unit = most >= 2e6 ? 1e6 : (most >= 2e3 ? 1e3 : 1)
unit_name = unit == 1e6 ? 'million steps' : (unit == 1e3 ? 'thousand steps' : 'steps')
columns = n > 1 ? 2 : 1
rows = int(ceil(1.0 * n / columns))
panel = 160
keys = int(ceil((terms + 1) / 4.0))
head = 40 + 17 * keys + 26
height = head + rows * (panel + 50) + 20

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

colour(t) = int(word('0x0072B2 0xD55E00 0x009E73 0xCC79A7 0xE69F00 0x56B4E9 0x8A6D3B 0x7A7A7A', 1 + (t - 1) % 8))
pale(c, part) = int(255.5 - (255 - c) * part)
tint(c) = 65536 * pale(c / 65536, 0.4) + 256 * pale((c / 256) % 256, 0.4) + pale(c % 256, 0.4)
set border 3 lc rgb '#8a8a8a'
unset key
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set xrange [0 : most / unit]
left = 0.075; width = (1.0 - left) / columns
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = head + b * (panel + 50)
    set lmargin at screen left + c * width; set rmargin at screen left + (c + 1) * width - 0.075
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    span = most_pay[k] > least_pay[k] ? most_pay[k] - least_pay[k] : 1.0
    set yrange [least_pay[k] - 0.06 * span : most_pay[k] + 0.06 * span]
    step = 10.0 ** floor(log10(span))
    step = span / step > 5 ? 2 * step : (span / step > 2.2 ? step : step / 2)
    set ytics step format '%g'
    unset label; unset arrow
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
        do for [t = 0:terms] {
            x = 0.012 + 0.247 * (t % 4); y = 1 - (48.0 + 17 * (t / 4)) / height
            if (t == 0) {
                set arrow 200 from screen x, y to screen x + 0.024, y nohead lw 1.8 lc rgb '#101010'
                set label 200 'sum of all terms' at screen x + 0.03, y left font ',9' tc rgb '#202020'
            } else {
                set arrow 200 + t from screen x, y to screen x + 0.024, y nohead lw 3 lc rgb colour(t)
                set label 200 + t term_names[t] at screen x + 0.03, y left font ',9' tc rgb '#202020'
            }
        }
    }
    set label 1 regime_names[k] at graph 0, graph 1.0 + 11.0/panel left font ',11' tc rgb '#101010'
    set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead lc rgb '#505050' lw 0.8
    set xlabel (k > n - columns ? unit_name : '') tc rgb '#404040' font ',9' offset 0,0.6
    plot for [t = 1:terms] data using (column(1) == k && column(2) > 0 && column(3) == t && seeds > 1 ? column(4) / unit : NaN):5 with lines lw 0.7 lc rgb tint(colour(t)), \
        for [t = terms:1:-1] data using (column(1) == k && column(2) == 0 && column(3) == t ? column(4) / unit : NaN):5 with linespoints pt 7 ps 0.3 lw 2.2 lc rgb colour(t), \
        data using (column(1) == k && column(2) == 0 && column(3) == 0 ? column(4) / unit : NaN):5 with lines lw 1.4 lc rgb '#101010'
}
unset multiplot
unset output
