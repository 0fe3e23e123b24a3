# Equity and drawdown of a policy beside fixed ones, regimes below: thick the mean over seeds, thin each seed; one lane a regime, darker where more
# of the bars in that stretch belong to it.
# By hand: gnuplot -d -c run-equity.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 kind (1: a curve, 2: a regime's share), 2 number of the curve or regime, 3 seed_no (0: mean over seeds, or the only one), 4 from, 5 to
#          (epoch seconds UTC), 6 equity at the end of the stretch (start: 1), or share, 7 largest drawdown in it, 8 is_policy, 9 name;
#          a row without numbers but the first three ends each curve
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using (column(1) == 1 ? column(2) : NaN) nooutput
curves = int(STATS_max)
stats data using (column(1) == 2 ? column(2) : NaN) nooutput
regimes = STATS_records > 0 ? int(STATS_max) : 0
stats data using 4 nooutput
from = STATS_min
stats data using 5 nooutput
to = STATS_max
stats data using (column(1) == 1 ? column(6) : NaN) nooutput
cheapest = STATS_min
dearest = STATS_max
stats data using 7 nooutput
deepest = STATS_max > 0 ? STATS_max : 0.01
array is_policy[curves]
stats data using (column(1) == 1 && column(8) == column(8) ? (is_policy[int(column(2))] = column(8), 0) : 0, 0) nooutput
if (!exists("curve_names")) {
    array curve_names[curves]; array regime_names[regimes > 0 ? regimes : 1]
    stats data using (column(1) == 1 ? (curve_names[int(column(2))] = strcol(9), 0) : (regime_names[int(column(2))] = strcol(9), 0), 0) nooutput
}
lane = 20
tall = 230; low = 100
head = 82
height = head + tall + 12 + low + 12 + lane * regimes + 72

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

colour(k) = int(word('0xD55E00 0x0072B2 0x009E73 0xCC79A7 0xE69F00 0x7A7A7A 0x56B4E9 0x000000', 1 + (k - 1) % 8))
pale(c, share) = int(255.5 - (255 - c) * share)
tint(c, share) = 65536 * pale(c / 65536, share) + 256 * pale((c / 256) % 256, share) + pale(c % 256, share)
set lmargin at screen 0.17; set rmargin at screen 0.985
set xrange [from:to]
unset key
set multiplot
set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
do for [k = 1:curves] {
    x = 0.17 + 0.204 * ((k - 1) % 4); y = 1 - (44.0 + 17 * ((k - 1) / 4)) / height
    set arrow 100 + k from screen x, y to screen x + 0.024, y nohead lw (is_policy[k] == 1 ? 3 : 1.6) lc rgb colour(k)
    set label 110 + k curve_names[k] at screen x + 0.03, y left font ',10' tc rgb '#202020'
}
set border 2 lc rgb '#8a8a8a'
set tmargin at screen 1-1.0*head/height; set bmargin at screen 1-1.0*(head+tall)/height
set ytics nomirror scale 0.5 tc rgb '#404040' font ',10'
wide = cheapest > 0 && dearest > 8 * cheapest
if (wide) {
    set logscale y
    unset mytics
    # 1 in every decade, 2 and 5 too while there are few decades.
    decades = log10(dearest / cheapest)
    set ytics (1)
    unset ytics
    do for [d = int(floor(log10(cheapest))):int(floor(log10(dearest)))] {
        do for [m in (decades < 3 ? '1 2 5' : '1')] {
            v = m * 10.0 ** d
            if (v >= 0.9 * cheapest && v <= 1.1 * dearest) { set ytics add (sprintf('%.6g', v) v) }
        }
    }
    set ytics nomirror scale 0.5 tc rgb '#404040' font ',10'
    set yrange [cheapest / 1.1 : dearest * 1.1]
} else {
    pad = dearest > cheapest ? 0.05 * (dearest - cheapest) : 0.1
    set yrange [cheapest - pad : dearest + pad]
}
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set xtics format '' scale 0
set label 103 (wide ? "equity\n(log scale)" : 'equity') at screen 0.012, 1-(head+12.0)/height left font ',10' tc rgb '#404040'
set label 104 'start = 1' at screen 0.012, 1-(head+(wide ? 46.0 : 30.0))/height left font ',9' tc rgb '#5a5a5a'
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb '#505050' lw 0.8
set style arrow 1 nohead
plot for [k = curves:1:-1] data using (column(1) == 1 && column(2) == k && column(3) > 0 ? column(5) : NaN):6 with lines lw 0.6 lc rgb tint(colour(k), 0.45), \
    for [k = curves:1:-1] data using (column(1) == 1 && column(2) == k && column(3) == 0 ? column(5) : NaN):6 with lines lw (is_policy[k] == 1 ? 2.4 : 1.2) lc rgb colour(k)

