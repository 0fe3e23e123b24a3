# Share of HOLD against what a sweep varied, one panel for each thing varied: dots are trials, rings their means over the seeds of a value, joined in a grid.
# By hand: gnuplot -d -c sweep-hold.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 panel_no, 2 regime_no, 3 x (the value, or its place where values are words), 4 hold, 5 is_mean, 6 is_log, 7 panel, 8 regime, 9 value
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("joined")) { joined = 1 }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
stats data using 2 nooutput
regimes = int(STATS_max)
if (!exists("panel_names")) {
    array panel_names[n]; array regime_names[regimes]
    stats data using (panel_names[int(column(1))] = strcol(7), regime_names[int(column(2))] = strcol(8), 0) nooutput
}
array least[n]; array most[n]; array logs[n]
# logs: 1 logarithmic, 0 not, -1 words, which stand at whole places with their own labels.
do for [k = 1:n] { least[k] = NaN; most[k] = NaN; logs[k] = 0 }
grow(k, x, l) = (least[k] = least[k] != least[k] || x < least[k] ? x : least[k], most[k] = most[k] != most[k] || x > most[k] ? x : most[k], logs[k] = l, 0)
stats data using (grow(int(column(1)), column(3), column(6))) nooutput
columns = n > 1 ? 2 : 1
rows = int(ceil(1.0 * n / columns))
panel = n > 1 ? 210 : 300
height = 84 + rows * (panel + 66) + 22

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

colour(g) = int(word('0x0072B2 0x009E73 0xE69F00 0xD55E00 0xCC79A7 0x56B4E9 0x7A7A7A 0x000000', 1 + (g - 1) % 8))
pale(c, part) = int(255.5 - (255 - c) * part)
tint(c) = 65536 * pale(c / 65536, 0.5) + 256 * pale((c / 256) % 256, 0.5) + pale(c % 256, 0.5)
set border 3 lc rgb '#8a8a8a'
unset key
set ytics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1) nomirror scale 0.5 tc rgb '#404040' font ',9'
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set yrange [0 : 1.02]
left = 0.062; width = (1.0 - left) / columns
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = 76 + b * (panel + 66)
    set lmargin at screen left + c * width; set rmargin at screen left + (c + 1) * width - 0.062
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    unset label; unset object; unset arrow
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
        x = 0.012; y = 1 - 48.0/height
        do for [g = 1:regimes] {
            set arrow 100 + g from screen x, y to screen x + 0.024, y nohead lw 3 lc rgb colour(g)
            set label 110 + g regime_names[g] at screen x + 0.03, y left font ',10' tc rgb '#202020'
            x = x + 0.046 + 0.0092 * strlen(regime_names[g])
        }
    }
    set xlabel panel_names[k] tc rgb '#202020' font ',10' offset 0,0.4
    unset logscale x
    if (logs[k] == 1) { set logscale x }
    span = most[k] - least[k]
    if (logs[k] == 1) { set xrange [least[k] / 1.1 : most[k] * 1.1] } else { set xrange [span > 0 ? least[k] - 0.04 * span : least[k] - 1 : span > 0 ? most[k] + 0.04 * span : most[k] + 1] }
    unset xtics
    set xtics nomirror scale 0.5 tc rgb '#404040' font ',9' autofreq offset 0,0.3
    if (logs[k] < 0) { unset xtics; set xrange [-0.5 : most[k] + 0.5] }
    plot data using (column(1) == k && column(5) == 0 ? column(3) : NaN):4:(tint(colour(int(column(2))))) with points pt 7 ps 0.35 lc rgb variable, \
        for [g = 1:regimes] data using (joined && column(1) == k && column(5) == 1 && column(2) == g ? column(3) : NaN):4 with lines lw 1.6 lc rgb colour(g), \
        data using (column(1) == k && column(5) == 1 ? column(3) : NaN):4:(colour(int(column(2)))) with points pt 6 ps 0.6 lw 1.4 lc rgb variable, \
        data using (column(1) == k && column(6) < 0 && column(5) == 1 && column(2) == 1 ? column(3) : NaN):(0.03):9 with labels center font ',9' tc rgb '#404040'
}
unset multiplot
unset output
