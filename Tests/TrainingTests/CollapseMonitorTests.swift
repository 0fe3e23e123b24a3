import MaskablePPO
import NetworkKernels
import NumericKernels
import Policies
import Testing
import Training

@Suite struct CollapseMonitorTests {
    /// The scalping case's table: step, HOLD %, BUY_CALL %, BUY_PUT %, strong-setup BUY rate %, status.
    static let scalping: [(hold: Double, call: Double, put: Double, strong: Double, status: CollapseStatus)] = [
        (55.8, 20.7, 23.4, 45.9, .earlyWarning), (76.0, 11.5, 12.5, 24.4, .collapsing), (84.1, 7.7, 8.3, 16.3, .critical), (87.2, 6.4, 6.3, 14.5, .failed),
    ]

    @Test func theScalpingCase() {
        var monitor = CollapseMonitor()
        for row in Self.scalping {
            let status = monitor.observe(
                CollapseObservation(holdShare: row.hold / 100, count: 5_000, setupLift: row.strong / (row.call + row.put), roundTrips: 40))
            #expect(status == row.status && monitor.status == row.status)
        }
    }

    /// 95% of the minutes without a trade, entries where the setups are, positions closed.
    @Test func aPatientScalperIsWell() {
        var monitor = CollapseMonitor()
        for _ in 0..<20 {
            #expect(monitor.observe(CollapseObservation(holdShare: 0.95, count: 4_096, setupLift: 12, roundTrips: 30)) == .ok)
        }
        // The same share without selection is none of it, nor is selection that never closes a trade.
        #expect(monitor.observe(CollapseObservation(holdShare: 0.95, count: 4_096, setupLift: 1.02, roundTrips: 30)) == .failed)
        var idle = CollapseMonitor()
        #expect(idle.observe(CollapseObservation(holdShare: 0.95, count: 4_096, setupLift: 12, roundTrips: 0)) == .failed)
    }

