# Which stage of its curriculum a run was in, step by step: one lane a stage, a mark at every change coloured by its reason.
# By hand: gnuplot -d -c curriculum-timeline.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 from, 2 to (environment steps), 3 lane (0 is the first stage), 4 reason of entering (0 start, 1 promoted, 2 demoted, 3 learning progress, 4 timed out),
#          5 stage (its id)
# Set before it, the array stage_names (every stage, the first on top) and seed_count: several runs in one figure, each a thinner bar beside its lane's number.
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = 'Stages of the curriculum'; caption = data }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 2 nooutput
last = STATS_max
stats data using 3 nooutput
half = 0.3
if (exists('seed_count')) { half = seed_count > 1 ? 0.36/seed_count : 0.3 }
if (exists('stage_names')) { lanes = |stage_names| } else { lanes = int(STATS_max) + 1 }
height = 180 + 34 * lanes

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set lmargin at screen 0.24; set rmargin at screen 0.975
set tmargin at screen 1-74.0/height; set bmargin at screen 84.0/height
set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
set key at screen 0.975, 1-44.0/height right horizontal samplen 1 font ',9' tc rgb '#202020'
set border 1 lc rgb '#9a9a9a'
set xrange [0:last]
set yrange [lanes-0.4:-0.6]
set format x '%.0s%c'
set xtics nomirror out font ',10' tc rgb '#404040'
set ytics scale 0 font ',10' tc rgb '#202020'
if (exists('stage_names')) { set ytics () ; do for [i=1:lanes] { set ytics add (stage_names[i] i-1) } }
set xlabel 'environment steps' font ',10' tc rgb '#404040'
set grid x lc rgb '#e6e6e6' lt 1
set style fill solid 0.85 noborder

names = exists('stage_names') ? '' : ':ytic(5)'
plot data using (($1+$2)/2):3:1:2:($3-half):($3+half)@names with boxxyerror lc rgb '#7fa6c9' notitle, \
     data using ($4 == 1 ? $1 : NaN):3 with points pt 9 ps 1.3 lc rgb '#2e7d32' title 'promoted', \
     data using ($4 == 2 ? $1 : NaN):3 with points pt 11 ps 1.3 lc rgb '#b3261e' title 'demoted', \
     data using ($4 == 3 ? $1 : NaN):3 with points pt 7 ps 0.8 lc rgb '#5e35b1' title 'learning progress', \
     data using ($4 == 4 ? $1 : NaN):3 with points pt 13 ps 1.3 lc rgb '#e08a00' title 'timed out'
set output
