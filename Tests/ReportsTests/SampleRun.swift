import Reports

/// A run of two regimes, three looks and three terms, small enough to check by hand. HOLD's share of A rises .3, .6, .9 (seed 1) and .4, .5, .8 (seed 2);
/// in B it stays at .2. A decision of HOLD in A is paid 0.5 by `bonus`; a trade is paid 0.1 by `base` and -0.2 by `cost`; in B nobody is paid a bonus.
func sampleRun(seeds: Int = 2, terms: [String] = ["base", "cost", "bonus"], regimes: [String] = ["A", "B"], actions: [String] = ["HOLD", "LONG", "SHORT"]) -> RunReport {
    func mix(_ hold: Double) -> RunReport.Mix {
        let shares = [hold, (1 - hold) / 2, (1 - hold) / 2]
        return RunReport.Mix(sampled: shares, argmax: hold > 0.5 ? [1, 0, 0] : [0, 1, 0], probability: shares)
    }
    func regime(_ hold: Double, bonus: Double) -> RunReport.Look.Regime {
        let holds = Int((1000 * hold).rounded()), trades = 1000 - holds
        return RunReport.Look.Regime(
            decisions: 1000, mix: mix(hold),
            pay: [
                .init(decisions: holds, terms: [0, 0, bonus * Double(holds)]), .init(decisions: trades, terms: [0.1 * Double(trades), -0.2 * Double(trades), 0]),
                .init(decisions: 0, terms: [0, 0, 0]),
            ])
    }
    func findings(_ hold: Double, net: Double) -> RunReport.SplitFindings {
        RunReport.SplitFindings(
            regimes: [(6000, mix(hold)), (4000, mix(0.2))], all: mix(0.6 * hold + 0.08),
            sampledResult: .init(roundTrips: 120, netReturn: net, sharpe: 1.25, maxDrawdown: 0.125),
            argmaxResult: .init(roundTrips: 40, netReturn: 2 * net, sharpe: nil, maxDrawdown: 0.25),
            zoo: [
                ("always_hold", .init(roundTrips: 0, netReturn: 0, sharpe: nil, maxDrawdown: 0)), ("always_long", .init(roundTrips: 1, netReturn: 0.75, sharpe: 0.5, maxDrawdown: 0.5)),
            ])
    }
    let paths: [[(hold: Double, status: Int)]] = [[(0.3, 0), (0.6, 1), (0.9, 3)], [(0.4, 0), (0.5, 0), (0.8, 2)]]
    let runs = (0..<seeds).map { k -> RunReport.SeedRun in
        let path = paths[k % 2]
        return RunReport.SeedRun(
            seed: UInt64(k + 1), folder: "run/seed-\(k + 1)", steps: 3000, isFinished: true,
            curves: [
                "rollout/ep_rew_mean": (1...12).map { (250 * $0, Double($0 * $0)) }, "train/entropy_loss": (1...12).map { (250 * $0, -1.0 / Double($0 + k)) },
                "collapse/x": (1...12).map { (250 * $0, Double($0 % 3) - 0.5) },
            ],
            looks: path.enumerated().map { i, look in
                RunReport.Look(step: 1000 * (i + 1), status: look.status, x: 0.25, regimes: [regime(look.hold, bonus: 0.5), regime(0.2, bonus: 0)])
            },
            splits: ["train": findings(path[2].hold, net: 0.5 + Double(k)), "test": findings(path[2].hold - 0.1, net: 0.25 * Double(k + 1))])
    }
    var report = RunReport(name: "sample", folder: "run", rewardName: "paid", actions: actions, regimes: regimes, terms: terms, plannedSteps: 3000, seeds: runs)
    report.termKinds = ["uncertain", "guaranteed", "guaranteed"]
    report.classes = ["train": "mixed", "test": "mixed"]
    let time = (0..<1000).map { 1_700_000_000 + 3600 * Int64($0) }
    report.equity = RunReport.EquityPath(
        split: "test", time: time, regimes: time.indices.map { UInt8($0 / 100 % 2) },
        curves: [
            .init(name: "policy, sampled", runs: (0..<seeds).map { k in time.indices.map { 1 + 0.001 * Double($0 * (k + 1)) } }, isPolicy: true),
            .init(name: "always LONG", runs: [time.indices.map { $0 < 500 ? 1 + 0.002 * Double($0) : 1.5 }], isPolicy: false),
        ])
    report.data = [("bars", "bars.csv")]
    report.parameters = [("ppo.gamma", "0.99")]
    report.commands = ["assay train sample.yaml"]
    return report
}