    @Test func levels() {
        func status(_ share: Double) -> CollapseStatus {
            var monitor = CollapseMonitor()
            return monitor.observe(CollapseObservation(holdShare: share, count: 4_096))
        }
        #expect([0, 0.33, 0.499, 0.5, 0.699, 0.7, 0.799, 0.8, 0.949, 0.95, 1].map(status) == [
            .ok, .ok, .ok, .earlyWarning, .earlyWarning, .collapsing, .collapsing, .critical, .critical, .failed, .failed,
        ])
        // Recovery is seen.
        var monitor = CollapseMonitor()
        for share in [0.85, 0.85] { monitor.observe(CollapseObservation(holdShare: share, count: 4_096)) }
        #expect(monitor.status == .failed)
        #expect(monitor.observe(CollapseObservation(holdShare: 0.4, count: 4_096)) == .ok)
        #expect(monitor.observe(CollapseObservation(holdShare: 0.85, count: 4_096)) == .critical)
    }

    @Test func theGapOverNoise() {
        func status(_ estimate: Double, _ error: Double) -> CollapseStatus {
            var monitor = CollapseMonitor()
            return monitor.observe(CollapseObservation(holdShare: 0.3, count: 4_096, x: (estimate, error)))
        }
        #expect(status(0.69, 0) == .ok)
        #expect(status(0.75, 0.01) == .earlyWarning)
        #expect(status(0.75, 0.03) == .ok)
        #expect(status(1.5, 0.3) == .earlyWarning)
        #expect(status(1.5, 0.2) == .collapsing)
        #expect(status(29.8, 1) == .collapsing)
        #expect(status(-29.8, 1) == .ok)
    }

    /// Roll-outs whose x swings by ten say nothing one by one; their mean since the last look does.
    @Test func meanOfTheRollouts() throws {
        func status(_ xs: [Double]) -> CollapseStatus {
            var monitor = CollapseMonitor()
            for x in xs { monitor.take((x, 0.1)) }
            return monitor.observe(CollapseObservation(holdShare: 0.3, count: 4_096))
        }
        // The last roll-out alone would be far past the line.
        #expect(status([-10, 9, -11, 10, -9, 12]) == .ok)
        #expect(status([1.4, 1.6, 1.5, 1.7, 1.3]) == .collapsing)
        #expect(status([0.79, 0.81, 0.77, 0.79]) == .ok && status(Array(repeating: 0.9, count: 16)) == .earlyWarning)
        var monitor = CollapseMonitor()
        monitor.take((1, 0.3))
        monitor.take((3, 0.4))
        let mean = try #require(monitor.meanX)
        // Scatter: variance 2 over 2; own errors: (.09 + .16) / 4.
        #expect(mean.estimate == 2 && abs(mean.standardError - 1) < 1e-12)
        #expect(CollapseMonitor(words: monitor.words) == monitor)
        monitor.observe(CollapseObservation(holdShare: 0.3, count: 4_096))
        #expect(monitor.meanX == nil)
        // A checkpoint of an earlier version has six words.
        #expect(CollapseMonitor(words: Array(monitor.words.prefix(6))) == monitor)
    }

    /// A share that climbs without reaching half is seen by the CUSUM; one that falls is not.
    @Test func aDriftIsAnEarlyWarning() {
        func looks(_ shares: [Double]) -> [CollapseStatus] {
            var monitor = CollapseMonitor()
            return shares.map { monitor.observe(CollapseObservation(holdShare: $0, count: 4_096)) }
        }
        let rising = looks((0..<25).map { 0.25 + 0.009 * Double($0) })
        #expect(rising.first == .ok && rising.last == .earlyWarning)
        #expect(looks((0..<25).map { 0.45 - 0.009 * Double($0) }).allSatisfy { $0 == .ok })
        // The warning ends some looks after the drift does.
        #expect(looks((0..<25).map { 0.25 + 0.009 * Double($0) } + [Double](repeating: 0.466, count: 12)).last == .ok)
    }

    /// Stationary runs of 100 looks at 4,096 binomial decisions each, share .33: how many of 1,000 ever warn. Measured: none.
    @Test func falseAlarms() {
        var random = RandomStream(seed: 20, purpose: "false alarms")
        var upward = 0, downward = 0
        for _ in 0..<1_000 {
            var monitor = CollapseMonitor(), warned = false, sank = false
            for _ in 0..<100 {
                var held = 0
                for _ in 0..<4_096 where random.uniform() < 0.33 { held += 1 }
                monitor.observe(CollapseObservation(holdShare: Double(held) / 4_096, count: 4_096))
                warned = warned || monitor.status != .ok
                sank = sank || monitor.cusum.down > CollapseMonitor.cusumLimit
            }
            if warned { upward += 1 }
            if sank { downward += 1 }
        }
        #expect(upward <= 10 && downward <= 10, "upward \(upward), downward \(downward)")
    }

    @Test func stateInWords() {
        var monitor = CollapseMonitor()
        #expect(CollapseMonitor(words: monitor.words) == monitor)
        for share in [0.3, 0.34, 0.82, 0.79, 0.84] {
            monitor.observe(CollapseObservation(holdShare: share, count: 4_096))
            var copy = CollapseMonitor(words: monitor.words)
            #expect(copy == monitor && copy.status == monitor.status)
            var original = monitor
            let look = CollapseObservation(holdShare: 0.81, count: 4_096)
            #expect(original.observe(look) == copy.observe(look) && original == copy)
        }
    }

    /// The facts that the monitor is fed with, on a roll-out by hand.
    @Test func factsOfARollout() throws {
        let block = FloatBlock(count: 8)
        defer { withExtendedLifetime(block) {} }
        let rollout = Rollout(steps: 8, environments: 1, actionCount: 3, table: ObservationTable(features: block.matrix(rows: 8, columns: 1)))
        rollout.actions = [0, 1, 0, 2, 0, 1, 2, 0]
        rollout.regimes = [0, 0, 0, 0, 3, 3, 3, 3]
        rollout.advantages = [1, 3, 2, 5, 4, 1, 2, 6]
        rollout.returns = [1, 1, 1, 1, 2, 2, 2, 2]
        let facts = RolloutFacts(rollout)
        #expect(facts.mix.shares(0) == [0.5, 0.25, 0.25] && facts.mix.shares(1) == nil && facts.mix.shares == [0.5, 0.25, 0.25])
        // LOW_VOL: 1.5 - 4; CRISIS: 5 - 1.5; half of the bars each.
        let gap = try #require(facts.holdGap)
        #expect(abs(gap.estimate - 0.5) < 1e-12)
        // Variances over counts: .5/2 + 2/2, and 2/2 + .5/2.
        #expect(abs(gap.standardError - (0.25 * 1.25 + 0.25 * 1.25).squareRoot()) < 1e-12)
        // Trading advantages 3, 5, 1, 2: variance 35/12.
        let deviation = (35.0 / 12).squareRoot()
        #expect(abs(facts.tradeAdvantageDeviation - deviation) < 1e-12)
        #expect(abs(facts.advantageDeviation - (24.0 / 7).squareRoot()) < 1e-12)
        #expect(abs(facts.returnVariance - 2.0 / 7) < 1e-12)
        let x = try #require(facts.x(entropyCoefficient: 0.02))
        #expect(abs(x.estimate - 0.5 / (0.02 * deviation)) < 1e-9)
        #expect(facts.x(entropyCoefficient: 0) == nil)
    }

    @Test func classes() {
        func named(_ shares: [Double], _ trips: Int? = 100, _ margin: Double = 0) -> PolicyClass { PolicyClass(shares: shares, roundTrips: trips, margin: margin) }
        #expect(named([0.8, 0.1, 0.1]) == .holdCollapse && named([1, 0, 0], 0) == .holdCollapse)
        #expect(named([0.05, 0.5, 0.45]) == .alwaysTrade && named([0.051, 0.5, 0.449]) == .mixed)
        #expect(named([0.1, 0.85, 0.05]) == .oneSided && named([0.02, 0.03, 0.95]) == .oneSided && named([0.5, 0.5, 0], 0) == .oneSided)
        #expect(named([0.79, 0.2, 0.01], 9, 0.02) == .undecided && named([0.06, 0.5, 0.44], 9, 0.02) == .undecided && named([0.4, 0.3, 0.3], 9, 0.1) == .mixed)
    }
}
