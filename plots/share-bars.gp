# Shares side by side: groups along the axis, in each a bar for every series, its value above it.
# By hand: gnuplot -d -c share-bars.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 group_no, 2 series_no (from 1), 3 share (0 to 1; NaN where there is none), 4 group, 5 series
# Set before it: the arrays group_names and series_names, axis_name.
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = 'Shares'; caption = data }
if (!exists("axis_name")) { axis_name = 'share' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
groups = int(STATS_max)
stats data using 2 nooutput
series = int(STATS_max)
if (exists("group_names")) { groups = |group_names| }
if (exists("series_names")) { series = |series_names| }

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,720 font 'DejaVu Sans,11' fontscale 2 linewidth 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,360 font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set lmargin at screen 0.085; set rmargin at screen 0.975
set tmargin at screen 0.79; set bmargin at screen 0.175
set label 101 heading at screen 0.012, 0.94 left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 0.04 left font ',9' tc rgb '#5a5a5a'
set key at screen 0.975, 0.88 right horizontal samplen 1 font ',9' tc rgb '#202020'
set border 1 lc rgb '#9a9a9a'
set xrange [0.5:groups+0.5]
set yrange [0:1.08]
set xtics scale 0 font ',10' tc rgb '#202020'
if (exists("group_names")) { set xtics () ; do for [i=1:groups] { set xtics add (group_names[i] i) } }
set ytics nomirror scale 0 0.25 font ',10' tc rgb '#404040'
set format y '%.2f'
set ylabel axis_name font ',10' tc rgb '#404040'
set grid y lc rgb '#e6e6e6' lt 1
set style fill solid 0.9 noborder
array colours[5] = ['#7fa6c9', '#e0a24a', '#6fae7c', '#a78bc0', '#b0b0b0']
width = 0.8/series
place(g, s) = g + (s - (series + 1)/2.0)*width
title_of(s) = sprintf('series %d', s)
if (exists("series_names")) {
    plot for [s=1:series] data using ($2 == s ? place($1, s) : NaN):3:(0.92*width) with boxes lc rgb colours[(s-1)%5+1] title series_names[s], \
         for [s=1:series] data using ($2 == s ? place($1, s) : NaN):3:(sprintf('%.0f%%', 100*$3)) with labels center offset 0,0.6 font ',9' tc rgb '#404040' notitle
} else {
    plot for [s=1:series] data using ($2 == s ? place($1, s) : NaN):3:(0.92*width) with boxes lc rgb colours[(s-1)%5+1] title title_of(s)
}
set output
