import Environments
import Features
import NumericKernels
import RewardAnalysis
import Rewards
import Testing
import TradingTypes

/// Small rewards on the worked market, each with one thing to see, by hand.
@Suite struct WorkedCasesTests {
    private static let base = "  - id: base\n    weight: 200\n    value: direction * next_return\n"

    /// Whoever knows the next bar trades where 200 |r| beats what holding is paid: .6 lies above the small bars' 100 sigma and below the large ones' 500 sigma where sigma is .3 or .55%, below both elsewhere.
    @Test func whoKnowsTheNextBar() throws {
        let value = try WorkedMarket.analyse(terms: Self.base + "  - id: rest\n    weight: 0.6\n    when: action == HOLD\n")
        for (regime, hold) in zip(value.regimes, [0.875, 0.875, 0, 0]) {
            let shares = regime.clairvoyantGreedy.map(\.share)
            for (share, expected) in zip(shares, [hold, (1 - hold) / 2, (1 - hold) / 2]) { #expect(abs(share - expected) < 1e-12, "\(regime.regime): \(shares)") }
        }
        // Nothing tells the actions apart: each has a third.
        for regime in try WorkedMarket.analyse(terms: "  - id: same\n    weight: 1\n    value: 1\n").regimes {
            #expect(regime.clairvoyantGreedy.allSatisfy { abs($0.share - 1.0 / 3) < 1e-12 })
        }
    }

    @Test func eachRegimeIsOneRun() throws {
        let value = try WorkedMarket.analyse("btc-s1")
        #expect(value.regimes.map(\.runs) == [1, 1, 1, 1] && value.regimes.map(\.bars) == [7_248, 4_192, 2_704, 1_840])
        #expect(value.notes.contains { $0.hasPrefix("CRISIS has only 1 run;") })
    }

    /// Two bars in eighteen stand still; a long is paid .04 where the price does not fall, so that on these nobody is right or wrong and either side has half of it.
    ///
    /// E|r| = 12/18 sigma. Wrong trades: -200 E|r| + .02 * 2/18; right ones beyond them: 400 E|r| + .04 * 8/18.
    @Test func barsThatStandStill() throws {
        let value = try WorkedMarket.analyse(terms: Self.base + "  - id: up\n    weight: 0.04\n    when: direction > 0 and next_return >= 0\n", still: 2)
        for (regime, sigma) in zip(value.regimes, WorkedMarket.sigma) {
            let size = sigma * 12 / 18, even = try #require(regime.breakEvenHitRate.value)
            #expect(abs(even - (200 * size - 0.04 / 18) / (400 * size + 0.32 / 18)) < 1e-9, "\(regime.regime): \(even)")
        }
    }

    /// What other futures do to a term: nothing, something, something beside a part that is known, or nothing although it reads them.
    @Test func otherFutures() throws {
        let value = try WorkedMarket.analyse(
            terms: Self.base + "  - id: rest\n    weight: 0.1\n    when: action == HOLD\n  - id: net\n    weight: 100\n    value: direction * next_return - 0.001 * abs(direction)\n  - id: never\n    weight: 1\n    when: next_return > 5\n")
        #expect(value.terms.map(\.resampling) == ["moved", "unchanged", "moved; certain part unchanged", "never moved"])
    }

    /// A trade is paid its size less what it is on average and a little more: -.001 with a deviation of .66, which some thousand bars cannot tell from 0; with -.1 they can.
    @Test(arguments: [(0.751, "undecided"), (0.85, "hold_collapse"), (0.65, "always_trade")]) func doubt(_ level: Double, _ verdict: String) throws {
        let value = try WorkedMarket.analyse(terms: "  - id: size\n    weight: 1\n    value: abs(direction) * (abs(next_return) / volatility_24h - \(level))\n")
        #expect(value.verdictClass == verdict)
        for regime in value.regimes { #expect(abs((regime.zeroEdgeGap.value ?? 0) - (0.75 - level)) < 1e-9) }
        #expect(value.sentence.hasPrefix("undecided: in LOW_VOL, TRENDING, HIGH_VOL and CRISIS the interval") == (verdict == "undecided"), "\(value.sentence)")
    }

    /// `count` independent moves of .4% about `drift`.
    private static func randomBars(_ count: Int, drift: Double) -> BarSeries {
        var random = RandomStream(seed: 5, purpose: "drifting bars"), close = [100.0]
        for t in 0..<count { close.append(close[t] * (1 + drift + 0.004 * random.gaussian())) }
        return BarSeries(
            symbol: "RANDOM", barDurationSeconds: 3_600, time: close.indices.map { Int64($0) * 3_600 }, open: close, high: close.map { 1.0005 * $0 }, low: close.map { 0.9995 * $0 },
            close: close, volume: close.indices.map { 1 + Double($0 % 7) })
    }

    /// With an index that is 1 for fifty bars, then -1 for fifty.
    private static func analyse(_ terms: String, _ bars: BarSeries, labels: [UInt8], features: FeatureTable? = nil) throws -> RewardValue {
        let columns: [String: Column] = ["regime": .values(labels.map(Double.init)), "rsi_14": .values(labels.indices.map { $0 / 50 % 2 == 0 ? 1 : -1 })]
        let market = AnalysisMarket(environment: SpotEnvironment(bars), columns: columns, labels: labels, rows: (features?.warmUp ?? 0)..<bars.count - 1, seed: 1)
        let design = try RewardDesign(file: "x.yaml", text: "schema: 1\nname: x\nenvironment: spot\nterms:\n" + terms, scope: WorkedMarket.scope, gamma: 0.99)
        let settings = ExpectedValueSettings(replicates: 100, seed: 1, threads: 2)
        return analyseReward(design, market, edge: features.map { EdgeModel(market, features: $0, settings: settings) }, settings)
    }

    /// Independent returns ask for short blocks; pay that keeps its sign for 50 bars in one regime asks for long ones, whatever the other would do with.
    @Test func theSlowestAsksForTheBlock() throws {
        let bars = Self.randomBars(8_000, drift: 0), labels = (0..<bars.count).map { UInt8($0 < 4_000 ? 0 : 3) }
        let fast = try Self.analyse(Self.base, bars, labels: labels).blockLength
        let slow = try Self.analyse(Self.base + "  - id: wave\n    weight: 5\n    value: direction * rsi_14\n    when: regime == CRISIS\n", bars, labels: labels).blockLength
        #expect(fast < 10 && slow > 25, "\(fast), \(slow)")
    }

    /// On bars that drift up by a thousandth a long is worth .2 more than what nobody can foresee, which is nothing: the drift is learnt from the features, once. Holding is paid .3: more than .2,
    /// less than twice that.
    @Test func aDriftCountsOnce() throws {
        let bars = Self.randomBars(8_000, drift: 0.001), features = computeFeatures(bars)
        let value = try Self.analyse(Self.base + "  - id: rest\n    weight: 0.3\n    when: action == HOLD\n", bars, labels: [UInt8](repeating: 0, count: bars.count), features: features)
        let hold = try #require(value.regimes[0].learnableGreedy.first)
        #expect(hold.action == "HOLD" && hold.share > 0.9, "\(value.regimes[0].learnableGreedy)")
    }
}
