import Foundation
import Postmortem
import TestSupport
import Testing

/// Other people's training logs, and what ../shared/data/README.md says was measured in them.
@Suite struct RealLogsTests {
    static func report(_ path: String, map: String? = nil) throws -> PostmortemReport? {
        guard let file = sharedData("rl_logs/" + path) else { return nil }
        let found = try LogReader.read(file, map: map.map { try LogMap(file: packageRoot + "/maps/" + $0) })
        return Postmortem.examine(found.logs, source: found.source)
    }

    /// Round trips 39,39,37,41,36,37,31,28,14,9,... to about one: for good. Evaluation 0 from the 9th pass on save one (8). Equity exactly 1000.
    @Test func theRunThatStopsTrading() throws {
        guard let report = try Self.report("dqn_forex/seed_777/training_log_20251018_160826.txt", map: "dqn-forex-console.yaml") else { return }
        #expect(report.collapse == .holdCollapse && report.course == .collapsed && report.stepUnit == "episodes")
        let onset = try #require(report.onset)
        #expect(onset.method == .changePoint && (7...10).contains(onset.step) && onset.interval95.low >= 5 && onset.interval95.high <= 11, "\(onset)")
        #expect(report.log.curve(.roundTrips).map { Int($0.value) } == [39, 39, 37, 41, 36, 37, 31, 28, 14, 9, 9, 7, 4, 5, 6, 2, 4, 2, 2, 2, 1, 2, 1, 1, 1, 1, 3, 2, 2, 0, 1])
        #expect(report.evidence.contains { $0.contains("equity is exactly 1000.00") })
        #expect(report.evidence.contains { $0.contains("from episode 9 on in all but 1 (8 round trips)") }, "\(report.evidence)")
        #expect((report.confidence ?? 0) > 0.9)
        // Actions are not in the log: no gap, no cause.
        #expect(report.implied.isEmpty && report.causes.isEmpty && report.finalMix.isEmpty)
        #expect(report.unknown.contains { $0.contains("Which action was taken how often") && $0.contains("cannot be told apart") })
        #expect(report.remedies.allSatisfy { $0.forecast == nil && !$0.reason.isEmpty })
    }

    /// The control: 34 to 40 round trips throughout; its evaluation has none in some passes (the README says four, the file has five), and comes back.
    @Test func theControl() throws {
        guard let report = try Self.report("dqn_forex/seed_7/training_log_20251018_143010.txt", map: "dqn-forex-console.yaml") else { return }
        #expect(report.collapse == .undecided && report.course == .recovered && report.onset == nil)
        let trips = report.log.curve(.roundTrips).map(\.value)
        #expect(trips.count == 24 && trips.min() == 34 && trips.max() == 40)
        #expect(report.evidence.contains { $0.contains("no round trip in 5 of 24 passes") && $0.contains("between 0 and 26") }, "\(report.evidence)")
        #expect(report.verdict.contains("No collapse in training"))
    }

    /// HOLD .64 to .88, LONG .002 to .050 in 81 episodes: LONG is starved, HOLD has not collapsed.
    @Test func theStarvedLong() throws {
        guard let report = try Self.report("dqn_forex/confirm_seed_42/episode_metrics.json", map: "dqn-forex-metrics.yaml") else { return }
        #expect(report.collapse == .mixed && report.starved == ["LONG"] && report.log.mixes.count == 81)
        #expect(report.verdict.contains("LONG is starved throughout"))
        #expect(report.evidence.contains { $0.contains("LONG is starved: between 0.2% and 5.0%") }, "\(report.evidence)")
        let hold = report.log.holdShares.map { ($0.value * 100).rounded() }
        #expect(hold.min() == 64 && hold.max() == 88)
        // A DQN's shares are no soft-max of advantages over a temperature that anybody knows.
        #expect(report.implied.isEmpty && report.impliedReason.contains("DQN"))
        #expect(report.unknown.contains { $0.contains("OTHER") } && report.evidence.contains { $0.contains("smoothed") })
        // Entropy in bits became nats: .92 to 1.06 of a possible 2.
        let entropy = report.log.curve(.entropy).map { $0.value / log(2) }
        #expect((entropy.min() ?? 0) > 0.915 && (entropy.max() ?? 9) < 1.065)
        guard let other = try Self.report("dqn_forex/confirm_seed_789/episode_metrics.json", map: "dqn-forex-metrics.yaml") else { return }
        #expect([.mixed, .undecided].contains(other.collapse) && other.starved == ["LONG"] && other.log.mixes.count == 29)
    }

