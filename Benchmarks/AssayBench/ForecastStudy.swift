import Forecasting
import Foundation
import NetworkKernels
import TradingTypes
import Training

/// `assay-bench forecast-study ...`: the measurements behind docs/forecast.md.
///
///     train FOLDER FIRST LAST      three seeds of each design with our PPO; appends to FOLDER/trained.csv, passes over what is there
///     forecast FOLDER FIRST LAST [runs=3] [steps=81920]   the forecast of each design, or the mean of several, or of a shorter run; appends to FOLDER/forecasts.csv
///     report FOLDER OUT [runs=3] [steps=81920]   errors, classes and coverage; OUT/forecast-study.csv and the calibration figure
///     calibrate FOLDER [runs=3] [steps=81920]    the constants of ForecastCalibration, from the tuning half
///     positions FOLDER forecast|train|report   the same for options and for the spot market with a position; FOLDER/positions.csv
///     near EXPERIMENT [seeds=N] [forecasts=N] [A.B=VALUE ...] [NAME=VALUE ...]   one experiment trained with N seeds, beside N forecasts
///     rest [FIRST LAST]            what the point of rest costs beside its training
///     price [ROUNDS]               a forecast and the training it is of in turns, on one thread
///     map FOLDER [ENT ...]         one state, no features: where PPO collapses; appends to FOLDER/collapse-map.csv
///     arrays FOLDER ID ...         a design's features and pay as plain arrays, for other trainers (Benchmarks/forecast_sb3.py)
///     lab FOLDER SETTINGS          a surrogate's error on the designs trained so far
enum ForecastStudy {
    static let steps = 819_200, looks = 10, seeds: ClosedRange<UInt64> = 1...3

    static func run(_ arguments: [String]) throws {
        if arguments.first == "price" { return try ForecastPrice.run(rounds: arguments.dropFirst().first.flatMap { Int($0) } ?? 5) }
        if arguments.first == "rest" {
            let ends = arguments.dropFirst().compactMap { Int($0) }
            return try RestPrice.run((ends.first ?? 0)...max(ends.first ?? 0, ends.dropFirst().first ?? .max))
        }
        if arguments.first == "near" { return try ForecastNearness.run(Array(arguments.dropFirst())) }
        guard arguments.count >= 2 else { return usage() }
        let folder = arguments[1]
        switch arguments[0] {
        case "train":
            let first = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 0, last = arguments.dropFirst(3).first.flatMap { Int($0) } ?? StudyDesign.fresh.upperBound
            try train(folder, first...max(first, last))
        case "lab": try lab(folder, Array(arguments.dropFirst(2)))
        case "forecast":
            let first = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 0, last = arguments.dropFirst(3).first.flatMap { Int($0) } ?? StudyDesign.fresh.upperBound
            try forecast(folder, first...max(first, last), options(Array(arguments.dropFirst(4))))
        case "report": try ForecastStudyReport.write(folder, to: arguments.dropFirst(2).first ?? folder, .init(options(Array(arguments.dropFirst(3)))))
        case "calibrate": try ForecastStudyReport.calibrate(folder, .init(options(Array(arguments.dropFirst(2)))))
        case "map": try CollapseMap.run(folder, arguments.dropFirst(2).compactMap { Double($0) })
        case "positions": try PositionStudy.run(folder, arguments.dropFirst(2).first ?? "", Array(arguments.dropFirst(3)))
        case "arrays": try arrays(folder, arguments.dropFirst(2).compactMap { Int($0) })
        default: usage()
        }
    }

    static func usage() { print("usage: assay-bench forecast-study train FOLDER [FIRST LAST] | forecast FOLDER [FIRST LAST] | report FOLDER OUT | calibrate FOLDER | map FOLDER [ENT ...] | arrays FOLDER ID ... | lab FOLDER [NAME=VALUE ...] | positions FOLDER forecast|train|report | near EXPERIMENT [seeds=N] [forecasts=N] [A.B=VALUE ...] [NAME=VALUE ...] | rest [FIRST LAST] | price [ROUNDS]") }

    static func inputs(_ design: StudyDesign, steps: Int = steps) throws -> TrainingInputs { try TrainingInputs(design.experiment(steps: steps)) }

    // MARK: Training

