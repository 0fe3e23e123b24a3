import Forecasting
import Foundation
import Reports
import Training

/// Sets forecasts beside what training reached.
enum ForecastStudyReport {
    struct Row {
        let design: StudyDesign
        let seconds: Double
        /// By regime: bars, forecast shares, naive HOLD share.
        let bars: [Double]
        let forecast: [[Double]]
        let naive: [Double]
        /// HOLD over all bars: at the end, and the curve.
        let overall: [Double]
        let curve: [Double]
        let trained: MixSnapshot
        let seeds: [MixSnapshot]
        let looks: [[MixSnapshot]]
        /// Of forecasts of as many runs.
        let calibration: ForecastCalibration
    }

    /// What the forecasts in a folder are: of as many surrogate runs each, after so many steps.
    struct Kind {
        var runs = 1, steps = ForecastStudy.steps

        init(_ options: [String: String]) {
            runs = options["runs"].flatMap { Int($0) } ?? runs
            steps = options["steps"].flatMap { Int($0) } ?? steps
        }

        func calibration(_ design: StudyDesign) -> ForecastCalibration {
            ForecastCalibration(gamma: design.gamma, lambda: 0.95, runs: runs, isShort: steps / 4_096 < SurrogatePlan.fewUpdates)
        }
    }

    static func rows(_ folder: String, _ kind: Kind) throws -> [Row] {
        let designs = Dictionary(uniqueKeysWithValues: try StudyDesign.all(folder: folder + "/rewards").map { ($0.id, $0) }), trained = try ForecastStudy.trained(folder)
        return try String(contentsOfFile: folder + "/forecasts.csv", encoding: .utf8).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: ",").map(String.init)
            guard cells.count > 38, let id = Int(cells[0]), let design = designs[id], let seeds = trained[id], seeds.count == 3, let mean = ForecastStudy.mean(seeds, near: kind.steps) else { return nil }
            func number(_ i: Int) -> Double { Double(cells[i]) ?? .nan }
            let bars = (0..<4).map { number(2 + 9 * $0) }, forecast = (0..<4).map { g in (0..<3).map { number(3 + 9 * g + $0) } }
            let total = bars.reduce(0, +)
            let overall = (0..<3).map { a in (0..<4).reduce(0) { $0 + bars[$1] * forecast[$1][a] } / total }
            return Row(
                design: design, seconds: number(1), bars: bars, forecast: forecast, naive: (0..<4).map { number(9 + 9 * $0) }, overall: overall,
                curve: cells.dropFirst(38).compactMap { Double($0.split(separator: ":").last ?? "") }, trained: mean,
                seeds: seeds.keys.sorted().compactMap { k in seeds[k]?.min { abs($0.step - kind.steps) < abs($1.step - kind.steps) } }, looks: seeds.keys.sorted().compactMap { seeds[$0] }, calibration: kind.calibration(design))
        }.sorted { $0.design.id < $1.design.id }
    }

    /// Smallest deviations whose bands hold 90% of the tuning half's shares, and of its HOLD shares; of one run at least those of the mean.
    static func calibrate(_ folder: String, _ kind: Kind) throws {
        let found = try rows(folder, kind).filter(\.design.isTuning)
        for gamma in [0.0, 0.99] {
            let part = found.filter { $0.design.gamma == gamma }, floor = gamma == 0 ? 0.01 : 0.015
            func needed(_ pairs: [(forecast: Double, trained: Double)], floor: Double) -> Double {
                let each = pairs.map { pair in
                    abs(pair.forecast - pair.trained) <= floor ? 0 : abs(ForecastCalibration.stretched(pair.forecast) - ForecastCalibration.stretched(pair.trained)) / 1.645
                }.sorted()
                return each.isEmpty ? .nan : each[min(each.count - 1, Int(0.9 * Double(each.count)))]
            }
            func regimes(_ actions: Range<Int>, _ trained: (Row) -> [MixSnapshot]) -> [(Double, Double)] {
                part.flatMap { row in
                    trained(row).flatMap { mix in (0..<4).filter { row.bars[$0] > 0 }.flatMap { g in actions.map { a in (row.forecast[g][a], mix.sampled[g][a]) } } }
                }
            }
            func larger(_ trained: (Row) -> [MixSnapshot]) -> Double { max(needed(regimes(0..<1, trained), floor: floor), needed(regimes(0..<3, trained), floor: floor)) }
            let regime = larger { [$0.trained] }, regimeRun = larger(\.seeds)
            let overall = part.map { ($0.overall[0], $0.trained.overall($0.trained.sampled)[0]) }
            let overallRun = part.flatMap { row in row.seeds.map { (row.overall[0], $0.overall($0.sampled)[0]) } }
            func text(_ v: Double) -> String { String(format: "%.3f", v) }
            print("gamma \(gamma): \(part.count) designs, floor \(floor): regimeDeviation \(text(regime)) overallDeviation \(text(needed(overall, floor: floor))) regimeRunDeviation \(text(max(regimeRun, regime))) overallRunDeviation \(text(max(needed(overallRun, floor: floor), needed(overall, floor: floor))))")
        }
    }

    static func write(_ folder: String, to out: String, _ kind: Kind) throws {
        let found = try rows(folder, kind)
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        var csv = "design,reward,market,gamma,ent_coef,half,regime,bars,naive_hold,forecast_hold,band_low,band_high,trained_hold,seed1_hold,seed2_hold,seed3_hold,forecast_long,trained_long\n"
        let names = ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"]
        var points: [CalibrationPoint] = []
        for row in found {
            let calibration = row.calibration
            for g in 0..<4 where row.bars[g] > 0 {
                let band = calibration.band(row.forecast[g][0], deviation: calibration.regimeDeviation)
                func text(_ v: Double) -> String { String(format: "%.4f", v) }
                csv += "\(row.design.id),\(row.design.rewardName),\(row.design.market),\(row.design.gamma),\(row.design.entropyCoefficient),\(row.design.part.rawValue),\(names[g]),\(Int(row.bars[g])),"
                csv += ([row.naive[g], row.forecast[g][0], band.lowerBound, band.upperBound, row.trained.sampled[g][0]] + row.seeds.map { $0.sampled[g][0] } + [row.forecast[g][1], row.trained.sampled[g][1]]).map(text).joined(separator: ",") + "\n"
                if row.design.part == .reporting {
                    points.append(CalibrationPoint(forecast: row.forecast[g][0], band: band, trained: row.trained.sampled[g][0], group: row.design.gamma == 0 ? 1 : 2))
                }
            }
        }
        try csv.write(toFile: out + "/forecast-study.csv", atomically: true, encoding: .utf8)
        print("| half | gamma | designs | error, points | bias | worst | naive | one seed against the two others | LONG error | bands of 90% hold | class right (band clear / likeliest) | seconds |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
        for part in StudyDesign.Part.allCases {
            let own = found.filter { $0.design.part == part }
            for gamma in [0.0, 0.99] { summarise(own.filter { $0.design.gamma == gamma }, part.rawValue, "\(gamma)") }
            summarise(own, part.rawValue, "both")
            if part == .reporting { for market in StudyDesign.Market.allCases { summarise(own.filter { $0.design.market == market }, "\(part.rawValue), \(market)", "both") } }
        }
        for part in StudyDesign.Part.allCases where part != .tuning && part != .lopsidedTuning && found.contains(where: { $0.design.part == part }) {
            print("\n\(part.rawValue):")
            classes(found.filter { $0.design.part == part })
            collapse(found.filter { $0.design.part == part })
        }
        let half = points.filter { $0.group == 1 }.count, other = points.count - half
        func error(_ group: Int) -> String {
            let list = points.filter { $0.group == group }
            return String(format: "%.1f", 100 * list.reduce(0) { $0 + abs($1.forecast - $1.trained) } / Double(max(1, list.count)))
        }
        let figure = calibrationFigure(
            points, groups: ["gamma 0: mean absolute error \(error(1)) points", "gamma .99: mean absolute error \(error(2)) points"],
            heading: "Forecast against trained HOLD share, designs that the method was not chosen on",
            caption: "\(half) and \(other) regimes of \(found.count { $0.design.part == .reporting }) designs; trained: mean of 3 seeds, 819,200 steps; bars: 90% bands")
        var figures = [figure]
        if let map = try? mapFigure(folder) { figures.append(map) }
        for figure in figures {
            try figure.table.tsv.write(toFile: "\(out)/\(figure.name).tsv", atomically: true, encoding: .utf8)
            try figure.script.write(toFile: "\(out)/\(figure.name).gp", atomically: true, encoding: .utf8)
        }
        print("draw: cd \(out) && gnuplot -d forecast-actual.gp && gnuplot -d collapse-map.gp")
    }

    private static func summarise(_ rows: [Row], _ half: String, _ gamma: String) {
        guard !rows.isEmpty else { return }
        var error = 0.0, bias = 0.0, worst = 0.0, naive = 0.0, seedError = 0.0, long = 0.0, inside = 0.0, n = 0.0, seedN = 0.0
        var right = 0, clear = 0, clearRight = 0
        for row in rows {
            let calibration = row.calibration
            for g in 0..<4 where row.bars[g] > 0 {
                let miss = row.forecast[g][0] - row.trained.sampled[g][0]
                error += abs(miss)
                bias += miss
                worst = max(worst, abs(miss))
                naive += abs(row.naive[g] - row.trained.sampled[g][0])
                long += abs(row.forecast[g][1] - row.trained.sampled[g][1])
                if calibration.band(row.forecast[g][0], deviation: calibration.regimeDeviation).contains(row.trained.sampled[g][0]) { inside += 1 }
                n += 1
                for s in row.seeds.indices {
                    let others = row.seeds.indices.filter { $0 != s }
                    seedError += abs(row.seeds[s].sampled[g][0] - others.reduce(0) { $0 + row.seeds[$1].sampled[g][0] } / Double(others.count))
                    seedN += 1
                }
            }
            let predicted = PolicyClass(shares: row.overall, roundTrips: nil), actual = PolicyClass(shares: row.trained.overall(row.trained.sampled), roundTrips: nil)
            if predicted == actual { right += 1 }
            let band = calibration.band(row.overall[0], deviation: calibration.overallDeviation)
            if ![0.05, 0.8].contains(where: { band.lowerBound < $0 && $0 < band.upperBound }) {
                clear += 1
                if predicted == actual { clearRight += 1 }
            }
        }
        let seconds = rows.reduce(0) { $0 + $1.seconds } / Double(rows.count)
        func points(_ v: Double) -> String { String(format: "%.2f", 100 * v) }
        print("| \(half) | \(gamma) | \(rows.count) | \(points(error / n)) | \(points(bias / n)) | \(points(worst)) | \(points(naive / n)) | \(points(seedError / seedN)) | \(points(long / n)) | \(points(inside / n))% | \(clearRight) of \(clear) / \(right) of \(rows.count) | \(String(format: "%.2f", seconds)) |")
    }

    /// Designs by the class they trained to and the likeliest one that was forecast; those that missed by name.
    private static func classes(_ rows: [Row]) {
        var counts: [PolicyClass: (all: Int, right: Int, undecided: Int)] = [:]
        for row in rows {
            let calibration = row.calibration, band = calibration.band(row.overall[0], deviation: calibration.overallDeviation)
            let forecast = PolicyClass(shares: row.overall, roundTrips: nil), actual = PolicyClass(shares: row.trained.overall(row.trained.sampled), roundTrips: nil)
            let old = counts[actual] ?? (0, 0, 0)
            let straddles = [0.05, 0.8].contains { band.lowerBound < $0 && $0 < band.upperBound }
            counts[actual] = (old.all + 1, old.right + (forecast == actual ? 1 : 0), old.undecided + (straddles ? 1 : 0))
            if forecast != actual {
                print("design \(row.design.id) \(row.design.rewardName), gamma \(row.design.gamma), ent \(row.design.entropyCoefficient): forecast \(forecast.rawValue) at HOLD \(String(format: "%.3f", row.overall[0])), trained \(actual.rawValue) at \(String(format: "%.3f", row.trained.overall(row.trained.sampled)[0]))")
            }
        }
        for found in PolicyClass.allCases { if let count = counts[found] { print("trained to \(found.rawValue): \(count.all), so forecast \(count.right), of all 'undecided' \(count.undecided)") } }
    }

    /// Forecast probabilities of collapse (HOLD at least 80% at any tenth of the run) against how often it came, single runs.
    private static func collapse(_ rows: [Row]) {
        print("| forecast probability that HOLD reaches 80% at some tenth | runs | mean forecast | came |")
        print("| --- | --- | --- | --- |")
        var cells: [(p: Double, came: Bool)] = []
        for row in rows {
            let calibration = row.calibration
            let p = row.curve.map { calibration.probability(of: $0, atLeast: 0.8, deviation: calibration.overallRunDeviation) }.max() ?? 0
            for run in row.looks { cells.append((p, run.contains { $0.overall($0.sampled)[0] >= 0.8 })) }
        }
        for (low, high) in [(0.0, 0.02), (0.02, 0.2), (0.2, 0.8), (0.8, 0.98), (0.98, 1.01)] {
            let part = cells.filter { $0.p >= low && $0.p < high }
            guard !part.isEmpty else { continue }
            let n = Double(part.count)
            print("| \(low) to \(min(1, high)) | \(part.count) | \(String(format: "%.3f", part.reduce(0) { $0 + $1.p } / n)) | \(part.count(where: \.came)) (\(String(format: "%.3f", Double(part.count(where: \.came)) / n))) |")
        }
        let brier = cells.reduce(0) { $0 + ($1.p - ($1.came ? 1 : 0)) * ($1.p - ($1.came ? 1 : 0)) } / Double(max(1, cells.count))
        print("Brier score \(String(format: "%.4f", brier)), \(cells.count) runs")
    }

    private static func mapFigure(_ folder: String) throws -> Figure {
        var cells: [[Double]: (collapsed: Int, runs: Int)] = [:]
        for line in try String(contentsOfFile: folder + "/collapse-map.csv", encoding: .utf8).split(separator: "\n") {
            let values = line.split(separator: ",").compactMap { Double($0) }
            guard values.count == 13 else { continue }
            let key = [values[0], values[1]], old = cells[key] ?? (0, 0)
            cells[key] = (old.collapsed + (values[12] > 0.95 ? 1 : 0), old.runs + 1)
        }
        for (key, cell) in cells.sorted(by: { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }) { print("ent \(key[0]) x \(key[1]): \(cell.collapsed) of \(cell.runs) above 95% HOLD at the end") }
        return collapseMapFigure(
            cells.map { CollapseCell(entropyCoefficient: $0.key[0], x: $0.key[1], collapsed: $0.value.collapsed, runs: $0.value.runs) }, steps: 819_200,
            caption: "HOLD pays d, trades pay N(0, 1); clipped PPO, 64 x 64, 8 x 512 steps, batch 64, 10 epochs, Adam 3e-4, gamma 0")
    }
}
