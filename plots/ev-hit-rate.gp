# Uncertain value V(p) of trading against the hit rate p, one panel a regime, with the guarantee premium as a line;
# trading pays where V(p) is above it. The crossing is the break-even; the grey band is the observed hit rate.
# By hand: gnuplot -d -c ev-hit-rate.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 regime_no, 2 premium, 3 value_at_half, 4 slope, 5 break_even, 6 low, 7 high, 8 hit_rate, 9 low, 10 high,
#          11 p_from, 12 p_to, 13 bars, 14 regime; one row a regime
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
array premium[n]; array half[n]; array slope[n]; array even[n]; array even_low[n]; array even_high[n]
array hit[n]; array hit_low[n]; array hit_high[n]; array bars[n]
stats data using (k = int(column(1)), premium[k] = column(2), half[k] = column(3), slope[k] = column(4), even[k] = column(5), \
    even_low[k] = column(6), even_high[k] = column(7), hit[k] = column(8), hit_low[k] = column(9), hit_high[k] = column(10), \
    p_from = column(11), p_to = column(12), bars[k] = int(column(13)), 0) nooutput
if (!exists("regime_names")) {
    array regime_names[n]
    stats data using (regime_names[int(column(1))] = strcol(14), 0) nooutput
}
columns = n < 2 ? 1 : (n > 4 ? 3 : 2)
rows = int(ceil(1.0 * n / columns))
height = 124 + 210 * rows

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set border 3 lc rgb '#8a8a8a'
set tics nomirror scale 0.5 tc rgb '#404040' font ',10'
step = p_to - p_from > 0.14 ? 0.05 : 0.02
set xtics step format '%.2f'
set style fill solid 1.0 noborder
set xrange [p_from:p_to]
unset key
v(k, p) = half[k] + slope[k] * (p - 0.5)
least(a, b) = a < b ? a : b
most(a, b) = a > b ? a : b
inside(p) = p == p && p >= p_from && p <= p_to
clamp(p) = most(p_from, least(p_to, p))
set multiplot layout rows,columns margins screen 0.075,0.975,70.0/height,1-96.0/height spacing screen 0.075,58.0/height
do for [k = 1:n] {
    low = least(premium[k], least(v(k, p_from), v(k, p_to)))
    high = most(premium[k], most(v(k, p_from), v(k, p_to)))
    set ytics autofreq
    pad = high > low ? 0.09 * (high - low) : 1
    set yrange [low - pad : high + 2.2 * pad]
    unset label; unset object; unset arrow
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
        # The key, drawn by hand because it serves all panels.
        y = 1 - 48.0/height
        set object 103 rectangle from screen 0.013, y-5.0/height to screen 0.035, y+5.0/height fs solid noborder fc rgb '#c9c9c9'
        set label 103 'observed hit rate, 95%' at screen 0.042, y left font ',10'
        set arrow 104 from screen 0.245, y to screen 0.267, y nohead lw 2.2 lc rgb '#E69F00'
        set label 104 'V(p), uncertain' at screen 0.274, y left font ',10'
        set arrow 105 from screen 0.415, y to screen 0.448, y nohead lw 1.8 lc rgb '#0072B2' dt 2
        set label 105 'guarantee premium' at screen 0.454, y left font ',10'
        set label 106 '' at screen 0.648, y point pt 7 ps 0.7 lc rgb '#101010'
        set label 107 'break-even, 95%' at screen 0.66, y left font ',10'
        set object 108 rectangle from screen 0.825, y-5.0/height to screen 0.847, y+5.0/height fs solid noborder fc rgb '#cfe8e0'
        set label 108 'trading pays' at screen 0.854, y left font ',10'
    }
    set label 1 regime_names[k] at graph 0, graph 1.08 left font ',11' tc rgb '#101010'
    off = even[k] == even[k] && !inside(even[k]) ? ' (off the panel)' : ''
    word_even = even[k] == even[k] ? sprintf('break-even %.3f', even[k]) . off : 'no break-even'
    set label 2 word_even at graph 1, graph 1.08 right font ',10' tc rgb '#303030'
    if (hit_low[k] == hit_low[k] && hit_high[k] == hit_high[k]) {
        set object 1 rectangle from clamp(hit_low[k]), graph 0 to clamp(hit_high[k]), graph 1 behind fs solid noborder fc rgb '#d4d4d4'
    }
    if (inside(even[k]) && even_low[k] == even_low[k]) {
        set arrow 1 from clamp(even_low[k]), premium[k] to clamp(even_high[k]), premium[k] heads size graph 0.012,90 front lw 1.6 lc rgb '#101010'
        set label 3 '' at even[k], premium[k] point pt 7 ps 0.75 lc rgb '#101010' front
    }
    set xlabel (k > n - columns ? 'hit rate p' : '') tc rgb '#404040' offset 0,0.4
    plot '+' using 1:(premium[k]):(most(premium[k], v(k, $1))) with filledcurves lc rgb '#cfe8e0' fs transparent solid 0.75, \
        premium[k] lc rgb '#0072B2' lw 1.8 dt 2, \
        v(k, x) lc rgb '#E69F00' lw 2.2
}
unset multiplot
unset output
