import Foundation
import Postmortem

/// Tunes the collapse alarm of `assay postmortem` on runs that `assay-bench collapse-runs` wrote, and measures it on others.
///
/// A run has *collapsed* when HOLD or one other action has 80% of its last tenth, or trading 95%; its onset is the first record from which the share, averaged over a fortieth of
/// the run, stays past that line. A run that was past a line and came back is neither collapsed nor sound, and counted apart.
///
/// Sets: designs 1 to 540 in two halves, by whether their number over 2, rounded down, is even (*tuning*) or odd (*test*), so that both have both markets; the *first fresh* set, 541 to 780, met by the
/// features, weights and thresholds that the halves had led to; the *second fresh* set, 781 to 883, met by thresholds raised after the first; the *confirmation*, from 884 on, met by the alarm as it
/// ships, form and all. What is printed with every verdict is of the strong designs of the confirmation. The option scalper's runs, from 3,001 on, are heard by the same alarm.
enum AlarmStudy {
    enum Part: String, CaseIterable { case tuning = "tuning half", test = "test half", firstFresh = "first fresh set", secondFresh = "second fresh set", confirmation, options }

    struct Run {
        var design: Int
        var tracks: [CollapseAlarm.Track]
        /// Index into `tracks` of what it collapsed to, and the record from which it stayed there.
        var collapse: (track: Int, onset: Int)?
        var cameBack: Bool
        var part: Part {
            switch design {
            case ...540: design / 2 % 2 == 0 ? .tuning : .test
            case ...780: .firstFresh
            case ...883: .secondFresh
            case ...3_000: .confirmation
            default: .options
            }
        }
        var isStrong: Bool { CollapseDesign.isStrong(design) }
        var isSound: Bool { collapse == nil && !cameBack }
    }

    static func run(_ files: [String], table: String?) throws {
        let runs = try files.flatMap(read).sorted { $0.design < $1.design }
        func of(_ part: Part) -> [Run] { runs.filter { $0.part == part } }
        let parts = Part.allCases.filter { !of($0).isEmpty }
        for part in parts { print("\(part.rawValue): \(counts(of(part)))") }
        let onsets = runs.filter { $0.part != .options }.compactMap { run in run.collapse.map { Double($0.onset + 1) } }.sorted()
        if !onsets.isEmpty { print("onset, updates: quartiles \(onsets[onsets.count / 4]), \(onsets[onsets.count / 2]), \(onsets[3 * onsets.count / 4])") }
        // Without runs to tune on: the alarm as it ships.
        if of(.tuning).isEmpty { report(.mixAlone, runs, parts) }
        var alarms: [CollapseAlarm] = []
        for readsX in of(.tuning).isEmpty ? [] : [true, false] {
            let name = readsX ? "WithX" : "MixAlone"
            let weights = Dictionary(uniqueKeysWithValues: CollapseAlarm.Target.allCases.map { ($0, fit(of(.tuning), $0, readsX: readsX)) })
            var alarm = CollapseAlarm(weights: weights, thresholds: [:], readsX: readsX)
            for isRaised in [false, true] {
                let known = isRaised ? of(.tuning) + of(.test) : of(.tuning)
                guard let lines = thresholds(alarm, known, apart: isRaised, allowed: isRaised ? raisedAllowed(readsX) : readsX ? 0.02 : 0.01) else {
                    print("\(name): no thresholds keep false alarms so low")
                    continue
                }
                alarm.thresholds = lines
                print("\(name), thresholds \(isRaised ? "raised, on both halves" : "of the tuning half"): \(CollapseAlarm.Target.allCases.map { "\($0.rawValue) \(lines[$0] ?? 0)" }.joined(separator: ", "))")
                report(alarm, runs, parts)
            }
            alarms.append(alarm)
            if readsX { continue }
            let judged = of(.confirmation).filter(\.isStrong), options = of(.options)
            printShipped(alarm, measure(alarm, judged.isEmpty ? of(.test) : judged), options.isEmpty ? nil : measure(alarm, options))
        }
        guard let table, alarms.count == 2 else { return }
        var rows = "design,outcome,onset_step,alarm_step_x,alarm_step_mix,set\n"
        for run in runs {
            let steps = run.tracks[0].steps
            let outcome = run.collapse.map { run.tracks[$0.track].target.rawValue } ?? (run.cameBack ? "came_back" : "sound")
            let each = alarms.map { $0.first(run.tracks).map { String(Int(steps[$0.index])) } ?? "" }
            rows += "\(run.design),\(outcome),\(run.collapse.map { String(Int(steps[$0.onset])) } ?? ""),\(each[0]),\(each[1]),\(run.part)\n"
        }
        try rows.write(toFile: table, atomically: true, encoding: .utf8)
    }

