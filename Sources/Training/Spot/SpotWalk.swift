internal import Environments
internal import MaskablePPO
internal import NetworkKernels
internal import NumericKernels
internal import Policies
internal import RealModule
internal import TradingTypes

extension PolicyEvaluation {
    /// A policy that observes its own state, over a split: two agents walk it bar by bar from a flat start, one taking sampled actions and one the likeliest.
    ///
    /// The sampled mix, the mean probability and the entropy are at the states that the sampled agent meets; the arg-max mix is what the other one did.
    init(
        walking policy: any ActorCritic, through market: SpotTrainingMarket, rows: Range<Int>, normalizer: RunningNormalizer?, seed: UInt64, team: ThreadTeam
    ) {
        self.init(actions: EnvironmentKind.spot.actionNames)
        var random = RandomStream(seed: seed, purpose: "evaluation")
        let width = market.observationNames.count, padded = MaskedCategorical.padded(2)
        let seen = FloatBlock(count: 2 * width), scores = FloatBlock(count: 2 * 3), logs = FloatBlock(count: 3 * padded), chances = FloatBlock(count: 3 * padded)
        let observations = seen.matrix(rows: 2, columns: width), logits = scores.matrix(rows: 2, columns: 3)
        let logP = logs.matrix(rows: 3, columns: padded), p = chances.matrix(rows: 3, columns: padded)
        let table = ObservationTable(features: observations), indices: [Int32] = [0, 1]
        var agents = [SpotAgent](repeating: SpotAgent(market.environment), count: 2)
        var taken = [[UInt8]](repeating: [], count: 2), entropySum = 0.0
        for row in rows {
            for k in 0..<2 { market.observe(row: row, agents[k], into: observations.rows(k..<k + 1)) }
            if let normalizer, normalizer.observations != nil {
                for k in 0..<2 { for c in 0..<width { observations[k, c] = normalizer.normalise(observations[k, c], column: c) } }
            }
            policy.infer(table, rows: indices.span, logits: logits, values: nil, team: team)
            MaskedCategorical.logProbabilities(logits, masks: nil, into: logP)
            exponentials(logP, into: p)
            let regime = Int(market.table.regimes[row])
            let drawn = MaskedCategorical.sample(p, row: 0, uniform: Float(random.next() >> 40) * 0x1p-24)
            var best = 0
            for a in 0..<3 {
                meanProbability.add(a, regime: regime, weight: Double(p[a, 0]))
                entropySum -= Double(p[a, 0] * logP[a, 0])
                if logits[1, a] > logits[1, best] { best = a }
            }
            sampled.add(drawn, regime: regime)
            argmax.add(best, regime: regime)
            for (k, action) in [drawn, best].enumerated() {
                taken[k].append(UInt8(action))
                _ = agents[k].step(SpotAction(rawValue: UInt8(action)) ?? .hold, market.environment.nextReturn[row])
            }
        }
        entropy = rows.isEmpty ? 0 : entropySum / Double(rows.count) / Double.log(3)
        sampledResult = TradingResult(market.environment, rows: rows, actions: taken[0])
        argmaxResult = TradingResult(market.environment, rows: rows, actions: taken[1])
        sampledActions = taken[0]
        argmaxActions = taken[1]
    }
}
