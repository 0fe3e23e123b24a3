# HOLD share by regime: the bands aimed at, the forecast of set 3 and of the solved reward with 90% bands, and what five trained seeds of each came to.
# By hand: gnuplot -d -c btc-story.gp btc-story.tsv btc-story.svg   (or .png); scripts/btc_story.py writes the table and draws both.
# Columns: 1 kind (0 band aimed at, 1 forecast, 2 a trained seed), 2 series (1 set 3, 2 solved), 3 regime, 4 share, 5 low, 6 high
data = ARG1; output = ARG2
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders
if (output[strlen(output)-3:] eq '.png') { set terminal pngcairo noenhanced size 1720,900 font 'DejaVu Sans,11' fontscale 1.6 linewidth 2 background rgb 'white' } else { set terminal svg noenhanced size 860,450 font 'DejaVu Sans,11' background rgb 'white' }
set output output
set border 3 lc rgb '#9a9a9a'
set tics nomirror out tc rgb '#404040'
set xrange [0.45:4.55]
set yrange [0:1]
set xtics ('LOW_VOL' 1, 'TRENDING' 2, 'HIGH_VOL' 3, 'CRISIS' 4) scale 0
set ytics ('0%%' 0, '20%%' 0.2, '40%%' 0.4, '60%%' 0.6, '80%%' 0.8, '100%%' 1)
set grid y lc rgb '#e6e6e6' lt 1
array colour[2] = ['#d55e00', '#0072b2']
array name[2] = ['set 3', 'solved']
shift(s) = s == 1 ? -0.2 : 0.12
jitter(i) = 0.016 * (int(i) % 5 - 2)
set lmargin screen 0.07; set rmargin screen 0.985; set tmargin screen 0.80; set bmargin screen 0.10
set label 1 'Predicted, trained, repaired, trained again: HOLD by regime' at screen 0.012,0.955 left font ',14' tc rgb '#202020'
set label 2 'hourly BTC, 26,289 training bars, 1,305,000 steps; bar: forecast before training, 90% band of the mean of three seeds; dots: five trained seeds' at screen 0.012,0.90 left font ',9' tc rgb '#5a5a5a'
set key at screen 0.07,0.86 left top horizontal Left reverse samplen 1.4 width -2 maxrows 1 tc rgb '#303030'
set style fill solid 1.0 noborder
plot data using (column(1) == 0 ? column(3) : NaN):4:(column(3) - 0.4):(column(3) + 0.4):5:6 with boxxyerror lc rgb '#dfe4e8' title 'aimed at', \
    for [s=1:2] data using (column(1) == 1 && column(2) == s ? column(3) + shift(s) : NaN):4:5:6 with yerrorbars pt 5 ps 0.8 lw 2 lc rgb colour[s] title name[s].', forecast', \
    for [s=1:2] data using (column(1) == 2 && column(2) == s ? column(3) + shift(s) + 0.09 + jitter(column(0)) : NaN):4 with points pt 7 ps 0.8 lc rgb colour[s] title name[s].', trained'
unset output
