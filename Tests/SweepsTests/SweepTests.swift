import ComponentKit
import Foundation
import Sweeps
import TestSupport
import Testing
import TradingTypes
import Training

@Suite struct SweepTests {
    let folder: Workspace
    let experiment: String

    init() throws {
        folder = try Workspace()
        experiment = try folder.write(
            "small.yaml",
            """
            schema: 1
            name: small
            data:
              bars: synthetic:btc-hourly,bars=4000
            reward: \(packageRoot)/rewards/btc-s3.yaml
            policy:
              hidden: [16]
            environment:
              episode_bars: 100
            ppo:
              environments: 4
              n_steps: 64
              batch_size: 64
              n_epochs: 4
              ent_coef: 0.05
            steps: 2048
            seeds: [1, 2]

            """)
    }

    func plan(_ vary: String...) throws -> SweepPlan {
        var plan = SweepPlan(name: "s", experiment: experiment)
        plan.dimensions = try vary.map { try SweepDimension($0) }
        return plan
    }

    /// The same policy as a recorded run of the experiment's and the weight's values makes.
    @Test func aTrialIsATraining() throws {
        let sweep = try Sweep(plan("reward.crisis_hold=0.03,0.5"), folder: folder.path + "/a")
        #expect(try sweep.run(threads: 2))
        let records = try sweep.records()
        #expect(records.map(\.point) == [0, 0, 1, 1] && records.map(\.seed) == [1, 2, 1, 2])
        let read = try Experiment(file: experiment)
        let run = try TrainingRun(TrainingInputs(read), seed: 2, folder: folder.path + "/run", version: "test", threads: 1, resuming: false)
        #expect(try run.run() == .finished)
        for split in [SplitName.train, .validation, .test] {
            let expected = run.evaluation(split), found = try #require(records[1][split])
            #expect(found.sampled == expected.sampled && found.argmax == expected.argmax && found.meanProbability == expected.meanProbability)
            #expect(found.sharpe == expected.sampledResult.sharpe && found.policyClass == expected.policyClass)
        }
        // The weight of the other point is really paid.
        #expect(records[3][.train]?.sampled != records[1][.train]?.sampled)
    }

    @Test func threadsDoNotShow() throws {
        let one = try Sweep(plan("ppo.ent_coef=0,0.5", "reward.base_return=0,200"), folder: folder.path + "/one")
        let four = try Sweep(plan("ppo.ent_coef=0,0.5", "reward.base_return=0,200"), folder: folder.path + "/four")
        #expect(try one.run(threads: 1) && four.run(threads: 4))
        let records = try one.records()
        #expect(try records.count == 8 && records == four.records())
        #expect(records[0] != records[2] && records[0].splits != records[4].splits)
    }

    /// Stopped after one trial, the rest follows and nothing is done twice; seeds can be added.
    @Test func whatIsMissingIsDone() throws {
        var plan = try plan("ppo.ent_coef=0,0.5")
        let whole = try Sweep(plan, folder: folder.path + "/whole")
        #expect(try whole.run(threads: 2))
        let counter = Counter()
        do {
            let cut = try Sweep(plan, folder: folder.path + "/cut")
            #expect(try !cut.run(threads: 1, shouldStop: { counter.value >= 1 }, report: { _ in counter.add() }))
            #expect(try cut.records().count == 1)
        }
        do {
            let rest = try Sweep(plan, folder: folder.path + "/cut")
            #expect(try rest.run(threads: 1, report: { _ in counter.add() }))
            #expect(try counter.value == 4 && rest.records() == whole.records())
        }
        plan.seeds = [1, 2, 3]
        let more = try Sweep(plan, folder: folder.path + "/cut")
        #expect(try more.run(threads: 1, report: { _ in counter.add() }))
        #expect(try counter.value == 6 && more.records().count == 6)
    }