    private static func train(_ folder: String, _ range: ClosedRange<Int>) throws {
        let designs = try StudyDesign.all(folder: folder + "/rewards").filter { range.contains($0.id) }
        let path = folder + "/trained.csv"
        let known = Set((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").map { $0.split(separator: ",").prefix(2).joined(separator: ",") } ?? [])
        for design in designs {
            let inputs = try inputs(design)
            for seed in seeds where !known.contains("\(design.id),\(seed)") {
                let clock = ContinuousClock(), start = clock.now
                let found = try ReferenceTraining.run(inputs, seed: seed, steps: steps, looks: looks)
                let seconds = (clock.now - start).components.seconds
                let text = found.map { row(design.id, seed, $0) }.joined()
                try append(text, to: path)
                let last = found[found.count - 1]
                print("design \(design.id) \(design.rewardName) \(design.market) gamma \(design.gamma) ent \(design.entropyCoefficient) seed \(seed): HOLD \(shares(last)), \(seconds) s")
            }
        }
    }

    /// design,seed,step, then for each regime bars, sampled shares, arg-max shares.
    private static func row(_ id: Int, _ seed: UInt64, _ look: MixSnapshot) -> String {
        let cells = look.bars.indices.flatMap { g in [look.bars[g]] + look.sampled[g] + look.argmax[g] }
        return "\(id),\(seed),\(look.step)," + cells.map { String(format: "%.5g", $0) }.joined(separator: ",") + "\n"
    }

    static func append(_ text: String, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try "".write(toFile: path, atomically: true, encoding: .utf8) }
        guard let handle = FileHandle(forWritingAtPath: path) else { return }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    static func shares(_ look: MixSnapshot) -> String { look.sampled.map { String(format: "%.1f", 100 * $0[0]) }.joined(separator: " / ") }

    /// Looks of each seed, [design: [seed: looks]].
    static func trained(_ folder: String) throws -> [Int: [UInt64: [MixSnapshot]]] {
        var found: [Int: [UInt64: [MixSnapshot]]] = [:]
        for line in try String(contentsOfFile: folder + "/trained.csv", encoding: .utf8).split(separator: "\n") {
            let cells = line.split(separator: ",").compactMap { Double($0) }
            guard cells.count == 3 + 4 * 7 else { continue }
            let regimes = (0..<4).map { Array(cells[(3 + 7 * $0)..<(10 + 7 * $0)]) }
            found[Int(cells[0]), default: [:]][UInt64(cells[1]), default: []].append(
                MixSnapshot(step: Int(cells[2]), sampled: regimes.map { Array($0[1...3]) }, argmax: regimes.map { Array($0[4...6]) }, bars: regimes.map { $0[0] }))
        }
        return found
    }

    /// The mean over seeds of the look nearest to `step`.
    static func mean(_ seeds: [UInt64: [MixSnapshot]], near step: Int) -> MixSnapshot? {
        let looks = seeds.values.compactMap { $0.min { abs($0.step - step) < abs($1.step - step) } }
        guard let first = looks.first else { return nil }
        let n = Double(looks.count)
        func average(_ part: (MixSnapshot) -> [[Double]]) -> [[Double]] {
            first.sampled.indices.map { g in first.sampled[g].indices.map { a in looks.reduce(0) { $0 + part($1)[g][a] } / n } }
        }
        return MixSnapshot(step: first.step, sampled: average(\.sampled), argmax: average(\.argmax), bars: first.bars)
    }

    // MARK: Forecasts

    /// Forecasts each design (with a surrogate of other settings the tuning ones) that FOLDER/forecasts.csv lacks: id, processor seconds, then every look of the curve.
    private static func forecast(_ folder: String, _ range: ClosedRange<Int>, _ options: [String: String]) throws {
        var options = options
        let runs = options.removeValue(forKey: "runs").flatMap { Int($0) } ?? 1, steps = options.removeValue(forKey: "steps").flatMap { Int($0) }
        let path = folder + "/forecasts.csv"
        let known = Set((try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").compactMap { $0.split(separator: ",").first.flatMap { Int($0) } } ?? [])
        for design in try StudyDesign.all(folder: folder + "/rewards") where range.contains(design.id) && !known.contains(design.id) && (options.isEmpty || design.isTuning) {
            var settings = ForecastSettings()
            settings.surrogate = surrogate(options)
            (settings.runs, settings.steps) = (runs, steps)
            let found = try Forecaster.forecast(try inputs(design), settings)
            var cells = ["\(design.id)", String(format: "%.3f", found.seconds)]
            for regime in found.regimes {
                cells.append("\(regime.bars)")
                cells += (regime.sampled + regime.argmax + [regime.naiveHold, regime.x ?? .nan]).map { String(format: "%.5g", $0) }
            }
            cells += found.curve.map { String(format: "%d:%.5g", $0.step, $0.overall[0]) }
            try append(cells.joined(separator: ",") + "\n", to: path)
            print("design \(design.id) \(design.rewardName): HOLD " + found.regimes.map { String(format: "%.1f", 100 * $0.sampled[0]) }.joined(separator: " / ") + String(format: ", %.2f s", found.seconds))
        }
    }

    /// Features [T x F], pay [T x 3] of the training bars as little-endian floats and their regimes as bytes, with a line of sizes beside them.
    private static func arrays(_ folder: String, _ ids: [Int]) throws {
        for design in try StudyDesign.all(folder: folder + "/rewards") where ids.contains(design.id) {
            let inputs = try inputs(design), market = inputs.market, rows = inputs.trainingRows
            guard let pay = market.pay else { continue }
            let F = market.table.features.columns
            var features: [Float] = [], rewards: [Float] = []
            for t in rows {
                for c in 0..<F { features.append(market.table.features[t, c]) }
                for a in 0..<3 { rewards.append(pay.all.base[((t - market.firstPaid) * 3 + a) * market.payWidth]) }
            }
            let base = "\(folder)/arrays-\(design.id)"
            try features.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: base + ".features"))
            try rewards.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: base + ".pay"))
            try Data(rows.map { market.table.regimes[$0] }).write(to: URL(fileURLWithPath: base + ".regimes"))
            let line = "\(rows.count) \(F) \(design.gamma) \(design.entropyCoefficient) \(inputs.experiment.episodeBars)\n"
            try line.write(toFile: base + ".txt", atomically: true, encoding: .utf8)
        }
    }

