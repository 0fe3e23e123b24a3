public import Forecasting
package import RunRecords
public import Training

/// What training made of a forecast reward: the mean over seeds.
public struct ForecastOutcome: Sendable {
    public var seeds: [UInt64]
    public var steps: Int
    /// Mean over seeds, [R][A], and over all bars, [A].
    public var sampled: [[Double]]
    public var overall: [Double]
    public var policyClass: PolicyClass
    /// Mean absolute difference of the regimes' HOLD shares, in [0, 1].
    public var holdError: Double
    /// Share of the regimes' HOLD shares inside their bands.
    public var coverage: Double
    public var seconds: Double
    /// Where the position matters: mixes flat and in a trade, [R][A], and round trips as the forecast counts them.
    public var flat, held: [[Double]]?
    public var roundTrips: Double?

    /// Where the position matters: the mean over seeds of what they do flat and in a trade.
    package init(seeds: [UInt64], positions: PositionSnapshot, forecast: RewardForecast, seconds: Double) {
        let all = positions.whole(forecast.actions.count > 3 ? .options : .spot)
        self.init(
            seeds: seeds, steps: positions.step, sampled: all.sampled, overall: all.overall(all.sampled), roundTrips: positions.roundTrips < 1e-3 ? 0 : max(1, Int(positions.roundTrips)),
            forecast: forecast, seconds: seconds)
        (flat, held, roundTrips) = (positions.flat.sampled, positions.held.sampled, positions.roundTrips)
    }

    public init(seeds: [UInt64], steps: Int, sampled: [[Double]], overall: [Double], roundTrips: Int? = nil, forecast: RewardForecast, seconds: Double) {
        self.seeds = seeds
        self.steps = steps
        self.sampled = sampled
        self.overall = overall
        self.seconds = seconds
        policyClass = PolicyClass(shares: overall, roundTrips: roundTrips)
        let pairs = zip(forecast.regimes, sampled).filter { $0.0.bars > 0 }
        holdError = pairs.reduce(0) { $0 + abs($1.0.sampled[0] - $1.1[0]) } / Double(max(1, pairs.count))
        // One seed is compared with the band of one run, several with that of their mean.
        coverage = Double(pairs.count { (seeds.count > 1 ? $0.band90[0] : $0.runBand90[0]).contains($1[0]) }) / Double(max(1, pairs.count))
    }
}

