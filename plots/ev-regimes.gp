# Price above, regimes below: one lane a regime, darker where more of the bars in that stretch belong to it.
# By hand: gnuplot -d -c ev-regimes.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 from, 2 to (epoch seconds UTC), 3 low, 4 high, 5 close, then one column a regime: its share of that stretch
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
from = STATS_min
stats data using 2 nooutput
to = STATS_max
stats data using 3 nooutput
cheapest = STATS_min
stats data using 4 nooutput
dearest = STATS_max
if (!exists("regimes")) { stats data matrix nooutput; regimes = int(STATS_size_x) - 5 }
if (!exists("regime_names")) {
    array regime_names[regimes]
    do for [k = 1:regimes] { stats data using 5 + k nooutput; regime_names[k] = sprintf('%d  %.1f%%', k, 100 * STATS_mean) }
}
lane = 22
height = 330 + lane * regimes

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set lmargin at screen 0.17; set rmargin at screen 0.985
set xrange [from:to]
unset key
set multiplot
set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
set border 2 lc rgb '#8a8a8a'
set tmargin at screen 1-46.0/height; set bmargin at screen 1-(46.0+200)/height
set ytics nomirror scale 0.5 tc rgb '#404040'
wide = cheapest > 0 && dearest > 4 * cheapest
if (wide) {
    set logscale y
    unset mytics
    # 1, 2, 5 in every decade between the extremes.
    set ytics (cheapest)
    unset ytics
    do for [d = int(floor(log10(cheapest))):int(floor(log10(dearest)))] {
        do for [m in '1 2 5'] {
            v = m * 10.0 ** d
            if (v >= 0.9 * cheapest && v <= 1.1 * dearest) { set ytics add (sprintf('%.6g', v) v) }
        }
    }
    set ytics nomirror scale 0.5 tc rgb '#404040'
    set yrange [0.9 * cheapest : 1.1 * dearest]
}
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set xtics format '' scale 0
set ylabel (wide ? 'close (log scale)' : 'close') tc rgb '#404040'
plot data using 1:3:4 with filledcurves lc rgb '#b8c4d0', data using 1:5 with lines lc rgb '#303840' lw 1

unset label; unset logscale y; unset ylabel; unset grid
set tmargin at screen 1-(46.0+210)/height; set bmargin at screen 1-(46.0+210+lane*regimes)/height
set border 0
unset ytics
set yrange [regimes + 0.5 : 0.5]
days = (to - from) / 86400.0
tick = days > 2920 ? 730.5 : (days > 1100 ? 365.25 : (days > 370 ? 121.75 : (days > 120 ? 30.4375 : (days > 40 ? 14 : (days > 8 ? 3 : 1)))))
set xtics time nomirror out scale 0.5 tc rgb '#404040' font ',10' format (days > 1100 ? '%Y' : (days > 120 ? "%b\n%Y" : "%d %b\n%Y"))
set xtics tick * 86400
set style fill solid 1.0 noborder
colour(k) = int(word('0x56B4E9 0x009E73 0xE69F00 0xD55E00 0x0072B2 0xCC79A7 0x7A7A7A 0x000000', 1 + (k - 1) % 8))
# The colour, paler the smaller the share; opaque, so that neighbours may overlap and leave no seam.
pale(c, share) = int(255.5 - (255 - c) * (0.15 + 0.85 * share))
tint(c, share) = 65536 * pale(c / 65536, share) + 256 * pale((c / 256) % 256, share) + pale(c % 256, share)
do for [k = 1:regimes] {
    set label 10 + k regime_names[k] at screen 0.162, first k right font ',10' tc rgb '#202020'
    set object 10 + k rectangle from graph 0, first k - 0.42 to graph 1, first k + 0.42 behind fs solid noborder fc rgb tint(colour(k), 0)
}
plot for [k = 1:regimes] data using (column(5 + k) > 0 ? column(1) : NaN):(k):1:(column(2) + 0.25 * (column(2) - column(1))):(k - 0.42):(k + 0.42):(tint(colour(k), column(5 + k))) \
    with boxxyerror lc rgb variable
unset multiplot
unset output
