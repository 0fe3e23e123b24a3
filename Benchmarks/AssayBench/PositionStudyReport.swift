import Forecasting
import Foundation
import TradingTypes
import Training

/// Sets forecasts where the position matters beside what training reached.
extension PositionStudy {
    /// What is reported apart.
    private enum Group: String, CaseIterable {
        case shipped = "options, shipped", tuning = "options, drawn, tuning", reporting = "options, drawn, reporting", hourlyTuning = "hourly, tuning", hourlyReporting = "hourly, reporting"
        case unseen = "hourly, position not observed", seen = "hourly, observed"

        func holds(_ design: PositionDesign) -> Bool {
            switch self {
            case .shipped: design.part == .shipped
            case .tuning: design.isOptions && design.part == .tuning
            case .hourlyTuning: !design.isOptions && design.part == .tuning
            case .hourlyReporting: !design.isOptions && design.part == .reporting
            case .reporting: design.isOptions && design.part == .reporting
            case .unseen: !design.isOptions && design.id % 2 == 1
            case .seen: !design.isOptions && design.id % 2 == 0
            }
        }
    }

    private struct Entry {
        let seconds: Double
        let look: PositionSnapshot
    }

    static func report(_ path: String) throws {
        var found: [Int: [String: Entry]] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let cells = line.split(separator: ",").map(String.init)
            guard let id = Int(cells[0]), cells.count > 8 else { continue }
            let values = cells.dropFirst(2).map { Double($0) ?? .nan }, width = (values.count - 2) / 8
            func mix(_ part: Int) -> MixSnapshot {
                let rows = (0..<4).map { g in Array(values[(2 + (4 * part + g) * width)..<(2 + (4 * part + g + 1) * width)]) }
                return MixSnapshot(step: 0, sampled: rows.map { Array($0.dropFirst()) }, argmax: rows.map { Array($0.dropFirst()) }, bars: rows.map { $0[0] })
            }
            found[id, default: [:]][cells[1]] = Entry(seconds: values[0], look: PositionSnapshot(flat: mix(0), held: mix(1), roundTrips: values[1]))
        }
        struct Judged {
            let design: PositionDesign, forecast: PositionSnapshot, rest: PositionSnapshot?, trained: PositionSnapshot, runs: [PositionSnapshot], seconds: (forecast: Double, training: Double)
        }
        let rows = PositionDesign.all.compactMap { design -> Judged? in
            guard let own = found[design.id], let forecast = own["forecast"] else { return nil }
            let runs = seeds.compactMap { own["\($0)"] }
            guard runs.count == seeds.count else { return nil }
            return Judged(
                design: design, forecast: forecast.look, rest: own["rest"]?.look, trained: PositionSnapshot.mean(runs.map(\.look), step: 0), runs: runs.map(\.look),
                seconds: (forecast.seconds, runs.reduce(0) { $0 + $1.seconds } / Double(runs.count)))
        }
        func hold(_ mix: MixSnapshot) -> Double { mix.bars.reduce(0, +) > 0 ? mix.overall(mix.sampled)[0] : .nan }
        func kind(_ design: PositionDesign) -> EnvironmentKind { design.isOptions ? .options : .spot }
        func named(_ look: PositionSnapshot, _ design: PositionDesign) -> PolicyClass {
            let whole = look.whole(kind(design))
            return PolicyClass(shares: whole.overall(whole.sampled), roundTrips: look.roundTrips < 1e-3 ? 0 : 1)
        }
        print("| design | part | HOLD while flat %: forecast / trained / at rest | in a trade %: forecast / trained / at rest | round trips: forecast / trained / at rest | class: forecast / trained / at rest | s: forecast / training |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for row in rows {
            let looks = [row.forecast, row.trained, row.rest ?? row.trained]
            func three(_ text: (PositionSnapshot) -> String) -> String { looks.map(text).joined(separator: " / ") }
            print("| \(row.design.id) \(row.design.name) | \(row.design.part.rawValue) | \(three { percent(hold($0.flat)) }) | \(three { percent(hold($0.held)) }) | \(three { String(format: "%.1f", $0.roundTrips) }) | \(three { named($0, row.design).rawValue }) | \(String(format: "%.2f / %.2f", row.seconds.forecast, row.seconds.training)) |")
        }
        print("\n| designs | of | HOLD while flat by regime, mean absolute error, points: forecast / at rest / one seed against two | in a trade | round trips, relative error: forecast / at rest | bands of 90% hold: flat, in a trade | class right: forecast / at rest |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for group in Group.allCases {
            let part = rows.filter { group.holds($0.design) }
            guard !part.isEmpty else { continue }
            func error(_ situation: KeyPath<PositionSnapshot, MixSnapshot>, _ of: (Judged) -> [(PositionSnapshot, PositionSnapshot)]) -> Double {
                var sum = 0.0, n = 0.0
                for row in part {
                    for (a, b) in of(row) { for g in 0..<4 where a[keyPath: situation].bars[g] > 0 && b[keyPath: situation].bars[g] > 0 {
                        sum += abs(a[keyPath: situation].sampled[g][0] - b[keyPath: situation].sampled[g][0])
                        n += 1
                    } }
                }
                return 100 * sum / max(1, n)
            }
            func others(_ row: Judged) -> [(PositionSnapshot, PositionSnapshot)] {
                row.runs.indices.map { s in (row.runs[s], PositionSnapshot.mean(row.runs.indices.filter { $0 != s }.map { row.runs[$0] }, step: 0)) }
            }
            func inside(_ situation: KeyPath<PositionSnapshot, MixSnapshot>) -> String {
                var hits = 0, n = 0
                for row in part {
                    let calibration = ForecastCalibration(position: kind(row.design))
                    for g in 0..<4 where row.trained[keyPath: situation].bars[g] > 0 {
                        n += 1
                        if calibration.band(row.forecast[keyPath: situation].sampled[g][0], deviation: calibration.regimeDeviation).contains(row.trained[keyPath: situation].sampled[g][0]) { hits += 1 }
                    }
                }
                return "\(n > 0 ? 100 * hits / n : 0)%"
            }
            func cells(_ situation: KeyPath<PositionSnapshot, MixSnapshot>) -> String {
                let own = error(situation) { [($0.forecast, $0.trained)] }, rest = error(situation) { row in row.rest.map { [($0, row.trained)] } ?? [] }
                return String(format: "%.1f / %.1f / %.1f", own, rest, error(situation, others))
            }
            func trips(_ of: (Judged) -> PositionSnapshot?) -> String {
                var sum = 0.0
                for row in part { if let look = of(row) { sum += abs(look.roundTrips - row.trained.roundTrips) / max(0.1, row.trained.roundTrips) } }
                return String(format: "%.0f%%", 100 * sum / Double(part.count))
            }
            func right(_ of: (Judged) -> PositionSnapshot?) -> Int { part.count { row in of(row).map { named($0, row.design) == named(row.trained, row.design) } ?? false } }
            print("| \(group.rawValue) | \(part.count) | \(cells(\.flat)) | \(cells(\.held)) | \(trips { $0.forecast }) / \(trips { $0.rest }) | \(inside(\.flat)), \(inside(\.held)) | \(right { $0.forecast }) / \(right { $0.rest }) of \(part.count) |")
        }
        for isOptions in [true, false] {
            let tuning = rows.filter { $0.design.part == .tuning && $0.design.isOptions == isOptions }
            calibrate(tuning.map { ($0.forecast, $0.trained, $0.runs) }, isOptions ? "options" : "the hourly market with a position") { hold(isOptions ? $0.flat : $0.whole(.spot)) }
        }
    }

    /// Prints the deviations whose bands hold 90% of the tuning designs' shares, and of their HOLD shares, flat and in a trade together.
    private static func calibrate(_ tuning: [(forecast: PositionSnapshot, trained: PositionSnapshot, runs: [PositionSnapshot])], _ name: String, overall: (PositionSnapshot) -> Double) {
        let floor = 0.015
        func needed(_ pairs: [(Double, Double)]) -> Double {
            let each = pairs.map { abs($0.0 - $0.1) <= floor ? 0 : abs(ForecastCalibration.stretched($0.0) - ForecastCalibration.stretched($0.1)) / 1.645 }.sorted()
            return each.isEmpty ? .nan : each[min(each.count - 1, Int(0.9 * Double(each.count)))]
        }
        func pairs(_ actions: Int, _ of: ([PositionSnapshot], PositionSnapshot) -> [PositionSnapshot]) -> [(Double, Double)] {
            var found: [(Double, Double)] = []
            for row in tuning {
                for run in of(row.runs, row.trained) {
                    for part in [\PositionSnapshot.flat, \PositionSnapshot.held] {
                        let forecast = row.forecast[keyPath: part], mean = row.trained[keyPath: part], own = run[keyPath: part]
                        for g in 0..<4 where forecast.bars[g] > 0 && own.bars[g] > 0 {
                            for a in own.sampled[g].indices.prefix(actions) where mean.sampled[g][a] > 0 { found.append((forecast.sampled[g][a], own.sampled[g][a])) }
                        }
                    }
                }
            }
            return found
        }
        func larger(_ of: ([PositionSnapshot], PositionSnapshot) -> [PositionSnapshot]) -> Double { max(needed(pairs(1, of)), needed(pairs(.max, of))) }
        let regime = larger { [$1] }, regimeRun = larger { runs, _ in runs }
        let whole = needed(tuning.map { (overall($0.forecast), overall($0.trained)) }), wholeRun = needed(tuning.flatMap { row in row.runs.map { (overall(row.forecast), overall($0)) } })
        let values = [regime, whole, max(regime, regimeRun), max(whole, wholeRun)].map { String(format: "%.3f", $0) }
        print("\ncalibration of \(name) (\(tuning.count) tuning designs, floor \(floor)): regimeDeviation \(values[0]) overallDeviation \(values[1]) regimeRunDeviation \(values[2]) overallRunDeviation \(values[3])")
    }
}
