# Term waterfall: what each reward term adds to TRADE minus HOLD, one panel a regime; the last row is the total with its 95% interval.
# By hand: gnuplot -d -c ev-terms.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 regime_no, 2 row, 3 from, 4 to, 5 value, 6 low, 7 high (NaN for no interval), 8 term, 9 regime; the largest row number is the total
# up_words, down_words and total_words name the colours; steps to the right are good for what up_words says.
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("up_words")) { up_words = 'for trading'; down_words = 'for holding'; total_words = 'total, 95% interval' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
stats data using 2 nooutput
rows = int(STATS_max)
if (!exists("regime_names")) {
    array regime_names[n]; array term_names[rows]
    stats data using (regime_names[int(column(1))] = strcol(9), term_names[int(column(2))] = strcol(8), 0) nooutput
}
least = 0.0; most = 0.0
grow(x) = x == x ? (least = x < least ? x : least, most = x > most ? x : most, 0) : 0
stats data using (grow(column(3)), grow(column(4)), grow(column(6)), grow(column(7)), 0) nooutput
span = most > least ? most - least : 1.0
# As many decimals as show a hundredth of the panel's width.
digits = span < 10 ? int(ceil(2 - log10(span))) : 1
amount_format = sprintf('%%+.%df', digits > 9 ? 9 : digits)
amount(x) = abs(x) < 1e-9 * span ? '0' : sprintf(amount_format, x)
columns = n > 4 ? 4 : n
bands = int(ceil(1.0 * n / columns))
panel = 26 * rows
height = 60 + bands * (panel + 62) + 26

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set border 1 lc rgb '#8a8a8a'
unset key; unset ytics
set xtics nomirror scale 0.5 tc rgb '#404040' font ',9' offset 0,0.3
set grid xtics lt 1 lc rgb '#e6e6e6' lw 0.7
set style fill solid 1.0 noborder
set yrange [rows + 0.6 : 0.4]
set xrange [least - 0.26 * span : most + 0.26 * span]
# At most four ticks a panel: 1, 2 or 5 times a power of ten.
step = 10.0 ** floor(log10(0.38 * span))
ticks = 1.52 * span / step
step = step * (ticks <= 4 ? 1 : ticks <= 8 ? 2 : ticks <= 20 ? 5 : 10)
set xtics step
left = 0.215; width = (0.985 - left) / columns
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = 60 + b * (panel + 62) + 28
    set lmargin at screen left + c * width + 0.008; set rmargin at screen left + (c + 1) * width - 0.008
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    unset label
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
        set label 103 up_words at screen 0.985, 1-48.0/height right font ',10' tc rgb '#00785a'
        set label 104 down_words at screen 0.895, 1-48.0/height right font ',10' tc rgb '#b34a00'
        set label 105 total_words at screen 0.795, 1-48.0/height right font ',10' tc rgb '#303030'
    }
    set label 1 regime_names[k] at graph 0, graph 1.0 + 11.0/panel left font ',10' tc rgb '#101010'
    if (c == 0) {
        do for [r = 1:rows] { set label 200 + r term_names[r] at screen left - 0.008, first r right font ',10' tc rgb (r == rows ? '#101010' : '#404040') }
    }
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb '#303030' lw 0.8
    plot data using (column(1) == k && column(2) < rows ? column(4) : NaN):2:3:4:($2 - 0.32):($2 + 0.32):(column(5) < 0 ? 0xD55E00 : 0x009E73) \
            with boxxyerror lc rgb variable, \
        data using (column(1) == k && column(2) == rows ? column(4) : NaN):2:3:4:($2 - 0.32):($2 + 0.32) with boxxyerror lc rgb '#9a9a9a', \
        data using (column(1) == k && column(2) == rows ? column(5) : NaN):2:6:7 with xerrorbars pt 7 ps 0.45 lc rgb '#101010' lw 1.3, \
        data using (column(1) == k && column(2) < rows && column(3) + column(4) >= 0 ? (column(3) > column(4) ? column(3) : column(4)) + 0.02 * span : NaN):2:(amount(column(5))) \
            with labels left font ',8' tc rgb '#404040', \
        data using (column(1) == k && column(2) < rows && column(3) + column(4) < 0 ? (column(3) < column(4) ? column(3) : column(4)) - 0.02 * span : NaN):2:(amount(column(5))) \
            with labels right font ',8' tc rgb '#404040'
}
unset multiplot
unset output