    private static func counts(_ runs: [Run]) -> String {
        let fallen = runs.compactMap { run in run.collapse.map { run.tracks[$0.track].target } }
        let kinds = CollapseAlarm.Target.allCases.map { kind in "\(fallen.count { $0 == kind }) \(kind.rawValue)" }.joined(separator: ", ")
        return "\(runs.count) runs: \(fallen.count) collapsed (\(kinds)), \(runs.count { $0.collapse == nil && $0.cameBack }) collapsed and came back, \(runs.count(where: \.isSound)) sound"
    }

    private static func report(_ alarm: CollapseAlarm, _ runs: [Run], _ parts: [Part]) {
        for part in parts {
            let all = runs.filter { $0.part == part }
            print("    \(part.rawValue): \(words(alarm, all))")
            for isStrong in [false, true] where all.contains(where: { $0.isStrong }) && all.contains(where: { !$0.isStrong }) {
                print("        \(isStrong ? "strong" : "mild") designs: \(counts(all.filter { $0.isStrong == isStrong })); \(words(alarm, all.filter { $0.isStrong == isStrong }))")
            }
        }
    }

    private static func words(_ alarm: CollapseAlarm, _ runs: [Run]) -> String {
        let m = measure(alarm, runs), back = runs.filter { $0.collapse == nil && $0.cameBack }
        return "median lead \(percentText(m.medianLead)), false alarms \(percentText(m.falseAlarms)) of \(m.sound) sound runs, found \(percentText(m.found)) of \(m.collapsed) collapses, \(percentText(m.foundBefore)) before the onset; sounds in \(back.count { alarm.first($0.tracks) != nil }) of \(back.count) that came back"
    }

    /// The lines of CollapseAlarm+Shipped.swift.
    private static func printShipped(_ alarm: CollapseAlarm, _ spot: CollapseAlarm.Measured, _ options: CollapseAlarm.Measured?) {
        func text(_ x: Double) -> String { String(format: "%.4g", x) }
        print("    package static let mixAlone = CollapseAlarm(\n        weights: [")
        for target in CollapseAlarm.Target.allCases { print("            .\(target.rawValue): [\((alarm.weights[target] ?? []).map(text).joined(separator: ", "))],") }
        let lines = CollapseAlarm.Target.allCases.map { ".\($0.rawValue): \(text(alarm.thresholds[$0] ?? 0))" }.joined(separator: ", ")
        print("        ], thresholds: [\(lines)], readsX: \(alarm.readsX))")
        for (name, m) in [("measuredMixAlone", spot), ("measuredOnOptions", options)] {
            guard let m else { continue }
            print("    package static let \(name) = Measured(")
            print("        collapsed: \(m.collapsed), sound: \(m.sound), medianLead: \(text(m.medianLead)), falseAlarms: \(text(m.falseAlarms)), found: \(text(m.found)), foundBefore: \(text(m.foundBefore)))")
        }
    }

