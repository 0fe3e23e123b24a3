import RewardAnalysis
import Testing

/// REWARD-ANALYSIS E.2 and E.3 item 5, worked by hand there under the assumptions of E.1.
@Suite struct WorkedNumbersTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let reward: String
        /// HOLD, and TRADE - HOLD at hit rates .50, .51, .52, .55; LOW_VOL, TRENDING, HIGH_VOL, CRISIS.
        let hold: [Double]
        let gaps: [Double: [Double]]
        let breakEven: [Double]
        let greedy: [String]
        var testDescription: String { reward }
    }

    // Gaps beyond those printed in E.2 follow from its formulas: gap(p) = V(p) - P with
    // S2: LOW -.02 - .05(1-p) + 200 E|r| (p-.5) - .05 etc.; S3: LOW -.01 + .08p - .03(1-p) + 400 E|r| (p-.5), TRENDING +.01 + .14p - .03(1-p) + ... + .04,
    // with E|r| = .75 sigma = .00225 / .004125 / .006375 / .0105.
    static let cases = [
        Case(
            reward: "btc-s1", hold: [0, 0, 0, 0],
            gaps: [0.5: [0, 0, 0, 0], 0.51: [0.0045, 0.00825, 0.01275, 0.021], 0.52: [0.009, 0.0165, 0.0255, 0.042], 0.55: [0.0225, 0.04125, 0.06375, 0.105]],
            breakEven: [0.5, 0.5, 0.5, 0.5], greedy: ["TIE", "TIE", "TIE", "TIE"]),
        Case(
            reward: "btc-s2", hold: [0.05, 0, 0.08, 0.10],
            gaps: [
                0.5: [-0.095, -0.045, -0.155, -0.175], 0.51: [-0.09, -0.03625, -0.14175, -0.1535], 0.52: [-0.085, -0.0275, -0.1285, -0.132],
                0.55: [-0.07, -0.00125, -0.08875, -0.0675],
            ],
            breakEven: [0.690, 0.551, 0.617, 0.581], greedy: ["HOLD", "HOLD", "HOLD", "HOLD"]),
        Case(
            reward: "btc-s3", hold: [0, -0.04, 0.02, 0.03],
            gaps: [
                0.5: [0.015, 0.105, -0.005, -0.035], 0.51: [0.0251, 0.1232, 0.0216, 0.0081], 0.52: [0.0352, 0.1414, 0.0482, 0.0512],
                0.55: [0.0655, 0.196, 0.128, 0.1805],
            ],
            breakEven: [0.485, 0.442, 0.502, 0.508], greedy: ["TRADE", "TRADE", "HOLD", "HOLD"]),
    ]

    @Test(arguments: cases) func worked(_ c: Case) throws {
        let value = try WorkedMarket.analyse(c.reward)
        #expect(value.regimes.map(\.regime) == ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
        for (g, regime) in value.regimes.enumerated() {
            #expect(abs(regime.actions[0].expected - c.hold[g]) < 1e-12, "\(c.reward) HOLD in \(regime.regime): \(regime.actions[0].expected)")
            for (p, gaps) in c.gaps {
                // The last digit printed in E.2 is the fourth decimal.
                let gap = regime.uncertainAtHalf + regime.uncertainSlope * (p - 0.5) - regime.guaranteePremium
                #expect(abs(gap - gaps[g]) < 0.00005, "\(c.reward) gap at \(p) in \(regime.regime): \(gap), by hand \(gaps[g])")
            }
            let breakEven = try #require(regime.breakEvenHitRate.value)
            #expect(abs(breakEven - c.breakEven[g]) < 0.0005, "\(c.reward) break-even in \(regime.regime): \(breakEven)")
            #expect(regime.zeroEdgeGreedy == c.greedy[g])
        }
    }

    @Test func breakEvensWithoutTheBase() throws {
        // Without the base return: S3 .364 / -.118 / .545 / .818, S2 2.40 / 1.40 / 3.60 / 4.00.
        let base = 400 * 0.75
        let s3 = try WorkedMarket.analyse("btc-s3"), s2 = try WorkedMarket.analyse("btc-s2")
        for (g, expected) in [0.364, -0.118, 0.545, 0.818].enumerated() {
            let r = s3.regimes[g]
            let p = 0.5 + (r.guaranteePremium - r.uncertainAtHalf) / (r.uncertainSlope - base * WorkedMarket.sigma[g])
            #expect(abs(p - expected) < 0.0005)
        }
        for (g, expected) in [2.40, 1.40, 3.60, 4.00].enumerated() {
            let r = s2.regimes[g]
            let p = 0.5 + (r.guaranteePremium - r.uncertainAtHalf) / (r.uncertainSlope - base / 2 * WorkedMarket.sigma[g])
            #expect(abs(p - expected) < 0.0005)
        }
    }

    /// Set 1 pays a right trade what it takes from a wrong one, on every bar: its break-even is 1/2 without doubt.
    @Test func breakEvenOfSetOneIsCertain() throws {
        for regime in try WorkedMarket.analyse("btc-s1").regimes {
            let interval = try #require(regime.breakEvenHitRate.interval95)
            #expect(abs(interval.low - 0.5) < 1e-12 && abs(interval.high - 0.5) < 1e-12)
        }
        for regime in try WorkedMarket.analyse("btc-s3").regimes {
            let value = try #require(regime.breakEvenHitRate.value), interval = try #require(regime.breakEvenHitRate.interval95)
            #expect(interval.low < value && value < interval.high)
        }
    }

    @Test func guaranteedPartsOfSetThree() throws {
        let value = try WorkedMarket.analyse("btc-s3")
        let hold = [0, -0.04, 0.02, 0.03], trade = [-0.01, 0.01, -0.01, -0.03]
        for (g, r) in value.regimes.enumerated() {
            #expect(abs(r.actions[0].guaranteed - hold[g]) < 1e-12)
            #expect(abs(r.actions[1].guaranteed - trade[g]) < 1e-12)
            #expect(abs(r.actions[2].guaranteed - trade[g]) < 1e-12)
            #expect(abs(r.guaranteePremium - (hold[g] - trade[g])) < 1e-12)
        }
    }

    @Test func coinFlipper() throws {
        // Regime by regime, and on the case's mix .453/.262/.169/.115 of sum .999.
        let value = try WorkedMarket.analyse("btc-s3")
        for (g, expected) in [0.015, 0.065, 0.015, -0.005].enumerated() { #expect(abs(value.regimes[g].coinFlip - expected) < 1e-9) }
        #expect(abs(value.coinFlipPerBar - 0.0258) < 0.00005)
    }

    @Test func barsForTwoSigma() throws {
        // (2 sd / gap)^2 with sd of the paired difference: S2 45 / 640 / 126 / 263, S3 7,334 / 493 / 485,324 / 26,364.
        let s2 = try WorkedMarket.analyse("btc-s2"), s3 = try WorkedMarket.analyse("btc-s3")
        for (g, expected) in [45.0, 640, 126, 263].enumerated() {
            let bars = try #require(s2.regimes[g].barsToDecideIndependent)
            #expect(abs(bars - expected) < 0.5 + 0.001 * expected, "S2 regime \(g): \(bars)")
        }
        for (g, expected) in [7_334.0, 493, 485_324, 26_364].enumerated() {
            let bars = try #require(s3.regimes[g].barsToDecideIndependent)
            #expect(abs(bars - expected) < 0.5 + 0.001 * expected, "S3 regime \(g): \(bars)")
        }
        let s1 = try WorkedMarket.analyse("btc-s1")
        #expect(s1.regimes[0].barsToDecide.value == nil)
        #expect(s1.regimes[0].barsToDecide.reason.contains("tie"))
    }

    @Test func classes() throws {
        #expect(try WorkedMarket.analyse("btc-s1").verdictClass == "always_trade")
        #expect(try WorkedMarket.analyse("btc-s2").verdictClass == "hold_collapse")
        #expect(try WorkedMarket.analyse("btc-s3").verdictClass == "mixed")
        // 28.4% of bars hold at zero edge: the shares of HIGH_VOL and CRISIS.
        #expect(try WorkedMarket.analyse("btc-s3").sentence.contains("28.4%"))
        // Paid on either side alike, trading is no matter of a side.
        let both = try WorkedMarket.analyse(terms: "  - id: base\n    weight: 200\n    value: direction * next_return\n  - id: paid\n    weight: 0.02\n    when: action != HOLD\n")
        #expect(both.verdictClass == "always_trade" && both.regimes.allSatisfy { abs(($0.zeroEdgeGap.value ?? 0) - 0.02) < 1e-12 })
    }

    /// One side is paid .02 for certain, and half of its base return is taken back: what is better, and what it takes to see that, is that side's, whichever it is.
    ///
    /// By hand, E|r| = .75 sigma: gap .02; deviation of the paid side less HOLD 100 sigma; right trades earn 200 or 100 |r|, wrong ones lose it, 150 |r| on average: the break-even rate is
    /// (112.5 sigma - .02) / 225 sigma; a coin-flipper has half of the .02.
    @Test(arguments: [("LONG", "direction > 0", "-next_return"), ("SHORT", "direction < 0", "next_return")]) func oneSide(_ side: String, _ condition: String, _ back: String) throws {
        let value = try WorkedMarket.analyse(
            terms: "  - id: base\n    weight: 200\n    value: direction * next_return\n  - id: paid\n    weight: 0.02\n    when: \(condition)\n  - id: back\n    weight: 100\n    value: \(back)\n    when: \(condition)\n")
        #expect(value.verdictClass == "one_sided" && abs(value.coinFlipPerBar - 0.01) < 1e-12)
        #expect(value.notes.contains { $0.contains("It pays a coin-flipper") && $0.contains("+0.0100") }, "\(value.notes)")
        for (regime, sigma) in zip(value.regimes, WorkedMarket.sigma) {
            #expect(abs((regime.zeroEdgeGap.value ?? 0) - 0.02) < 1e-12 && abs(regime.guaranteePremium + 0.02) < 1e-12 && regime.zeroEdgeGreedy == "TRADE")
            let bars = try #require(regime.barsToDecideIndependent), even = try #require(regime.breakEvenHitRate.value)
            #expect(abs(bars / (200 * sigma / 0.02 * 200 * sigma / 0.02) - 1) < 1e-3, "\(side) in \(regime.regime): \(bars)")
            #expect(abs(even - (112.5 * sigma - 0.02) / (225 * sigma)) < 1e-9, "\(side) in \(regime.regime): \(even)")
        }
    }

    /// Shorts that win are paid .04, the others nothing: half of that at a coin's odds, of which a trader who tosses for the side has half again.
    @Test func winsOfOneSide() throws {
        let value = try WorkedMarket.analyse(terms: "  - id: base\n    weight: 200\n    value: direction * next_return\n  - id: wins\n    weight: 0.04\n    when: direction < 0 and next_return < 0\n")
        for regime in value.regimes {
            #expect(abs(regime.uncertainAtHalf - 0.01) < 1e-12 && abs((regime.zeroEdgeGap.value ?? 0) - 0.02) < 1e-12 && regime.guaranteePremium == 0)
            #expect(regime.contrasts.map(\.name) == ["LONG-HOLD", "SHORT-HOLD", "TRADE-HOLD"])
            for (contrast, expected) in zip(regime.contrasts, [0, 0.02, 0.02]) { #expect(abs(contrast.estimate - expected) < 1e-12) }
        }
    }

    @Test(arguments: [(0.92, 30, 0.0820), (0.92, 60, 0.0067), (0.92, 15, 0.2863), (0.99, 100, 0.3660)])
    func discounts(gamma: Double, bars: Int, value: Double) {
        let row = discountTable(gamma: gamma, barSeconds: 3_600).first { $0.bars == bars }
        #expect(abs((row?.presentValue ?? .nan) - value) < 0.00005)
    }

    @Test func bonusOnEveryBar() {
        // b / (1 - gamma): .10 a bar is worth 10 at gamma .99; the annuity of 1 tends to 100.
        let rows = discountTable(gamma: 0.99, barSeconds: 3_600)
        #expect(abs((rows.last?.annuity ?? 0) - 100) < 0.01)
    }
}
