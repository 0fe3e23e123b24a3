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
                    let start = Forecaster.processorSeconds(), looks = try ReferenceTraining.positions(inputs, seed: seed, steps: inputs.experiment.steps, looks: 1)
                    try ForecastStudy.append(row(design.id, "\(seed)", Forecaster.processorSeconds() - start, looks[looks.count - 1]), to: path)
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
}
