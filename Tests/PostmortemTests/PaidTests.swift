import Postmortem
import Testing

/// What the run was paid, split into certain and uncertain.
@Suite struct PaidTests {
    /// Ten looks of 200 decisions in CALM and 200 in CRISIS; HOLD 160 and LONG 40 of each. 'bonus' pays HOLD .5 for certain, 'profit' LONG something each look, 'both' is of two kinds: certainly -.1 for LONG, and luck.
    static func log(looks: Int = 10) -> TrainingLog {
        var log = TrainingLog(source: "made", kind: .runFolder)
        (log.actions, log.hold, log.terms) = (["HOLD", "LONG"], 0, ["bonus", "profit", "both"])
        for k in 1...looks {
            let step = Double(1_000 * k), profit = k > looks - 3 ? 4.0 : -50
            log.mixes.append(.init(step: step, shares: [0.8, 0.2], decisions: 400))
            for regime in ["CALM", "CRISIS"] {
                let pay = regime == "CALM" ? 0.5 : 0
                log.paid.append(.init(step: step, regime: regime, action: 0, decisions: 160, sums: [160 * pay, 0, 0]))
                log.paid.append(.init(step: step, regime: regime, action: 1, decisions: 40, sums: [0, profit, -4 + 1.2]))
            }
        }
        log.groups = ["CALM", "CRISIS"].map { name in .init(name: name, mixes: log.mixes) }
        return log
    }

    static let kinds = ["bonus": ["guaranteed"], "profit": ["uncertain"], "both": ["guaranteed", "uncertain"]]

    static func findings(isOfOptions: Bool = false) -> RewardFindings {
        let regimes = [("CALM", 0.5), ("CRISIS", 0.0)].map { name, pay in
            RewardFindings.Regime(
                name: name, share: 0.5,
                actions: [
                    .init(name: "HOLD", guaranteed: pay, path: 0.25, uncertain: 0, shaping: 0, terms: [("bonus", pay), ("profit", 0), ("both", 0)]),
                    .init(name: "LONG", guaranteed: -0.1, path: 0, uncertain: -0.03, shaping: 0, terms: [("bonus", 0), ("profit", -0.02), ("both", -0.11)]),
                ], gap: -0.1, deviation: 1)
        }
        return RewardFindings(reward: "made", bars: "made", regimes: regimes, isOfOptions: isOfOptions)
    }

    /// By hand, over the last three looks: bonus .8 x .5 = .4 in CALM; both -.1 x .2 = -.02 certain and .006 luck; profit 4 / 200 = .02.
    @Test func asLogged() throws {
        var context = Postmortem.Context(reward: Self.findings())
        context.kinds = Self.kinds
        let report = Postmortem.examine(Self.log(), context)
        #expect(report.paidSource == .ledger(from: 7_000) && report.paid.map(\.regime) == ["CALM", "CRISIS"] && report.paid.allSatisfy { $0.share == 0.5 && $0.path == 0 && $0.shaping == 0 })
        for (row, bonus) in zip(report.paid, [0.4, 0]) {
            #expect(abs(row.guaranteed - (bonus - 0.02)) < 1e-12 && abs(row.uncertain - 0.026) < 1e-12, "\(row)")
            #expect(abs(row.total - (bonus + 0.02 - 0.014)) < 1e-12 && abs((row.blind ?? 0) - 0.2 * -0.03) < 1e-12, "\(row)")
        }
        #expect(report.evidence.contains { $0.contains("From step 7,000 to the end it was paid +0.206 a step: +0.180 guaranteed and +0.0260 uncertain (the same mix without any skill: -0.00600)") }, "\(report.evidence)")
        let json = report.json
        #expect(json["paid_from"]?.text == "ledger" && json["paid_since"]?.number == 7_000 && json["paid"]?.list?.first?["uncertain_without_skill"]?.number != nil)
    }

    /// Without the bars what is certain in a mixed term cannot be told; without the reward file only what never varied is certain.
    @Test func withLessKnown() throws {
        var context = Postmortem.Context()
        context.kinds = Self.kinds
        let kindsAlone = try #require(Postmortem.examine(Self.log(), context).paid.first)
        #expect(abs(kindsAlone.guaranteed - 0.4) < 1e-12 && abs(kindsAlone.uncertain - 0.006) < 1e-12 && kindsAlone.blind == nil)
        var log = Self.log()
        log.termIsConstant = [true, false, true]
        let constant = Postmortem.examine(log), row = try #require(constant.paid.first)
        #expect(abs(row.guaranteed - 0.386) < 1e-12 && abs(row.uncertain - 0.02) < 1e-12 && constant.unknown.contains { $0.contains("all that varies") })
        let nothing = Postmortem.examine(Self.log())
        #expect(nothing.paid.isEmpty && nothing.paidSource == nil && nothing.unknown.contains { $0.contains("Which part of the pay was certain") })
        #expect(nothing.json["paid_from"] == .null)
    }

