internal import AbstractMDP
internal import NumericKernels
internal import OptionsAnalysis
internal import OptionsEnvironment
internal import Rewards
internal import TradingTypes

/// What a reward pays along the steps of one policy on an options market, [K] terms.
struct OptionsPlay {
    let steps: Int
    /// Mean weighted pay a step at zero edge: certain, uncertain, [K].
    let certain, uncertain: [Double]
    /// Deviation of the uncertain total as it came, and the standard error of its mean at zero edge.
    let uncertainDeviation, standardError: Double

    init(_ stack: RewardStack, _ market: OptionsMarket, _ trajectory: OptionsTrajectory, rules: EpisodeRules) {
        let columns = market.outcomes(of: trajectory, names: stack.names, rules: rules, needsNext: stack.needsNext)
        let reflected = mirrored(columns, market, trajectory)
        let n = columns.count, count = Double(max(1, n))
        var certain: [Double] = [], uncertain = certain
        var came = [Double](repeating: 0, count: n), even = came
        for (k, term) in stack.design.terms.enumerated() {
            var fair = (certain: 0.0, uncertain: 0.0)
            for (a, b) in zip(stack.parts(of: k, tried: columns, taken: columns), stack.parts(of: k, tried: reflected, taken: columns)) where a.provenance != .shaping {
                for t in 0..<n {
                    let x = a.pay[t], y = b.pay[t]
                    guard x.isFinite, y.isFinite else { continue }
                    if a.provenance == .uncertain {
                        fair.uncertain += 0.5 * term.weight * (x + y)
                        came[t] += term.weight * x
                        even[t] += 0.5 * term.weight * (x + y)
                    } else {
                        fair.certain += term.weight * x
                    }
                }
            }
            certain.append(fair.certain / count)
            uncertain.append(fair.uncertain / count)
        }
        (steps, self.certain, self.uncertain) = (n, certain, uncertain)
        uncertainDeviation = moments(came).deviation
        standardError = max(uncertainDeviation / count.squareRoot(), stack.isStateful ? RewardLints.standardError(even) : 0)
    }
}

extension OptionsMarket {
    /// The random trader of the lints.
    func lintTrader(days: [Int], rules: EpisodeRules, entry: Double, exit: Double, trim: Double) -> OptionsTrajectory {
        randomTrader(days: days, rules: rules, entry: entry, exit: exit, trim: trim, seed: 1, purpose: "lint trader")
    }

    /// Every allowed action with the same chance at every step: what an untrained policy does.
    func uniformTrader(days: [Int], rules: EpisodeRules) -> OptionsTrajectory {
        walk(days: days, rules: rules, seed: 1, purpose: "uniform trader") { _, mask, random in
            let choices = OptionAction.allCases.filter { mask & $0.bit != 0 }
            return choices[Int(random.below(UInt64(choices.count)))]
        }
    }

    /// The actions of `word`, over and over, from each time the agent is flat and may buy; HOLD until then.
    func repeating(_ word: [OptionAction], days: [Int], rules: EpisodeRules) -> OptionsTrajectory {
        var next = 0, day: Int32 = -1
        return walk(days: days, rules: rules, seed: 1, purpose: "word") { state, mask, _ in
            // A day begins the cycle, and so does a trade that force closed.
            if state.firstRow != day || (state.isFlat && next > 0 && next < word.count && !word[..<next].contains(.exit)) { (day, next) = (state.firstRow, 0) }
            if next == word.count { next = 0 }
            // An order that took its time.
            if next == 0, !state.isFlat { next = 1 }
            if mask & word[next].bit == 0 { return .hold }
            defer { next += 1 }
            return word[next]
        }
    }
}
