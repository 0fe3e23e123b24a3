# The three-way study of docs/scalper.md over training: HOLD while flat, lift of strong setups, net a trade; mean over the seeds, band from the lowest to the highest.
# By hand: gnuplot -d -c scalp-study.gp scalp-study.tsv scalp-study.svg   (or .png); scripts/scalp_study.py --part table writes the table and draws both.
data = ARG1; output = ARG2
set encoding utf8
set datafile separator tab
set datafile commentschars ''
if (output[strlen(output)-3:] eq '.png') { set terminal pngcairo noenhanced size 1720,1000 font 'DejaVu Sans,11' fontscale 1.6 linewidth 2 background rgb 'white' } else { set terminal svg noenhanced size 860,500 font 'DejaVu Sans,11' background rgb 'white' }
set output output
set border 3 lc rgb '#9a9a9a'
set tics nomirror out tc rgb '#404040'
set format x '%.0s%c'
set xrange [0:500000]
set xtics 250000
set grid y lc rgb '#e6e6e6' lt 1
set style fill transparent solid 0.18 noborder
array name[3] = ['PPO from scratch', 'cloned, unprotected', 'cloned, protected']
array colour[3] = ['#8a8a8a', '#e08a00', '#1f77b4']
set multiplot layout 1,3 margins 0.06,0.985,0.13,0.80 spacing 0.055,0.1
set label 1 'The same steps, the same reward: what is kept of the teacher' at screen 0.012,0.955 left font ',14' tc rgb '#202020'
set label 2 'synthetic:intraday with planted setups, five seeds: mean, lowest and highest; sampled decisions of five looks around each step' at screen 0.012,0.895 left font ',9' tc rgb '#5a5a5a'
set xlabel 'environment steps' tc rgb '#404040'
set key off
set title 'HOLD while flat'
set yrange [0:1]
set format y '%.1f'
plot for [a=0:2] data index a skip (a == 0 ? 1 : 0) using 2:4:5 with filledcurves lc rgb colour[a+1] notitle, for [a=0:2] data index a skip (a == 0 ? 1 : 0) using 2:3 with lines lw 2 lc rgb colour[a+1] title name[a+1]
unset label 1
unset label 2
set title 'BUY rate on strong setups over BUY rate'
set yrange [0:*]
set format y '%.0f'
plot for [a=0:2] data index a skip (a == 0 ? 1 : 0) using 2:7:8 with filledcurves lc rgb colour[a+1] notitle, for [a=0:2] data index a skip (a == 0 ? 1 : 0) using 2:6 with lines lw 2 lc rgb colour[a+1] title name[a+1]
set title 'net a trade, % of the premium'
set yrange [*:*]
set key at screen 0.985,0.965 right top horizontal samplen 2
plot for [a=0:2] data index a skip (a == 0 ? 1 : 0) using 2:(100*$10):(100*$11) with filledcurves lc rgb colour[a+1] notitle, for [a=0:2] data index a skip (a == 0 ? 1 : 0) using 2:(100*$9) with lines lw 2 lc rgb colour[a+1] title name[a+1]
unset multiplot
set output