    /// A log of mixes alone: what the reward pays such a mix, and no word of what it earned.
    @Test func byTheReward() throws {
        var log = Self.log()
        (log.terms, log.paid) = ([], [])
        let report = Postmortem.examine(log, .init(reward: Self.findings()))
        #expect(report.paidSource == .reward && report.json["paid_from"]?.text == "reward")
        for (row, pay) in zip(report.paid, [0.5, 0]) { #expect(abs(row.guaranteed - (0.8 * pay - 0.02)) < 1e-12 && abs(row.uncertain + 0.006) < 1e-12 && abs(row.path - 0.2) < 1e-12 && row.blind == nil) }
        #expect(report.evidence.contains { $0.contains("if it chooses blindly") && $0.contains("not in the log") })
    }

    /// A reward for LONG says nothing of why a policy that may BUY holds: neither pay nor cause.
    @Test func otherActions() {
        for (name, isKnown) in [("LONG", true), ("BUY", false)] {
            var log = Self.log()
            (log.terms, log.paid, log.actions) = ([], [], ["HOLD", name])
            log.mixes = log.mixes.map { .init(step: $0.step, shares: [0.95, 0.05], decisions: 2_000) }
            let report = Postmortem.examine(log, .init(reward: Self.findings()))
            #expect(report.collapse == .holdCollapse && report.causes.isEmpty != isKnown && report.paid.isEmpty != isKnown)
        }
    }

    /// On options the ledger's HOLD is mostly of trades: causes come from the reward on the bars, or are not named; all that was received counts as paid.
    @Test func holdInTrades() throws {
        var log = Self.log()
        log.mixes = log.mixes.map { .init(step: $0.step, shares: $0.step < 6_000 ? [0.5, 0.5] : [0.9, 0.1], decisions: 200) }
        (log.isFlatOnly, log.flatShareOfHold) = (true, 0.3)
        log.received = (1...10).map { .init(step: Double(1_000 * $0), regime: "CALM", decisions: 400, sums: [40, 0, -4]) }
        var context = Postmortem.Context()
        context.kinds = Self.kinds
        let blind = Postmortem.examine(log, context)
        #expect(blind.collapse == .holdCollapse && blind.causes.isEmpty && blind.unknown.contains { $0.contains("70% of the ledger's HOLD decisions were made in trades") })
        #expect(blind.paid.count == 1 && abs(blind.paid[0].guaranteed - 0.1) < 1e-12 && abs(blind.paid[0].uncertain + 0.01) < 1e-12)
        context.reward = Self.findings(isOfOptions: true)
        let report = Postmortem.examine(log, context), cause = try #require(report.causes.first)
        #expect(cause.term == "bonus" && cause.evidence == "reward" && report.paid[0].blind == nil)
        // All of it flat: what was logged until the collapse speaks first.
        log.flatShareOfHold = 1
        #expect(Postmortem.examine(log, context).causes.first?.evidence == "ledger")
    }

    /// Two looks are too few to tell noise from a cause: the reward on the bars is asked first, and without it a term that never varied is still a cause.
    @Test func fewLooks() throws {
        var log = Self.log(looks: 2)
        log.mixes = log.mixes.map { .init(step: $0.step, shares: [0.9, 0.1], decisions: 200) }
        log.termIsConstant = [true, false, false]
        var context = Postmortem.Context(reward: Self.findings())
        context.kinds = Self.kinds
        #expect(Set(Postmortem.examine(log, context).causes.map(\.term)) == ["bonus", "profit", "both"] && Postmortem.examine(log, context).causes.allSatisfy { $0.evidence == "reward" })
        let alone = Postmortem.examine(log).causes
        #expect(alone.map(\.term) == ["bonus"] && alone.first?.regime == "CALM" && alone.first?.evidence == "ledger" && abs((alone.first?.gap ?? 0) - 0.5) < 1e-12)
    }
}