    // MARK: Laboratory

    /// NAME=VALUE, ...
    static func options(_ arguments: [String]) -> [String: String] {
        var options: [String: String] = [:]
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { options[parts[0]] = parts[1] }
        }
        return options
    }

    /// The surrogate that options name: epochs (of 10), batch, rate (factors; the rule's without), rollout (share), critic (epochs; 0: regime means), cbatch, crate.
    static func surrogate(_ options: [String: String]) -> SurrogateSettings {
        func number(_ key: String, _ standard: Double) -> Double { options[key].flatMap { Double($0) } ?? standard }
        var settings = SurrogateSettings()
        settings.batchFactor = Int(number("batch", Double(settings.batchFactor)))
        settings.rateFactor = options["rate"].flatMap { Double($0) }
        settings.epochShare = number("epochs", 10 * settings.epochShare) / 10
        settings.rolloutShare = number("rollout", settings.rolloutShare)
        let criticEpochs = Int(number("critic", 1))
        if criticEpochs > 0 { settings.critic = .network(epochs: criticEpochs, batchFactor: Int(number("cbatch", 1)), rateFactor: options["crate"].flatMap { Double($0) }) } else { settings.critic = .regimeMeans(rate: 0.2) }
        return settings
    }

    /// Errors of a surrogate with the given settings, by discount.
    private static func lab(_ folder: String, _ arguments: [String]) throws {
        let options = options(arguments)
        func number(_ key: String, _ standard: Double) -> Double { options[key].flatMap { Double($0) } ?? standard }
        let settings = surrogate(options)
        let gamma = options["gamma"].flatMap { Double($0) }, seed = UInt64(number("seed", 1)), repeats = UInt64(number("repeats", 1))
        let first = Int(number("first", 0)), last = Int(number("last", Double(StudyDesign.fresh.upperBound))), half = options["half"] ?? "tune"
        let updates = Int(number("updates", 200))
        let results = try trained(folder)
        var errors: [Double: [Double]] = [:], signed: [Double: [Double]] = [:], spent = 0.0, runs = 0
        for design in try StudyDesign.all(folder: folder + "/rewards")
        where (first...last).contains(design.id) && (half == "all" || (half == "tune" ? design.isTuning : design.part.rawValue == half)) && (gamma ?? design.gamma) == design.gamma {
            guard let seeds = results[design.id], seeds.count == 3, let truth = mean(seeds, near: min(steps, updates * steps / 200)) else { continue }
            let inputs = try inputs(design)
            let team = ThreadTeam(threads: 1)
            var total = [Double](repeating: 0, count: 4), looks = 0.0
            for k in 0..<repeats {
                let start = Forecaster.processorSeconds()
                let run = SurrogateRun(SurrogateProblem(inputs), settings, hidden: [64, 64], batchNorm: false, seed: seed + k + 100, team: team)
                let meter = MixMeter(inputs.market.table, rows: inputs.trainingRows, every: 2, team: team)
                let average = Int(number("average", 1))
                try run.run(updates: updates) { done in
                    if done > updates - average {
                        let look = meter.look(run.policy, step: done)
                        for g in 0..<4 { total[g] += look.sampled[g][0] }
                        looks += 1
                    }
                }
                spent += Forecaster.processorSeconds() - start
                runs += 1
            }
            let found = total.map { $0 / looks }
            let misses = (0..<4).map { 100 * (found[$0] - truth.sampled[$0][0]) }
            errors[design.gamma, default: []] += misses.map(abs)
            signed[design.gamma, default: []] += misses
            print("\(design.id) \(design.rewardName) \(design.market) g\(design.gamma) c\(design.entropyCoefficient): " + zip(found, truth.sampled).map { String(format: "%.2f(%.2f)", 100 * $0, 100 * $1[0]) }.joined(separator: " "))
        }
        for (gamma, list) in errors.sorted(by: { $0.key < $1.key }) {
            let n = Double(list.count)
            print("RESULT \(arguments.joined(separator: " ")): gamma \(gamma): mean absolute error \(String(format: "%.2f, bias %.2f, worst %.1f", list.reduce(0, +) / n, signed[gamma]!.reduce(0, +) / n, list.max() ?? 0)), \(String(format: "%.2f s", spent / Double(max(1, runs)))) a run, \(list.count) shares")
        }
    }
}
