# A farm as a small state diagram: what is held (circles), the action taken there and what the step pays (arrows), round and round.
# By hand: gnuplot -d -c farm-story.gp DATA.tsv OUTPUT.svg   (or OUTPUT.png)
# Columns: 1 step, 2 pay of the step, 3 state in which it is taken, 4 action
if (!exists("data")) { data = ARG1; output = ARG2 }
if (!exists("heading")) { heading = data; caption = '' }
if (!exists("story")) { story = '' }
if (!exists("patch")) { patch = '' }
if (!exists("story_more")) { story_more = '' }
if (!exists("patch_more")) { patch_more = '' }
reset
set encoding utf8
set datafile separator tab
set datafile commentschars ''
set datafile columnheaders

stats data using 1 nooutput
n = int(STATS_max)
array pays[n]; array state_texts[n]; array action_texts[n]
if (exists("state_names")) {
    do for [i = 1:n] { state_texts[i] = state_names[i]; action_texts[i] = action_names[i] }
    stats data using (pays[int(column(1))] = column(2), 0) nooutput
} else {
    stats data using (pays[int(column(1))] = column(2), state_texts[int(column(1))] = strcol(3), action_texts[int(column(1))] = strcol(4), 0) nooutput
}
width = 860; height = 440
if (strlen(output) > 4 && output[strlen(output)-3:] eq '.png') {
    set terminal pngcairo noenhanced size 2*width,2*height font 'DejaVu Sans,11' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
} else {
    set terminal svg noenhanced size width,height font 'DejaVu Sans,11' fontscale 1.33 background rgb 'white'
}
set output output

# One unit is the same length both ways.
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
set xrange [-4.3 : 4.3]
set yrange [-2.3 : 2.1]
unset border; unset xtics; unset ytics; unset key
set label 1 heading at screen 0.014, 1-22.0/height left font ',14' tc rgb '#202020'
set label 2 story at screen 0.014, 1-44.0/height left font ',10' tc rgb '#404040'
set label 3 patch at screen 0.014, (strlen(patch_more) ? 51.0 : 34.0)/height left font ',10' tc rgb '#00785a'
set label 5 story_more at screen 0.014, 1-61.0/height left font ',10' tc rgb '#404040'
set label 6 patch_more at screen 0.014, 34.0/height left font ',10' tc rgb '#00785a'
set label 4 caption at screen 0.014, 13.0/height left font ',9' tc rgb '#5a5a5a'

# Two states stand side by side; more stand on an ellipse, the first on the left.
radius = 0.42
angle(i) = pi - 2 * pi * (i - 1) / n
px(i) = n == 1 ? 0 : 2.05 * cos(angle(i))
py(i) = n == 1 ? -0.6 : n == 2 ? 0.0 : 0.05 + 0.98 * sin(angle(i))
after(i) = i == n ? 1 : i + 1
# Arrows bend outwards: quadratic curves between the rims.
dx(i) = px(after(i)) - px(i)
dy(i) = py(after(i)) - py(i)
length(i) = sqrt(dx(i)**2 + dy(i)**2)
bend = n == 2 ? 0.44 : 0.25
mx(i) = 0.5 * (px(i) + px(after(i))) - bend * dy(i)
my(i) = 0.5 * (py(i) + py(after(i))) + bend * dx(i)
qx(i, t) = (1 - t)**2 * px(i) + 2 * t * (1 - t) * mx(i) + t**2 * px(after(i))
qy(i, t) = (1 - t)**2 * py(i) + 2 * t * (1 - t) * my(i) + t**2 * py(after(i))
# A single state is left and entered again by a loop above it.
lx(t) = 0.62 * sin(2 * pi * t)
ly(t) = py(1) + radius * 0.9 + 0.55 * (1 - cos(2 * pi * t))
tone(x) = x >= 0 ? '#00785a' : '#b34a00'
share(i) = n == 1 ? 0 : (radius + 0.05) / (length(i) * (n == 2 ? 1.15 : 1.05))
do for [i = 1:n] {
    set object i circle at px(i), py(i) size radius fc rgb '#eef4f7' fs solid 1.0 border lc rgb '#3b5b6d' lw 1.6
    set label 10 + i state_texts[i] at px(i), py(i) center font ',12' tc rgb '#202020'
    value = pays[i] == 0 ? '0' : sprintf('%+.4g', pays[i])
    if (n == 1) {
        set arrow i from lx(0.90), ly(0.90) to lx(0.95), ly(0.95) head filled size 0.18,20,60 lc rgb tone(pays[i]) lw 2 front
        set label 20 + i action_texts[i] at 0, 1.30 center font ',12' tc rgb '#202020'
        set label 30 + i value at 0, 1.08 center font ',12' tc rgb tone(pays[i])
    } else {
        e = 1 - share(i)
        set arrow i from qx(i, e - 0.07), qy(i, e - 0.07) to qx(i, e), qy(i, e) head filled size 0.18,20,60 lc rgb tone(pays[i]) lw 2 front
        ox = n == 2 ? 0 : 0.55 * (qx(i, 0.5)) / 2.05
        oy = (qy(i, 0.5) >= py(1) ? 1 : -1) * (n == 2 ? 0.30 : 0.26)
        set label 20 + i action_texts[i] at qx(i, 0.5) + ox, qy(i, 0.5) + oy + 0.10 center font ',12' tc rgb '#202020'
        set label 30 + i value at qx(i, 0.5) + ox, qy(i, 0.5) + oy - 0.11 center font ',12' tc rgb tone(pays[i])
    }
}
set samples 200
set parametric
set trange [0:1]
if (n == 1) {
    plot '+' using (0.05 < $1 && $1 < 0.91 ? lx($1) : NaN):(ly($1)) with lines lw 2 lc rgb tone(pays[1])
} else {
    plot for [i = 1:n] '+' using ($1 > share(i) && $1 < 1 - share(i) ? qx(i, $1) : NaN):(qy(i, $1)) with lines lw 2 lc rgb tone(pays[i])
}
unset output
