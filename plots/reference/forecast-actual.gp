# Rerun in this folder: gnuplot -d forecast-actual.gp
if (!exists("output")) { output = 'forecast-actual.svg' }
data = 'forecast-actual.tsv'
heading = 'Forecast against trained HOLD share, designs that the method was not chosen on'
caption = '64 and 64 regimes of 32 designs; trained: mean of 3 seeds, 819,200 steps; bars: 90% bands'
array group_names[2] = ['gamma 0: mean absolute error 2.3 points', 'gamma .99: mean absolute error 4.8 points']

# HOLD share that training reached against the forecast, one point a regime and reward, with the forecast's 90% band; on the diagonal it was right.
# By hand: gnuplot -d -c forecast-actual.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 forecast, 2 low, 3 high, 4 trained, 5 group_no, 6 group
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 5 nooutput
n = int(STATS_max)
if (!exists("group_names")) {
    array group_names[n]
    stats data using (group_names[int(column(5))] = strcol(6), 0) nooutput
}
columns = n < 2 ? 1 : 2
rows = int(ceil(1.0 * n / columns))
height = 92 + 400 * rows

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output
set border 3 lc rgb '#8a8a8a'
set tics nomirror scale 0.5 tc rgb '#404040' font ',10'
set xrange [0:1]
set yrange [0:1]
set xtics 0.2 format '%.1f'
set ytics 0.2 format '%.1f'
unset key
set multiplot layout rows,columns margins screen 0.085,0.975,66.0/height,1-72.0/height spacing screen 0.085,84.0/height
do for [k = 1:n] {
    unset label; unset arrow; unset object
    if (k == 1) {
        set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
        set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
    }
    set label 1 group_names[k] at graph 0, graph 1.045 left font ',11' tc rgb '#101010'
    set arrow 1 from 0,0 to 1,1 nohead lw 1.2 lc rgb '#b0b0b0'
    set xlabel 'forecast HOLD share' tc rgb '#404040' font ',10' offset 0,0.4
    set ylabel (k % columns == 1 || columns == 1 ? 'trained HOLD share' : '') tc rgb '#404040' font ',10' offset 1.2,0
    plot data using (column(5) == k ? column(1) : NaN):4:2:3 with xerrorbars pt 7 ps 0.5 lw 1.1 lc rgb '#9bbfd8', \
        data using (column(5) == k && column(4) >= column(2) && column(4) <= column(3) ? column(1) : NaN):4 with points pt 7 ps 0.6 lc rgb '#0072B2', \
        data using (column(5) == k && (column(4) < column(2) || column(4) > column(3)) ? column(1) : NaN):4 with points pt 7 ps 0.6 lc rgb '#D55E00'
}
unset multiplot
unset output

# The same once more as PNG.
if (output eq 'forecast-actual.svg') { output = 'forecast-actual.png'; load 'forecast-actual.gp' }
