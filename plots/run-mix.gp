# Shares of the sampled actions over training, one panel a regime: thick the mean over seeds, thin each seed; on top of every panel the collapse
# status, one lane a seed; a dashed line where HOLD takes over.
# By hand: gnuplot -d -c run-mix.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 regime_no, 2 seed_no (0: mean over seeds), 3 action_no (1: HOLD), 4 from, 5 step (the look, and the one before), 6 share,
#          7 status (0 to 4, of a seed's first action), 8 takes_over (1 at that look of HOLD's mean), 9 regime, 10 action
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
actions = int(STATS_max)
stats data using 5 nooutput
most = STATS_max
stats data using 7 nooutput
lanes = STATS_records > 0 ? seeds : 0
if (!exists("regime_names")) {
    array regime_names[n]; array action_names[actions]
    stats data using (regime_names[int(column(1))] = strcol(9), action_names[int(column(3))] = strcol(10), 0) nooutput
}
unit = most >= 2e6 ? 1e6 : (most >= 2e3 ? 1e3 : 1)
unit_name = unit == 1e6 ? 'million steps' : (unit == 1e3 ? 'thousand steps' : 'steps')
columns = n > 1 ? 2 : 1
rows = int(ceil(1.0 * n / columns))
panel = 176
height = 92 + rows * (panel + 50) + 20

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

colour(a) = int(word('0xD55E00 0x009E73 0x0072B2 0xCC79A7 0xE69F00 0x56B4E9 0x7A7A7A 0x000000', 1 + (a - 1) % 8))
pale(c, part) = int(255.5 - (255 - c) * part)
tint(c) = 65536 * pale(c / 65536, 0.45) + 256 * pale((c / 256) % 256, 0.45) + pale(c % 256, 0.45)
array status_names[5] = ["ok", "early warning", "collapsing", "critical", "failed"]
status(s) = int(word('0xD5E8DC 0xF2D544 0xE69F00 0xD55E00 0x7A1010', s == s ? 1 + int(s) : 1))
set border 3 lc rgb '#8a8a8a'
unset key
set tics nomirror scale 0.5 tc rgb '#404040' font ',9'
set ytics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1)
set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.7
set style fill solid 1.0 noborder
set xrange [0 : most / unit]
set yrange [0 : lanes > 0 ? 1.17 : 1.02]
left = 0.062; width = (1.0 - left) / columns
set multiplot
do for [k = 1:n] {
    c = (k - 1) % columns; b = (k - 1) / columns
    top = 92 + b * (panel + 50)
    set lmargin at screen left + c * width; set rmargin at screen left + (c + 1) * width - 0.062
    set tmargin at screen 1 - 1.0 * top / height; set bmargin at screen 1 - 1.0 * (top + panel) / height
    unset label; unset object; unset arrow
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 12.0/height left font ',9' tc rgb '#5a5a5a'
        x = 0.012; y = 1 - 48.0/height
        do for [a = 1:actions] {
            set arrow 100 + a from screen x, y to screen x + 0.024, y nohead lw 3 lc rgb colour(a)
            set label 110 + a action_names[a] at screen x + 0.03, y left font ',10' tc rgb '#202020'
            x = x + 0.046 + 0.0092 * strlen(action_names[a])
        }
        set arrow 119 from screen x + 0.004, y-6.0/height to screen x + 0.004, y+6.0/height nohead dt 2 lw 1.2 lc rgb '#101010'
        set label 119 'HOLD takes over' at screen x + 0.014, y left font ',10' tc rgb '#202020'
        if (lanes > 0) {
            x = 0.985 - 0.465
            do for [s = 0:4] {
                set object 120 + s rectangle from screen x, y-5.0/height to screen x + 0.013, y+5.0/height fs solid noborder fc rgb status(s)
                set label 130 + s status_names[s + 1] at screen x + 0.018, y left font ',10' tc rgb '#202020'
                x = x + 0.034 + 0.0082 * strlen(status_names[s + 1])
            }
        }
    }
    set label 1 regime_names[k] at graph 0, graph 1.0 + 11.0/panel left font ',11' tc rgb '#101010'
    set xlabel (k > n - columns ? unit_name : '') tc rgb '#404040' font ',9' offset 0,0.6
    plot for [a = 1:actions] data using (column(1) == k && column(2) > 0 && column(3) == a && seeds > 1 ? column(5) / unit : NaN):6 with lines lw 0.7 lc rgb tint(colour(a)), \
        for [a = actions:1:-1] data using (column(1) == k && column(2) == 0 && column(3) == a ? column(5) / unit : NaN):6 with linespoints pt 7 ps 0.3 lw 2.4 lc rgb colour(a), \
        data using (column(1) == k && column(2) > 0 && column(3) == 1 && valid(7) ? column(5) / unit : NaN):(1.05):(column(4) / unit):(column(5) / unit):(1.05 + 0.1 * (column(2) - 1) / seeds):(1.05 + 0.1 * (column(2) - 0.12) / seeds):(status(column(7))) \
            with boxxyerror lc rgb variable, \
        data using (column(1) == k && column(8) == 1 ? column(5) / unit : NaN):(0):(0):(1) with vectors nohead dt 2 lw 1.2 lc rgb '#101010'
}
unset multiplot
unset output
