// Blank values of the result types, to be filled field by field (`var r = RewardValue.blank; r.name = ...`) by code outside this target.

extension ActionValue {
    package static var blank: Self {
        Self(action: "", expected: 0, interval95: Interval(0, 0), guaranteed: 0, path: 0, uncertain: 0, shaping: 0, terms: [])
    }
}

extension Contrast {
    package static var blank: Self {
        Self(name: "", estimate: 0, interval95: Interval(0, 0), simultaneous95: Interval(0, 0), probabilityWrongSign: 0)
    }
}

extension RegimeValue {
    package static var blank: Self {
        Self(
            regime: "", bars: 0, share: 0, runs: 0, actions: [], contrasts: [], guaranteePremium: 0, uncertainAtHalf: 0, uncertainSlope: 0,
            breakEvenHitRate: Estimate(nil), observedHitRate: Estimate(nil), zeroEdgeGreedy: "", zeroEdgeGap: Estimate(nil), learnableGreedy: [],
            clairvoyantGreedy: [], barsToDecide: Estimate(nil), barsToDecideIndependent: nil, coinFlip: 0, sentence: "")
    }
}

extension TermReport {
    package static var blank: Self {
        Self(id: "", weight: 0, accrual: "", provenance: [], formula: "", resampling: "", activity: 0)
    }
}

extension RewardValue {
    package static var blank: Self {
        Self(
            name: "", file: "", about: "", hash: "", terms: [], regimes: [], coinFlipPerBar: 0, coinFlipInterval95: Interval(0, 0),
            verdictClass: "", learnableEdgeClass: "", sentence: "", notes: [], blockLength: 0)
    }
}

extension EdgeEstimate {
    package static var blank: Self { Self(population: Estimate(nil), outOfFold: Estimate(nil), regimes: []) }
}

extension DiscountRow {
    package static var blank: Self { Self(bars: 0, presentValue: 0, annuity: 0) }
}

extension ExpectedValueReport {
    package static var blank: Self {
        Self(
            rewards: [], edge: nil, gamma: 0, discount: [], data: [], parameters: [], actionNames: [], regimeNames: [], replicates: 0, bars: 0,
            strip: [], command: "")
    }
}
