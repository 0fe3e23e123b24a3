import Foundation
import NumericKernels
import Training

/// One reward, market and setting of the forecast study.
struct StudyDesign {
    let id: Int
    /// A shipped reward's file, or one that was drawn.
    let rewardFile: String
    let rewardName: String
    let market: Market
    let entropyCoefficient: Double
    let gamma: Double
    /// Whom the design serves. The method and its bands were chosen on the `tuning` parts; `reporting` are the others that were drawn with them; `fresh` were drawn, forecast
    /// and then trained when both were fixed.
    enum Part: String, CaseIterable {
        case tuning, reporting, lopsidedTuning = "lopsided tuning", lopsidedReporting = "lopsided reporting", fresh, lopsidedFresh = "lopsided fresh"
    }
    var part: Part {
        switch id {
        case Self.fresh: Self.isLopsided(id) ? .lopsidedFresh : .fresh
        case Self.further: id % 2 == 0 ? .lopsidedTuning : .lopsidedReporting
        default: id % 2 == 0 ? .tuning : .reporting
        }
    }
    var isTuning: Bool { part == .tuning || part == .lopsidedTuning }

    enum Market: String, CaseIterable { case real, synthetic }

    /// The experiment of this design: the shipped ones' settings, except for what the design names.
    func experiment(steps: Int) throws -> Experiment {
        var overrides = ["ppo.ent_coef=\(entropyCoefficient)", "ppo.gamma=\(gamma)", "reward=\(rewardFile)", "steps=\(steps)"]
        if market == .synthetic { overrides += ["data.bars=synthetic:btc-hourly,seed=7,bars=43816", "data.from=null", "data.to=null"] }
        return try Experiment(file: "experiments/btc-s3-mlp.yaml", overrides: overrides.map { try ExperimentOverride($0) })
    }

    static let count = 64
    /// Ids of the further designs.
    static let further = 65...96, fresh = 97...128
    /// All further ones and the second half of the fresh ones pull to one class.
    static func isLopsided(_ id: Int) -> Bool { further.contains(id) || id > 112 }
    static let furtherCoefficients = [0.001, 0.003, 0.01, 0.02]
    static let entropyCoefficients = [0.003, 0.01, 0.02, 0.05, 0.1]

