internal import Environments
internal import MaskablePPO
internal import TradingTypes
internal import Training

extension RewardForecast {
    /// Puts what the surrogate did on the spot market into words and bands.
    init(name: String, problem: SurrogateProblem, looks: [MixSnapshot], end: MixSnapshot, calibration: ForecastCalibration, seconds: Double) {
        self.init(
            name: name, actions: EnvironmentKind.spot.actionNames, ppo: problem.ppo, pay: RegimePay(problem.market, rows: problem.rows), looks: looks, end: end, roundTrips: nil,
            calibration: calibration, position: nil, seconds: seconds)
    }

    /// `pay`: what each action pays in each regime, where that does not depend on the agent's path; `roundTrips`: how many, where they are known.
    init(
        name: String, actions: [String], ppo: PPOSettings, pay: RegimePay?, looks: [MixSnapshot], end: MixSnapshot, roundTrips: Double?, calibration: ForecastCalibration,
        position: PositionForecast?, seconds: Double
    ) {
        let c = ppo.entropyCoefficient.value(remaining: 0), trips = roundTrips.map { $0 < 1e-3 ? 0 : max(1, Int($0)) }
        let x = pay?.x(entropyCoefficient: c), greedy = pay?.greedyHold
        self.name = name
        self.actions = actions
        self.position = position
        steps = end.step
        entropyCoefficient = c
        gamma = ppo.gamma
        regimes = Regime.names.indices.map { g in
            RegimeForecast(
                regime: Regime.names[g], bars: Int(end.bars[g].rounded()), sampled: end.sampled[g], argmax: end.argmax[g],
                band90: end.sampled[g].map { calibration.band($0, deviation: calibration.regimeDeviation) },
                runBand90: end.sampled[g].map { calibration.band($0, deviation: calibration.regimeRunDeviation) }, x: x?[g], naiveHold: greedy?[g] ?? .nan)
        }
        overall = end.overall(end.sampled)
        argmax = end.overall(end.argmax)
        var worst = 0.0
        curve = looks.map { look in
            let shares = look.overall(look.sampled)
            worst = max(worst, calibration.probability(of: shares[0], atLeast: 0.8, deviation: calibration.overallRunDeviation))
            return ForecastPoint(
                step: look.step, sampled: look.sampled, overall: shares,
                holdBand90: calibration.band(shares[0], deviation: calibration.overallRunDeviation), collapseProbability: worst)
        }
        let band = calibration.band(overall[0], deviation: calibration.overallDeviation)
        holdBand90 = band
        likeliestClass = PolicyClass(shares: overall, roundTrips: trips)
        let isStraddling = [0.05, 0.8].contains { band.lowerBound < $0 && $0 < band.upperBound }
        policyClass = isStraddling ? .undecided : likeliestClass
        collapseProbability = calibration.probability(of: overall[0], atLeast: 0.8, deviation: calibration.overallRunDeviation)
        if overall[0] >= 0.8 {
            hysteresis = .bothCollapse
        } else if let pay, c > 0 {
            // A collapsed policy has learnt no edge: it sees the mean pay, and a noise that its few trades make.
            let inflation = 1 / (1 - ppo.gamma * ppo.gaeLambda * ppo.gamma * ppo.gaeLambda).squareRoot()
            let shares = MeanField.holdShares(
                gap: pay.gap, tilt: pay.tilt, noise: pay.noise.map { $0 * inflation }, weights: pay.weights, entropyCoefficient: c, start: 0.95)
            let hold = zip(shares, pay.weights).reduce(0) { $0 + $1.0 * $1.1 }
            hysteresis = hold >= 0.8 ? .resumedCollapses : .none
        } else {
            hysteresis = pay == nil ? .unknown : .none
        }
        smallestEntropyCoefficient = nil
        expectedError = calibration.expectedError
        self.seconds = seconds
    }
}