/// One forecast as DESIGN section 12 names its members, with more beside them.
package func forecastNode(_ forecast: RewardForecast, outcome: ForecastOutcome? = nil) -> JSONValue {
    func shares(_ values: [Double]) -> JSONValue { .object(Dictionary(uniqueKeysWithValues: zip(forecast.actions, values.map { JSONValue.measured($0) }))) }
    func bands(_ values: [ClosedRange<Double>]) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: zip(forecast.actions, values.map { JSONValue.list([.measured($0.lowerBound), .measured($0.upperBound)]) })))
    }
    var object = JSONObject()
    object["name"] = .text(forecast.name)
    object["regimes"] = .list(
        forecast.regimes.enumerated().map { g, regime in
            var part = JSONObject()
            part["regime"] = .text(regime.regime)
            part["bars"] = .integer(regime.bars)
            if regime.bars == 0 {
                for key in ["sampled", "argmax", "band90", "run_band90"] { part.putNull(key, reason: "no training bar is in this regime") }
            } else {
                part["sampled"] = shares(regime.sampled)
                part["argmax"] = shares(regime.argmax)
                part["band90"] = bands(regime.band90)
                part["run_band90"] = bands(regime.runBand90)
            }
            part.put("x", regime.x, reason: forecast.entropyCoefficient > 0 ? "what trading pays has no noise, or depends on the agent's path" : "no entropy bonus")
            if let position = forecast.position {
                for (key, situation) in [("flat", position.flat[g]), ("held", position.held[g])] {
                    guard situation.decisions > 0 else {
                        part.putNull(key, reason: "no such decision is met")
                        continue
                    }
                    part[key] = .object([
                        "decisions": .measured(situation.decisions), "sampled": shares(situation.sampled), "argmax": shares(situation.argmax), "band90": bands(situation.band90),
                    ])
                }
            }
            part.put("naive_hold", regime.naiveHold, reason: "pay depends on the agent's path")
            return part.node
        })
    object["class"] = .text(forecast.policyClass.rawValue)
    object["likeliest_class"] = .text(forecast.likeliestClass.rawValue)
    object["overall"] = shares(forecast.overall)
    object["argmax"] = shares(forecast.argmax)
    object["hold_band90"] = .list([.measured(forecast.holdBand90.lowerBound), .measured(forecast.holdBand90.upperBound)])
    object["steps"] = .integer(forecast.steps)
    object["ent_coef"] = .measured(forecast.entropyCoefficient)
    object["gamma"] = .measured(forecast.gamma)
    object["collapse_probability"] = .measured(forecast.collapseProbability)
    if forecast.hysteresis == .unknown {
        object.putNull("hysteresis", reason: "pay depends on the agent's path, which the mean field does not follow")
    } else {
        object["hysteresis"] = .text(forecast.hysteresis.rawValue)
    }
    if let position = forecast.position {
        object["round_trips"] = .measured(position.roundTrips)
        object["round_trips_per"] = .text(position.roundTripsPer)
        if let rest = position.rest {
            func policy(_ found: RestForecast.Policy) -> JSONValue {
                let regimes = forecast.regimes.enumerated().map { g, regime in
                    var part = JSONObject()
                    part["regime"] = .text(regime.regime)
                    for (key, mix) in [("flat", found.mix.flat[g]), ("held", found.mix.held[g])] {
                        if mix.reduce(0, +) > 0 { part[key] = shares(mix) } else { part.putNull(key, reason: "never so") }
                    }
                    part["held_share"] = .measured(found.mix.heldShare[g])
                    return part.node
                }
                return .object(["regimes": .list(regimes), "class": .text(found.policyClass.rawValue), "round_trips": .measured(found.roundTrips), "residual": .measured(found.residual)])
            }
            object["rest"] = .object([
                "states": .integer(rest.states), "residual": .measured(rest.residual), "temperature": .measured(rest.temperature), "averaged": .list(rest.averaged.map { .text($0) }),
                "hard": policy(rest.hard), "soft": policy(rest.soft), "ppo": policy(rest.ppo),
            ])
        } else {
            object.putNull("rest", reason: position.restReason ?? "left out")
        }
    }
    object.put("smallest_ent_coef", forecast.smallestEntropyCoefficient, reason: "not looked for: add --smallest-entropy")
    object["expected_error"] = .measured(forecast.expectedError)
    object["seconds"] = .measured(forecast.seconds)
    object["curve"] = .list(
        forecast.curve.map { point in
            .object([
                "step": .integer(point.step), "overall": shares(point.overall), "hold_band90": .list([.measured(point.holdBand90.lowerBound), .measured(point.holdBand90.upperBound)]),
                "collapse_probability": .measured(point.collapseProbability),
                "regimes": .object(Dictionary(uniqueKeysWithValues: zip(forecast.regimes.map(\.regime), point.sampled.map(shares)))),
            ])
        })
    if let outcome {
        var actual: [String: JSONValue] = [
            "seeds": .list(outcome.seeds.map { .integer(Int($0)) }), "steps": .integer(outcome.steps), "overall": shares(outcome.overall),
            "regimes": .object(Dictionary(uniqueKeysWithValues: zip(forecast.regimes.map(\.regime), outcome.sampled.map(shares)))),
            "class": .text(outcome.policyClass.rawValue), "hold_error": .measured(outcome.holdError), "coverage": .measured(outcome.coverage), "seconds": .measured(outcome.seconds),
        ]
        for (key, mix) in [("flat", outcome.flat), ("held", outcome.held)] {
            if let mix { actual[key] = .object(Dictionary(uniqueKeysWithValues: zip(forecast.regimes.map(\.regime), mix.map(shares)))) }
        }
        if let trips = outcome.roundTrips { actual["round_trips"] = .measured(trips) }
        object["actual"] = .object(actual)
    }
    return object.node
}

/// The document of `assay forecast --json`.
public func forecastJSON(_ forecasts: [RewardForecast], outcomes: [ForecastOutcome?] = []) -> String {
    let nodes = forecasts.indices.map { forecastNode(forecasts[$0], outcome: $0 < outcomes.count ? outcomes[$0] : nil) }
    return JSONValue.object(["schema_version": .integer(1), "rewards": .list(nodes)]).document
}