    /// All designs: the study's 64, the further 32 and the fresh 32, the same at every call. Drawn rewards are written into `folder`.
    ///
    /// Markets and discounts alternate so that both halves hold the same number of each. Ten of the first 12 are the three shipped BTC rewards at their own entropy
    /// coefficients; the rest are random mixtures of term families.
    static func all(folder: String) throws -> [StudyDesign] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try (Array(0..<count) + further + fresh).map { id in
            // Even ids tune, odd ones report; pairs (0, 1), (2, 3), ... share market and discount.
            let market: Market = (id / 2) % 2 == 0 ? .real : .synthetic, gamma = (id / 4) % 2 == 0 ? 0.0 : 0.99
            // Sets 1 to 3, so that each half has all of them; 0: a mixture.
            let shipped = id < 12 ? [1, 3, 2, 1, 3, 2, 2, 3, 0, 2, 3, 0][id] : 0
            if shipped > 0 {
                return StudyDesign(
                    id: id, rewardFile: "rewards/btc-s\(shipped).yaml", rewardName: "btc-s\(shipped)", market: market,
                    entropyCoefficient: shipped == 3 ? 0.05 : 0.01, gamma: gamma)
            }
            var random = RandomStream(seed: 20_261_121, purpose: "forecast designs", index: UInt64(id))
            let name = String(format: isLopsided(id) ? "lopsided-%02d" : "mixture-%02d", id), path = "\(folder)/\(name).yaml"
            try mixture(name, &random, isLopsided: isLopsided(id)).write(toFile: path, atomically: true, encoding: .utf8)
            if isLopsided(id) {
                return StudyDesign(
                    id: id, rewardFile: path, rewardName: name, market: market,
                    entropyCoefficient: furtherCoefficients[Int(random.below(UInt64(furtherCoefficients.count)))], gamma: gamma)
            }
            return StudyDesign(
                id: id, rewardFile: path, rewardName: name, market: market,
                entropyCoefficient: entropyCoefficients[Int(random.below(UInt64(entropyCoefficients.count)))], gamma: gamma)
        }
    }

    /// A reward of random term families with random weights, in units of what a bar's return is worth in it.
    ///
    /// `isLopsided` adds one large pull: half of the time to HOLD, else to one side or away from HOLD.
    private static func mixture(_ name: String, _ random: inout RandomStream, isLopsided: Bool = false) -> String {
        func chance(_ p: Double) -> Bool { random.uniform() < p }
        func logUniform(_ low: Double, _ high: Double) -> Double { low * exp(random.uniform() * log(high / low)) }
        var terms: [String] = []
        func add(_ id: String, _ weight: Double, value: String? = nil, when: String? = nil) {
            var lines = ["  - id: \(id)", String(format: "    weight: %.6g", weight)]
            if let value { lines.append("    value: \(value)") }
            if let when { lines.append("    when: \(when)") }
            terms.append(lines.joined(separator: "\n"))
        }
        // What the return of a bar is worth, and its size: hourly returns have a standard deviation of about .7%.
        let kind = random.uniform()
        var size = 0.0
        if kind < 0.65 {
            let weight = logUniform(20, 400)
            add("base_return", weight, value: "direction * next_return")
            size = weight * 0.007
        } else if kind < 0.85 {
            let weight = logUniform(0.1, 2)
            add("scaled_return", weight, value: "direction * next_return / max(volatility_24h, 0.0001)")
            size = weight
        } else {
            let weight = logUniform(50, 400)
            add("capped_return", weight, value: "clamp(direction * next_return, -0.008, 0.008)")
            size = weight * 0.005
        }
        func part(_ low: Double, _ high: Double) -> Double { size * logUniform(low, high) }
        if isLopsided {
            let pull = random.uniform(), strength = part(0.2, 3)
            if pull < 0.5 {
                add("pull_hold", strength, when: "action == HOLD")
            } else if pull < 0.75 {
                add("pull_side", strength, when: random.uniform() < 0.5 ? "action == LONG" : "action == SHORT")
            } else {
                add("push_hold", -strength, when: "action == HOLD")
            }
        }
        if chance(0.4) { add("correct_trade", part(0.02, 0.3), when: "direction * next_return > 0") }
        if chance(0.4) { add("wrong_direction", -part(0.02, 0.3), when: "direction * next_return < 0") }
        if chance(0.5) { add("trade_cost", -part(0.01, 0.3), when: "action != HOLD") }
        if chance(0.2) { add("loss_aversion", part(20, 80) / 1.0, value: "min(direction * next_return, 0)") }
        if chance(0.2) { add("near_zero_hold", part(0.03, 0.5), when: "action == HOLD and abs(next_return) < 0.25 * volatility_24h") }
        if chance(0.15) { add("side", (chance(0.5) ? 1 : -1) * part(0.02, 0.2), when: "action == LONG") }
        if chance(0.2) { add("with_trend", part(0.02, 0.3), when: "direction != 0 and direction == trend") }
        for regime in ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"] {
            if chance(0.35) { add("hold_\(regime.lowercased())", part(0.01, 0.4), when: "action == HOLD and regime == \(regime)") }
            if chance(0.15) { add("no_hold_\(regime.lowercased())", -part(0.01, 0.3), when: "action == HOLD and regime == \(regime)") }
            if chance(0.15) { add("trade_\(regime.lowercased())", (chance(0.5) ? 1 : -1) * part(0.01, 0.3), when: "action != HOLD and regime == \(regime)") }
        }
        return """
            schema: 1
            name: \(name)
            environment: spot
            about: Random mixture of term families, drawn for the forecast study
            terms:
            \(terms.joined(separator: "\n"))

            """
    }
}