    /// Share of no-action 42% in the first episode, 62% at 100, 68% at 200, 76% at 300, 74% at the end, at most 85%: a drift, no collapse.
    @Test func theDrift() throws {
        guard let report = try Self.report("sb3_ppo_portfolio_monitor/monitor.csv") else { return }
        #expect([.mixed, .undecided].contains(report.collapse) && report.course == .drift && report.onset == nil && report.log.actions == ["BUY", "NO_ACTION", "SELL"])
        let hold = report.log.holdShares.map { ($0.value * 100).rounded() }
        #expect(hold.count == 403 && hold[0] == 42 && hold.max() == 85)
        func around(_ k: Int) -> Double { hold[max(0, k - 10)..<min(hold.count, k + 10)].reduce(0, +) / Double(min(hold.count, k + 10) - max(0, k - 10)) }
        #expect(abs(around(100) - 62) < 5 && abs(around(200) - 68) < 5 && abs(around(300) - 76) < 5 && abs(around(402) - 74) < 5)
        #expect(report.log.groups.map(\.name) == ["AAPL", "MMM", "WMT"] && report.log.groupWord == "instrument")
        #expect(report.verdict.contains("A drift, no collapse so far"))
        // What the sum hides, counted apart in Python: the last 40 episodes' share of no-action is .852, .819 and .714; AAPL's stays above .8 from step 70,716 on.
        #expect(report.groups.map(\.collapse) == [.holdCollapse, .holdCollapse, .mixed] && report.groups[0].since == 70_716)
        for (group, share) in zip(report.groups, [0.852, 0.819, 0.714]) { #expect(abs((group.mix.first { $0.action == "NO_ACTION" }?.share ?? 0) - share) < 0.001) }
        #expect((report.log.curve(.reward).first?.value ?? 0) > 0.1 && (report.log.curve(.reward).last?.value ?? 0) > 11)
    }

    /// Entropy -1.608 to -.635 at step 15,872, back to -1.42 at 41,984, -1.213 at the end; explained variance below 0 in every update; clip fraction 0 in 52%.
    @Test func theDipThatRecovers() throws {
        guard let report = try Self.report("sb3_ppo_tensorboard/stairways_v4_200k_20250804_121235/events.out.tfevents.1754298758.host.62777.0") else { return }
        #expect(report.collapse == .undecided && report.course == .recovered && report.onset == nil)
        #expect(report.evidence.contains { $0.contains("5 actions (read off the first entropy, 1.608 nats") && $0.contains("0.635 at least") && $0.contains("step 15,872") && $0.contains("1.213 at the end") }, "\(report.evidence)")
        #expect(report.evidence.contains { $0.contains("back at 1.5") })
        #expect(report.evidence.contains { $0.contains("below 0 in every update") } && report.evidence.contains { $0.contains("exactly 0 in 52% of the updates") })
        #expect(report.evidence.contains { $0.contains("hold_collapse and one_sided are ruled out") })
        #expect(report.evidence.contains { $0.contains("training makes it worse") })
        #expect(report.unknown.contains { $0.contains("Which action was taken how often") } && report.unknown.contains { $0.contains("during the dip") })
    }

    @Test func theSecondDipAndTheWarmUp() throws {
        if let report = try Self.report("sb3_ppo_tensorboard/stairways_v4_shim_200k_20250804_122949") {
            #expect(report.course == .recovered && report.evidence.contains { $0.contains("0.548 at least") && $0.contains("step 23,552") && $0.contains("1.302 at the end") }, "\(report.evidence)")
            #expect(report.evidence.contains { $0.contains("median -0.12") })
        }
        if let report = try Self.report("sb3_ppo_tensorboard/warmup_refined_50k_20250804_111836") {
            #expect(report.course == .steady && report.verdict.contains("No collapse") && !report.evidence.contains { $0.contains("dip") })
            #expect(report.evidence.contains { $0.contains("1.349 at the end") }, "\(report.evidence)")
        }
    }

    /// The audit as a document: its one table of mixes is found among all others.
    @Test func theAuditItself() throws {
        let file = packageRoot + "/../shared/case-studies/option-scalping-audit.md"
        guard FileManager.default.fileExists(atPath: file) else { return }
        let found = try LogReader.read(file), report = Postmortem.examine(found.logs, source: file, .init(entropyCoefficient: 0.02))
        #expect(report.collapse == .holdCollapse && report.implied.map { (($0.gap ?? 0) * 1_000).rounded() } == [19, 37, 47, 52])
    }
}
