# Candles of a stretch of bars with a teacher's entries, trims, exits and the steps of its script; premium or profit below.
# By hand: gnuplot -d -c teacher-day.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 time (seconds as the axis shows them), 2 open, 3 high, 4 low, 5 close, 6 vwap, 7 lower (premium or profit), 8 lower while in a trade,
#          9 entry long or call, 10 entry short or put, 11 trim, 12 exit by the script, 13 exit by force (9 to 13: the close, where it happened),
#          14 trim, 15 exit, 16 exit by force on the lower panel (its value)
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("lower_name")) { lower_name = 'premium' }
if (!exists("hours_only")) { hours_only = 1 }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
from = STATS_min
to = STATS_max
bars = STATS_records
step = bars > 1 ? (to - from) / (bars - 1) : 60
stats data using 4 nooutput
cheapest = STATS_min
stats data using 3 nooutput
dearest = STATS_max
room = dearest > cheapest ? dearest - cheapest : 1
low_edge = cheapest - 0.10 * room
high_edge = dearest + (exists("step_names") ? 0.42 : 0.10) * room
height = 640

if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 2000,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size 1000,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

set lmargin at screen 0.085; set rmargin at screen 0.972
set xrange [from - step : to + step]
set multiplot
set label 101 heading at screen 0.012, 1-22.0/height left font ',14' tc rgb '#202020'
set label 102 caption at screen 0.012, 14.0/height left font ',9' tc rgb '#5a5a5a'
set border 3 lc rgb '#8a8a8a'
set tmargin at screen 1-76.0/height; set bmargin at screen 0.345
set ytics nomirror scale 0.5 tc rgb '#404040'
set grid ytics lt 1 lc rgb '#e8e8e8' lw 0.7
set xtics format '' scale 0.4 nomirror
set yrange [low_edge : high_edge]
set ylabel 'price' tc rgb '#404040' offset 1,0
set key at screen 0.985, 1-32.0/height right top horizontal Left reverse samplen 1.2 font ',9' tc rgb '#404040'
set boxwidth 0.62 * step absolute
set style fill solid 1.0 noborder

# Steps of the script: a thin line where each fired, its name beside the line's top. Names of neighbours take turns in height.
fired = 0
if (exists("step_names")) {
    last_at = -1e18
    rung = 0
    do for [i = 1:|step_names|] {
        at = real(step_times[i])
        rung = (at - last_at < 0.11 * (to - from)) ? (rung + 1) % 6 : 0
        last_at = at
        fired = fired + 1
        top = high_edge - (0.03 + 0.05 * rung) * (high_edge - low_edge)
        set arrow 200 + fired from at, low_edge to at, top nohead lw 0.8 dt 3 lc rgb '#8060a0' back
        if (at > to - 0.1 * (to - from)) {
            set label 200 + fired step_names[i] at at, top right offset -0.3,0 font ',9' tc rgb '#604080'
        } else {
            set label 200 + fired step_names[i] at at, top left offset 0.3,0 font ',9' tc rgb '#604080'
        }
    }
}

gap = 0.045 * (high_edge - low_edge)
set xdata time
set timefmt '%s'
plot data using 1:(column(5) >= column(2) ? column(2) : NaN):4:3:5 with candlesticks lw 0.8 lc rgb '#2a9d6f' notitle, \
     data using 1:(column(5) < column(2) ? column(2) : NaN):4:3:5 with candlesticks lw 0.8 lc rgb '#c8553d' notitle, \
     data using 1:6 with lines lw 1.4 lc rgb '#e69f00' title (exists("has_vwap") && has_vwap ? 'VWAP' : ''), \
     data using 1:(column(9) - gap) with points pt 9 ps 1.1 lc rgb '#0057b8' title up_name, \
     data using 1:(column(10) + gap) with points pt 11 ps 1.1 lc rgb '#7b1fa2' title down_name, \
     data using 1:(column(11) + gap) with points pt 13 ps 0.9 lc rgb '#009e73' title (lower_name eq 'premium' ? 'trim' : ''), \
     data using 1:(column(12) + gap) with points pt 5 ps 0.9 lc rgb '#202020' title 'exit by the script', \
     data using 1:(column(13) + gap) with points pt 2 ps 1.0 lw 1.6 lc rgb '#d00000' title (lower_name eq 'premium' ? 'exit by force' : '')

# Below
do for [i = 1:fired] { unset label 200 + i }
do for [i = 1:fired] { unset arrow 200 + i }
unset label 101; unset label 102
unset key
set tmargin at screen 0.315; set bmargin at screen 0.10
set yrange [*:*]
set offsets 0, 0, graph 0.08, graph 0.08
set ylabel lower_name tc rgb '#404040' offset 1,0
hours = (to - from) / 3600.0
set xtics out nomirror scale 0.5 tc rgb '#404040' font ',10' format (hours > 30 ? "%d %b\n%H:%M" : '%H:%M')
plot data using 1:7 with lines lw 0.9 lc rgb '#b8c0c8', \
     data using 1:8 with lines lw 2.0 lc rgb '#0057b8', \
     data using 1:14 with points pt 13 ps 0.9 lc rgb '#009e73', \
     data using 1:15 with points pt 5 ps 0.9 lc rgb '#202020', \
     data using 1:16 with points pt 2 ps 1.0 lw 1.6 lc rgb '#d00000'
unset multiplot
unset output