unset label; unset arrow; unset logscale y
set ytics autofreq nomirror scale 0.5 tc rgb '#404040' font ',10'
set tmargin at screen 1-1.0*(head+tall+12)/height; set bmargin at screen 1-1.0*(head+tall+12+low)/height
set yrange [-1.05 * deepest : 0]
step = deepest > 0.6 ? 0.25 : (deepest > 0.25 ? 0.1 : (deepest > 0.1 ? 0.05 : (deepest > 0.03 ? 0.02 : 0.005)))
set ytics (0)
unset ytics
do for [i = 0:int(deepest / step)] { set ytics add (sprintf(step < 0.01 ? '-%.1f%%%%' : '-%.0f%%%%', 100 * i * step) -i * step) }
set ytics add ('0%%' 0)
set ytics nomirror scale 0.5 tc rgb '#404040' font ',10'
set label 103 'drawdown' at screen 0.012, 1-(head+tall+22.0)/height left font ',10' tc rgb '#404040'
plot for [k = curves:1:-1] data using (column(1) == 1 && column(2) == k && column(3) > 0 ? column(5) : NaN):(-column(7)) with lines lw 0.6 lc rgb tint(colour(k), 0.45), \
    for [k = curves:1:-1] data using (column(1) == 1 && column(2) == k && column(3) == 0 ? column(5) : NaN):(-column(7)) with lines lw (is_policy[k] == 1 ? 1.8 : 1) lc rgb colour(k)

unset label; unset grid
set tmargin at screen 1-1.0*(head+tall+24+low)/height; set bmargin at screen 1-1.0*(head+tall+24+low+lane*(regimes > 0 ? regimes : 0.2))/height
set border 0
unset ytics
set yrange [(regimes > 0 ? regimes : 1) + 0.5 : 0.5]
days = (to - from) / 86400.0
tick = days > 2920 ? 730.5 : (days > 1100 ? 365.25 : (days > 370 ? 121.75 : (days > 120 ? 30.4375 : (days > 40 ? 14 : (days > 8 ? 3 : 1)))))
set xtics time nomirror out scale 0.5 tc rgb '#404040' font ',10' format (days > 1100 ? '%Y' : (days > 120 ? "%b\n%Y" : "%d %b\n%Y"))
set xtics tick * 86400
set style fill solid 1.0 noborder
band(k) = int(word('0x56B4E9 0x009E73 0xE69F00 0xD55E00 0x0072B2 0xCC79A7 0x7A7A7A 0x000000', 1 + (k - 1) % 8))
do for [k = 1:regimes] {
    set label 10 + k regime_names[k] at screen 0.163, first k right font ',10' tc rgb '#202020'
    set object 10 + k rectangle from graph 0, first k - 0.42 to graph 1, first k + 0.42 behind fs solid noborder fc rgb tint(band(k), 0.15)
}
if (regimes > 0) {
    plot data using (column(1) == 2 && column(6) > 0 ? column(4) : NaN):2:4:(column(5) + 0.25 * (column(5) - column(4))):($2 - 0.42):($2 + 0.42):(tint(band(int($2)), 0.15 + 0.85 * column(6))) \
        with boxxyerror lc rgb variable
} else { plot NaN }
unset multiplot
unset output
