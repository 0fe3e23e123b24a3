import Forecasting
import Foundation
import NumericKernels
import TradingTypes
import Training

/// One experiment in which the agent's position matters.
struct PositionDesign {
    let id: Int
    let name: String
    /// `shipped` and `reporting` are reported; the bands were set on `tuning`.
    enum Part: String, CaseIterable { case shipped, tuning, reporting }
    let part: Part
    let experiment: String
    var overrides: [String] = []
    /// Factors on the reward's weights, drawn from this stream; nil leaves them.
    var redraws = false
    var isOptions: Bool { experiment.contains("scalp") }

    func inputs() throws -> TrainingInputs {
        let found = try Experiment(file: experiment, overrides: overrides.map { try ExperimentOverride($0) }), base = try TrainingInputs(found)
        guard redraws else { return base }
        var random = RandomStream(seed: 20_261_121, purpose: "position weights", index: UInt64(id))
        var weights: [String: Double] = [:]
        for (id, weight) in zip(base.termNames, base.design.terms.map(\.weight)) { weights[id] = random.uniform() < 0.15 ? 0 : weight * exp((2 * random.uniform() - 1) * log(3.0)) }
        return try TrainingInputs(sharing: base, found, weights: weights)
    }

    /// The seven shipped options experiments; sixteen with weights, days, discount, rate and entropy coefficient drawn; twelve on the hourly market with costs of change,
    /// half of which observe what they hold.
    static let all: [PositionDesign] = {
        let shipped = ["listed", "audited", "audited-ent005", "audited-ent01", "proposed", "proposed-strong", "profit"]
        var designs = shipped.enumerated().map { PositionDesign(id: $0, name: "scalp-\($1)", part: .shipped, experiment: "experiments/scalp-\($1).yaml") }
        for id in 10..<26 {
            var random = RandomStream(seed: 20_261_121, purpose: "position designs", index: UInt64(id))
            func pick<T>(_ list: [T]) -> T { list[Int(random.below(UInt64(list.count)))] }
            let base = pick(["audited", "proposed", "profit"])
            designs.append(
                PositionDesign(
                    id: id, name: "options-\(id)", part: id % 2 == 0 ? .tuning : .reporting, experiment: "experiments/scalp-\(base).yaml",
                    overrides: [
                        "data.bars=synthetic:intraday,days=60,seed=\(100 + id)", "ppo.ent_coef=\(pick([0.005, 0.01, 0.02, 0.05, 0.1]))", "ppo.gamma=\(pick([0.8, 0.92, 0.97]))",
                        "ppo.learning_rate=\(pick([0.00003, 0.0001, 0.0003]))",
                    ], redraws: true))
        }
        let rewards: [(reward: String, more: [String])] = [
            ("btc-s3", ["switches.cost_accrual=change"]), ("btc-s2", ["switches.cost_accrual=change"]), ("volatility-normalised", []),
            ("btc-s3", ["switches.cost_accrual=change", "switches.activity_accrual=change"]), ("starter", []), ("btc-s3", ["switches.cost_accrual=change", "environment.hold=keep"]),
        ]
        for id in 30..<42 {
            let (reward, more) = rewards[(id - 30) / 2], isObserved = id % 2 == 0
            let market = (id / 2) % 2 == 0 ? [] : ["data.bars=synthetic:btc-hourly,seed=7,bars=43816", "data.from=null", "data.to=null"]
            designs.append(
                PositionDesign(
                    id: id, name: "\(reward)\(more.isEmpty ? "" : ", " + more.map { $0.split(separator: ".").last.map(String.init) ?? "" }.joined(separator: ", "))\(isObserved ? ", observed" : "")",
                    part: [0, 2, 5].contains((id - 30) / 2) ? .tuning : .reporting, experiment: "experiments/btc-s3-mlp.yaml",
                    overrides: market + more + ["reward=rewards/\(reward).yaml", "steps=409600", "ppo.gamma=\((id / 4) % 2 == 0 ? 0.99 : 0.9)", "ppo.ent_coef=\(reward == "btc-s3" ? 0.05 : 0.01)"]
                        + (isObserved ? ["environment.observe=[position, bars_in_position, unrealized]"] : [])))
        }
        return designs
    }()
}

/// `assay-bench forecast-study positions FOLDER forecast|train|report`.
enum PositionStudy {
    static let seeds: ClosedRange<UInt64> = 1...3

