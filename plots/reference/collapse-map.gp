# Rerun in this folder: gnuplot -d collapse-map.gp
if (!exists("output")) { output = 'collapse-map.svg' }
data = 'collapse-map.tsv'
heading = 'Where PPO collapses to HOLD by step 819,200: one state, no features'
caption = 'HOLD pays d, trades pay N(0, 1); clipped PPO, 64 x 64, 8 x 512 steps, batch 64, 10 epochs, Adam 3e-4, gamma 0'

# Probability that a run has ended holding, by gap over noise x = d / (c sigma) and entropy coefficient c: one state without features, clipped PPO.
# By hand: gnuplot -d -c collapse-map.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 ent_no, 2 x_no, 3 x, 4 ent_coef, 5 collapsed, 6 runs, 7 share; one row a cell
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
ents = int(STATS_max)
stats data using 2 nooutput
xs = int(STATS_max)
array ent[ents]; array xval[xs]
stats data using (ent[int(column(1))] = column(4), xval[int(column(2))] = column(3), 0) nooutput
height = 166 + 62 * ents

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 1720,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 860,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output
unset border
set tics nomirror scale 0,0 tc rgb '#404040' font ',10'
set lmargin screen 0.1
set rmargin screen 0.97
set tmargin screen 1-84.0/height
set bmargin screen 76.0/height
set xrange [0.5:xs + 0.5]
set yrange [0.5:ents + 0.5]
unset key
unset colorbox
set cbrange [0:1]
set palette defined (0 '#eef4f8', 0.5 '#f6c28b', 1 '#b5361c')
set xtics (sprintf('%.2f', xval[1]) 1)
set ytics (sprintf('%g', ent[1]) 1)
do for [i = 2:xs] { set xtics add (sprintf('%.2f', xval[i]) i) }
do for [j = 2:ents] { set ytics add (sprintf('%g', ent[j]) j) }
set xlabel 'x = gap of HOLD over the noise of trading, in units of the entropy coefficient' tc rgb '#404040' font ',10' offset 0,0.2
set ylabel 'entropy coefficient' tc rgb '#404040' font ',10' offset 0.6,0
set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
set label 103 'in each cell: runs that ended above 95% HOLD, of all runs' at screen 0.02, 1-46.0/height left font ',10' tc rgb '#404040'
# The mean-field line, between the columns on either side of .9406.
place = 0.5
do for [i = 1:xs-1] { if (xval[i] <= 0.9406 && xval[i+1] > 0.9406) { place = i + (0.9406 - xval[i]) / (xval[i+1] - xval[i]) } }
if (place < 1 && abs(xval[xs] - 0.9406) < 0.02) { place = xs }
if (place > 0.5) {
    set arrow 1 from place, ents + 0.5 to place, ents + 0.3 nohead lw 2 lc rgb '#101010' front
    set arrow 2 from place, 0.5 to place, 0.7 nohead lw 2 lc rgb '#101010' front
    set label 1 'mean field: x = .94' at place, ents + 0.6 center font ',10' tc rgb '#101010'
}
plot data using 2:1:(0.46):(0.46):7 with boxxyerror fs solid 1.0 noborder lc palette, \
    data using 2:1:(sprintf('%d of %d', int(column(5)), int(column(6)))):(column(7) > 0.7 ? 0xffffff : 0x202020) with labels font ',10' tc rgb variable
unset output

# The same once more as PNG.
if (output eq 'collapse-map.svg') { output = 'collapse-map.png'; load 'collapse-map.gp' }