    static func read(_ file: String) throws -> [Run] {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").dropFirst()
        var byDesign: [Int: [[String]]] = [:]
        for line in lines {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            if cells.count == 16, let design = Int(cells[0]) { byDesign[design, default: []].append(cells) }
        }
        return byDesign.map { design, rows in
            func column(_ k: Int) -> [Double] { rows.map { Double($0[k]) ?? .nan } }
            let steps = column(6), shares = [column(7), column(8), column(9)], c = Double(rows[0][2]) ?? 1
            var log = TrainingLog(source: file, kind: .progress)
            log.actions = ["HOLD", "LONG", "SHORT"]
            log.hold = 0
            log.mixes = steps.indices.map { k in .init(step: steps[k], shares: shares.map { $0[k] }) }
            log.curves[.x] = zip(steps, zip(column(10), column(12))).compactMap { step, v in
                let x = v.0 / (c * v.1)
                return x.isFinite ? .init(step: step, value: x) : nil
            }
            let tracks = CollapseAlarm.tracks(log), n = steps.count, width = max(3, n / 40) | 1, tail = max(5, n / 10)
            let final = shares.map { $0.suffix(tail).reduce(0, +) / Double(tail) }
            let kind = final[0] >= 0.8 ? 0 : final[1] >= 0.8 ? 1 : final[2] >= 0.8 ? 2 : final[0] <= 0.05 ? 3 : nil
            func averaged(_ values: [Double]) -> [Double] {
                values.indices.map { k in
                    let part = values[max(0, k - width / 2)...min(n - 1, k + width / 2)]
                    return part.reduce(0, +) / Double(part.count)
                }
            }
            let onset = kind.map { k in min(n - 1, (averaged(tracks[k].shares).lastIndex { $0 < tracks[k].line } ?? -1) + 1) }
            let past = tracks.contains { track in averaged(track.shares).contains { $0 >= track.line } }
            return Run(design: design, tracks: tracks, collapse: kind.flatMap { k in onset.map { (k, $0) } }, cameBack: kind == nil && past)
        }
    }

    /// Share of the sound runs of either kind of design in which the raised alarm may sound.
    static func raisedAllowed(_ readsX: Bool) -> Double { readsX ? 0 : 0.01 }

    /// The thresholds, in halves from -2 to 13.5, with the longest median lead among those with few enough false alarms, over all sound runs or over mild and strong designs `apart`; of equal ones the
    /// most collapses found in time, then the highest.
    static func thresholds(_ alarm: CollapseAlarm, _ runs: [Run], apart: Bool, allowed: Double) -> [CollapseAlarm.Target: Double]? {
        let grid = (-4..<28).map { Double($0) / 2 }, kinds = CollapseAlarm.Target.allCases
        // First record at which each track's score reaches each threshold of the grid: [run][kind][grid].
        let first = runs.map { run in
            kinds.map { kind -> [Int] in
                let scores = run.tracks.filter { $0.target == kind }.map { alarm.scores($0) }
                return grid.map { line in scores.compactMap { $0.firstIndex { $0 >= line } }.min() ?? .max }
            }
        }
        let sound = runs.indices.filter { runs[$0].isSound }, fallen = runs.indices.filter { runs[$0].collapse != nil }
        let groups = apart ? [sound.filter { runs[$0].isStrong }, sound.filter { !runs[$0].isStrong }] : [sound]
        var best: (key: [Double], lines: [Double])?
        for a in grid.indices {
            for b in grid.indices {
                for c in grid.indices {
                    let isQuiet = groups.allSatisfy { group in
                        let heard = group.count { first[$0][0][a] < .max || first[$0][1][b] < .max || first[$0][2][c] < .max }
                        return Double(heard) <= allowed * Double(group.count)
                    }
                    guard isQuiet else { continue }
                    let leads = fallen.map { r -> Double in
                        let k = min(first[r][0][a], first[r][1][b], first[r][2][c]), steps = runs[r].tracks[0].steps
                        return k == .max ? -1 : 1 - steps[k] / steps[runs[r].collapse?.onset ?? 0]
                    }.sorted()
                    let n = leads.count
                    let median: Double = n == 0 ? 0 : 0.5 * (leads[(n - 1) / 2] + leads[n / 2])
                    let inTime = Double(leads.count { $0 > 0 }), sum = grid[a] + grid[b] + grid[c]
                    let key: [Double] = [median, inTime, sum]
                    if let best, !best.key.lexicographicallyPrecedes(key) { continue }
                    best = (key, [grid[a], grid[b], grid[c]])
                }
            }
        }
        return best.map { Dictionary(uniqueKeysWithValues: zip(kinds, $0.lines)) }
    }