    @Test func anotherSweepsResultsAreRefused() throws {
        do { _ = try Sweep(plan("ppo.ent_coef=0,0.5"), folder: folder.path + "/a") }
        let other = try #require(throws: InputIssues.self) { try Sweep(plan("ppo.ent_coef=0,0.6"), folder: folder.path + "/a") }
        #expect(other.description.contains("holds the results of another sweep: vary differs") && other.description.contains("--force"))
        _ = try Sweep(plan("ppo.ent_coef=0,0.6"), folder: folder.path + "/a", force: true)
        let held = try Sweep(plan("ppo.gamma=0,0.9"), folder: folder.path + "/b")
        let busy = try #require(throws: InputIssues.self) { try Sweep(plan("ppo.gamma=0,0.9"), folder: folder.path + "/b") }
        #expect(busy.description.contains("another process is writing it"))
        withExtendedLifetime(held) {}
        try folder.write("sweep.sqlite", "this is no database, but a text that is longer than a header")
        let broken = try #require(throws: InputIssues.self) { try Sweep(plan("ppo.gamma=0,0.9"), folder: folder.path) }
        #expect(broken.description.contains("not a database"))
    }

    /// A reward that was edited, and bars that were, make another sweep of the same files.
    @Test func editedFilesMakeAnotherSweep() throws {
        let reward = try String(contentsOfFile: packageRoot + "/rewards/btc-s3.yaml", encoding: .utf8)
        try folder.write("r.yaml", reward)
        var plan = try plan("ppo.ent_coef=0,0.5")
        plan.settings = ["reward=\(folder.path)/r.yaml"]
        do { _ = try Sweep(plan, folder: folder.path + "/r") }
        do { _ = try Sweep(plan, folder: folder.path + "/r") }
        try folder.write("r.yaml", reward.replacing("weight: 200", with: "weight: 100"))
        let edited = try #require(throws: InputIssues.self) { try Sweep(plan, folder: folder.path + "/r") }
        #expect(edited.description.contains("another sweep: reward differs"), "\(edited.description)")
        func bars(_ last: Double) -> String {
            "time,open,high,low,close,volume\n" + (0..<2_000).map { i in
                let price = 100 + 5 * sin(Double(i) / 7) + 3 * sin(Double(i * i) / 50) + (i == 1_999 ? last : 0)
                return "\(1_577_836_800 + 3_600 * i),\(price),\(price + 1),\(price - 1),\(price + 0.5),10\n"
            }.joined()
        }
        try folder.write("b.csv", bars(0))
        plan.settings = ["data.bars=\(folder.path)/b.csv"]
        do { _ = try Sweep(plan, folder: folder.path + "/b") }
        try folder.write("b.csv", bars(0.1))
        let other = try #require(throws: InputIssues.self) { try Sweep(plan, folder: folder.path + "/b") }
        #expect(other.description.contains("another sweep: bars differs"), "\(other.description)")
    }

    struct Fault: Sendable { let vary: String, texts: [String] }

    @Test(arguments: [
        Fault(vary: "ppo.ent_cof=0.1,0.2", texts: ["unknown key 'ent_cof'", "did you mean 'ent_coef'?"]),
        Fault(vary: "reward.crisis_hld=0,1", texts: ["no term 'crisis_hld'", "did you mean 'crisis_hold'?", "its terms: base_return"]),
        Fault(vary: "ppo.gamma=0.5,1.5", texts: ["'gamma' is 1.5, outside 0 to 1"]),
        Fault(vary: "reward.crisis_hold=0,much", texts: ["'reward.crisis_hold=much' gives no weight"]),
        Fault(vary: "nonsense=1,2", texts: ["unknown key 'nonsense'"]),
    ]) func faultsComeBeforeTheFirstTraining(_ fault: Fault) throws {
        let issues = try #require(throws: InputIssues.self) { try Sweep(plan(fault.vary), folder: folder.path + "/f") }
        for text in fault.texts { #expect(issues.description.contains(text), "\(issues.description)") }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/f"))
    }

    /// A loss that is not finite is a result, and the other trials go on.
    @Test func aFailedTrainingIsRecorded() throws {
        let sweep = try Sweep(plan("reward.base_return=200,1e300"), folder: folder.path + "/a")
        #expect(try sweep.run(threads: 1))
        let records = try sweep.records()
        #expect(records.map { $0.failure == nil } == [true, true, false, false])
        #expect(records[2].splits.isEmpty)
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    func add() { lock.withLock { count += 1 } }
    var value: Int { lock.withLock { count } }
}