    /// `more` of a forecast: settings of the surrogate and `first`, `last` ids; then nothing is written and nothing is solved at rest.
    static func run(_ folder: String, _ act: String, _ more: [String] = []) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/positions.csv"
        if act == "report" { return try report(path) }
        guard act == "forecast" || act == "train" else { return print("usage: assay-bench forecast-study positions FOLDER forecast|train|report") }
        let known = Set((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").map { $0.split(separator: ",").prefix(2).joined(separator: ",") } ?? [])
        let options = ForecastStudy.options(more)
        if !options.isEmpty { return try lab(options) }
        for design in PositionDesign.all {
            if act == "forecast" {
                if known.contains("\(design.id),forecast") { continue }
                let found = try Forecaster.forecast(design.inputs())
                guard let position = found.position else { continue }
                func mix(_ part: [SituationForecast]) -> MixSnapshot { MixSnapshot(step: found.steps, sampled: part.map(\.sampled), argmax: part.map(\.argmax), bars: part.map(\.decisions)) }
                let reached = PositionSnapshot(flat: mix(position.flat), held: mix(position.held), roundTrips: position.roundTrips)
                try ForecastStudy.append(row(design.id, "forecast", found.seconds, reached), to: path)
                for (name, policy) in position.rest.map({ [("rest", $0.ppo), ("soft", $0.soft), ("hard", $0.hard)] }) ?? [] {
                    // Decisions as the surrogate met them weigh the regimes.
                    func weighted(_ shares: [[Double]], _ met: MixSnapshot) -> MixSnapshot {
                        // What never happens at rest has no mix there.
                        MixSnapshot(step: 0, sampled: shares, argmax: shares, bars: zip(shares, met.bars).map { $0.reduce(0, +) > 0 ? $1 : 0 })
                    }
                    let look = PositionSnapshot(flat: weighted(policy.mix.flat, reached.flat), held: weighted(policy.mix.held, reached.held), roundTrips: policy.roundTrips)
                    try ForecastStudy.append(row(design.id, name, policy.residual, look), to: path)
                }
                print("\(design.id) \(design.name): flat \(percent(position.flatHold)), in a trade \(percent(position.heldHold)), \(found.likeliestClass.rawValue), \(String(format: "%.2f s, residual %.1e", found.seconds, position.rest?.residual ?? .nan))")
            } else {
                guard seeds.contains(where: { !known.contains("\(design.id),\($0)") }) else { continue }
                let inputs = try design.inputs()
                for seed in seeds where !known.contains("\(design.id),\(seed)") {
                    let start = ForecastStudy.processorSeconds(), looks = try ReferenceTraining.positions(inputs, seed: seed, steps: inputs.experiment.steps, looks: 1)
                    try ForecastStudy.append(row(design.id, "\(seed)", ForecastStudy.processorSeconds() - start, looks[looks.count - 1]), to: path)
                }
                print("\(design.id) \(design.name) trained")
            }
        }
    }

    private static func lab(_ options: [String: String]) throws {
        let first = options["first"].flatMap { Int($0) } ?? 0, last = options["last"].flatMap { Int($0) } ?? .max
        for design in PositionDesign.all where (first...last).contains(design.id) {
            var settings = ForecastSettings()
            settings.surrogate = ForecastStudy.surrogate(options)
            settings.solvesRest = false
            let found = try Forecaster.forecast(design.inputs(), settings)
            guard let position = found.position else { continue }
            print("\(design.id) \(design.name): flat \(percent(position.flatHold)), in a trade \(percent(position.heldHold)), round trips \(String(format: "%.1f, %.2f s", position.roundTrips, found.seconds)), curve \(found.curve.map { percent($0.overall[0]) }.joined(separator: " "))")
        }
    }

    static func percent(_ x: Double) -> String { x.isFinite ? String(format: "%.1f", 100 * x) : "-" }

    /// design, who, seconds (of a solution its residual), round trips, then for flat and held, each regime: decisions and shares.
    private static func row(_ id: Int, _ who: String, _ seconds: Double, _ look: PositionSnapshot) -> String {
        let cells = [look.flat, look.held].flatMap { mix in mix.bars.indices.flatMap { g in [mix.bars[g]] + mix.sampled[g] } }
        return "\(id),\(who),\(String(format: "%.5g", seconds)),\(String(format: "%.5g", look.roundTrips))," + cells.map { String(format: "%.5g", $0) }.joined(separator: ",") + "\n"
    }

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

    private static func report(_ path: String) throws {
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