    /// Logistic regression of "this run will collapse to this state" on the features of every record before the onset; each run weighs one, ridge .01, by Newton's method.
    static func fit(_ runs: [Run], _ target: CollapseAlarm.Target, readsX: Bool) -> [Double] {
        var rows: [([Double], Double, Double)] = []
        for run in runs where !run.cameBack {
            for (t, track) in run.tracks.enumerated() where track.target == target {
                let isCollapse = run.collapse?.track == t, end = isCollapse ? max(CollapseAlarm.fewest, run.collapse?.onset ?? 0) : track.steps.count
                let features = CollapseAlarm.features(track, readsX: readsX)[CollapseAlarm.fewest - 1..<end]
                for row in features { rows.append((row, isCollapse ? 1 : 0, 1 / Double(features.count))) }
            }
        }
        let width = 10
        var w = [Double](repeating: 0, count: width)
        for _ in 0..<60 {
            var gradient = w.map { -0.01 * $0 }, hessian = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
            for k in 0..<width { hessian[k][k] = 0.01 }
            for (x, y, weight) in rows {
                let p = 1 / (1 + exp(-zip(x, w).reduce(0) { $0 + $1.0 * $1.1 }))
                for i in 0..<width {
                    gradient[i] += weight * (y - p) * x[i]
                    for j in 0..<width { hessian[i][j] += weight * p * (1 - p) * x[i] * x[j] }
                }
            }
            let step = solve(hessian, gradient)
            for k in 0..<width { w[k] += step[k] }
            if step.allSatisfy({ abs($0) < 1e-9 }) { break }
        }
        return w
    }

    /// Gaussian elimination with pivots.
    private static func solve(_ a: [[Double]], _ b: [Double]) -> [Double] {
        var a = a, b = b
        let n = b.count
        for k in 0..<n {
            let pivot = (k..<n).max { abs(a[$0][k]) < abs(a[$1][k]) } ?? k
            a.swapAt(k, pivot)
            b.swapAt(k, pivot)
            for i in k + 1..<max(k + 1, n) {
                let f = a[i][k] / a[k][k]
                for j in k..<n { a[i][j] -= f * a[k][j] }
                b[i] -= f * b[k]
            }
        }
        var x = [Double](repeating: 0, count: n)
        for i in stride(from: n - 1, through: 0, by: -1) {
            var rest = b[i]
            for j in i + 1..<max(i + 1, n) { rest -= a[i][j] * x[j] }
            x[i] = rest / a[i][i]
        }
        return x
    }

    static func measure(_ alarm: CollapseAlarm, _ runs: [Run]) -> CollapseAlarm.Measured {
        var leads: [Double] = [], found = 0, before = 0, sound = 0, false_ = 0
        for run in runs {
            let first = alarm.first(run.tracks), steps = run.tracks[0].steps
            if let collapse = run.collapse {
                leads.append(first.map { 1 - steps[$0.index] / steps[collapse.onset] } ?? -1)
                if let first {
                    found += 1
                    if first.index < collapse.onset { before += 1 }
                }
            } else if !run.cameBack {
                sound += 1
                if first != nil { false_ += 1 }
            }
        }
        leads.sort()
        let n = leads.count
        let median: Double = n == 0 ? 0 : 0.5 * (leads[(n - 1) / 2] + leads[n / 2])
        func share(_ count: Int, of all: Int) -> Double { Double(count) / Double(max(1, all)) }
        return CollapseAlarm.Measured(
            collapsed: n, sound: sound, medianLead: median, falseAlarms: share(false_, of: sound), found: share(found, of: n), foundBefore: share(before, of: n))
    }
}
