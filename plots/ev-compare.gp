# Several rewards side by side: TRADE minus HOLD at zero edge per regime with its 95% interval (thick) and the band that holds for
# all regimes at once (thin). Every reward has its own scale.
# By hand: gnuplot -d -c ev-compare.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 reward_no, 2 regime_no, 3 gap, 4 low, 5 high, 6 simultaneous_low, 7 simultaneous_high, 8 regime, 9 reward
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
regimes = int(STATS_max)
if (!exists("reward_names")) {
    array reward_names[n]; array regime_names[regimes]
    stats data using (reward_names[int(column(1))] = strcol(9), regime_names[int(column(2))] = strcol(8), 0) nooutput
}
array least[n]; array most[n]
do for [k = 1:n] { least[k] = 0.0; most[k] = 0.0 }
grow(k, x) = x == x ? (least[k] = x < least[k] ? x : least[k], most[k] = x > most[k] ? x : most[k], 0) : 0
do for [c = 3:7] { stats data using (grow(int(column(1)), column(c))) nooutput }
columns = n > 4 ? 4 : n
bands = int(ceil(1.0 * n / columns))
panel = 38 * regimes
height = 66 + bands * (panel + 66) + 26

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set border 1 lc rgb '#8a8a8a'
unset key; unset ytics
set grid xtics lt 1 lc rgb '#e6e6e6' lw 0.7
set yrange [regimes + 0.6 : 0.4]
left = 0.135; width = (0.985 - left) / columns
# Blue-green: trading pays. Vermilion: holding pays. Grey: the interval straddles zero.
colour(low, high) = low > 0 ? 0x009E73 : (high < 0 ? 0xD55E00 : 0x7A7A7A)
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = 66 + b * (panel + 66) + 30
    set lmargin at screen left + c * width + 0.014; set rmargin at screen left + (c + 1) * width - 0.014
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    span = most[k] > least[k] ? most[k] - least[k] : 1.0
    set xrange [least[k] - 0.12 * span : most[k] + 0.12 * span]
    step = 10.0 ** floor(log10(span))
    step = span / step > 5 ? 2 * step : (span / step > 2.2 ? step : step / 2)
    set xtics step nomirror scale 0.5 tc rgb '#404040' font ',9' offset 0,0.3
    unset label
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
        set label 103 'trading pays' at screen 0.985, 1-50.0/height right font ',10' tc rgb '#00785a'
        set label 104 'holding pays' at screen 0.875, 1-50.0/height right font ',10' tc rgb '#b34a00'
        set label 105 'cannot tell' at screen 0.765, 1-50.0/height right font ',10' tc rgb '#606060'
    }
    set label 1 reward_names[k] at graph 0, graph 1.0 + 13.0/panel left font ',12' tc rgb '#101010'
    if (c == 0) {
        do for [r = 1:regimes] { set label 200 + r regime_names[r] at screen left, first r right font ',10' tc rgb '#202020' }
    }
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#303030' lw 0.8
    plot data using (column(1) == k ? column(6) : NaN):2:(column(7) - column(6)):(0):(colour(column(4), column(5))) with vectors nohead lw 1.2 lc rgb variable, \
        data using (column(1) == k ? column(4) : NaN):2:(column(5) - column(4)):(0):(colour(column(4), column(5))) with vectors nohead lw 4 lc rgb variable, \
        data using (column(1) == k ? column(3) : NaN):2:(colour(column(4), column(5))) with points pt 7 ps 0.9 lc rgb variable, \
        data using (column(1) == k ? column(3) : NaN):($2 - 0.32):(abs(column(3)) < 1e-9 * span ? '0' : sprintf('%+.3g', column(3))) with labels center font ',9' tc rgb '#303030'
}
unset multiplot
unset output
