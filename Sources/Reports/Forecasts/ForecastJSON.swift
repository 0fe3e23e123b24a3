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

    public init(seeds: [UInt64], steps: Int, sampled: [[Double]], overall: [Double], forecast: RewardForecast, seconds: Double) {
        self.seeds = seeds
        self.steps = steps
        self.sampled = sampled
        self.overall = overall
        self.seconds = seconds
        policyClass = PolicyClass(shares: overall, roundTrips: nil)
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
        forecast.regimes.map { regime in
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
    object["hysteresis"] = .text(forecast.hysteresis.rawValue)
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
        object["actual"] = .object([
            "seeds": .list(outcome.seeds.map { .integer(Int($0)) }), "steps": .integer(outcome.steps), "overall": shares(outcome.overall),
            "regimes": .object(Dictionary(uniqueKeysWithValues: zip(forecast.regimes.map(\.regime), outcome.sampled.map(shares)))),
            "class": .text(outcome.policyClass.rawValue), "hold_error": .measured(outcome.holdError), "coverage": .measured(outcome.coverage), "seconds": .measured(outcome.seconds),
        ])
    }
    return object.node
}

/// The document of `assay forecast --json`.
public func forecastJSON(_ forecasts: [RewardForecast], outcomes: [ForecastOutcome?] = []) -> String {
    let nodes = forecasts.indices.map { forecastNode(forecasts[$0], outcome: $0 < outcomes.count ? outcomes[$0] : nil) }
    return JSONValue.object(["schema_version": .integer(1), "rewards": .list(nodes)]).document
}
