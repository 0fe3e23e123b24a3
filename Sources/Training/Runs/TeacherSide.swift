package import Cloning
internal import ComponentKit
internal import Demonstrations
internal import Foundation
package import MaskablePPO
package import NetworkKernels
package import Policies
internal import RunRecords

/// What a run keeps of its teacher: the demonstrations, the frozen clone, the terms that hold the policy to it, the forgetting meter.
package final class TeacherSide {
    package let data: CloningData
    /// The frozen clone.
    package let clone: any ActorCritic
    package let guidance: TeacherGuidance
    private let metered: [Int32]

    /// Held-out steps that the forgetting meter asks about, at most.
    static let meterSteps = 20_000

    /// The clone's weights within a run's folder.
    static func cloneFile(_ folder: String) -> String { folder + "/clone.safetensors" }
    static func reportFile(_ folder: String) -> String { folder + "/cloning.json" }

    /// Reads the plan's demonstrations and checks that they are of this experiment's observations and actions. Throws `InputMissing`, `InputIssues`.
    package static func data(_ plan: CloningPlan, observations: [String], actions: [String], contextRows: Int) throws -> CloningData {
        let set = try DemonstrationFolder.read(plan.demonstrations)
        try requireSame(set, plan, observations: observations, actions: actions)
        return try CloningData(set, heldOut: plan.fit.heldOut, contextRows: contextRows, file: plan.demonstrations)
    }

    /// The plan's demonstrations, of whatever observations and actions they are.
    package static func data(_ plan: CloningPlan, contextRows: Int) throws -> CloningData {
        try CloningData(DemonstrationFolder.read(plan.demonstrations), heldOut: plan.fit.heldOut, contextRows: contextRows, file: plan.demonstrations)
    }

    private static func requireSame(_ set: DemonstrationSet, _ plan: CloningPlan, observations: [String], actions: [String]) throws(InputIssues) {
        func refused(_ what: String, _ theirs: [String], _ ours: [String]) -> InputIssues {
            let place = zip(theirs, ours).enumerated().first { $0.element.0 != $0.element.1 }
            let detail = place.map { "number \($0.offset + 1) is '\($0.element.0)', the experiment's '\($0.element.1)'" } ?? "\(theirs.count) of them, the experiment has \(ours.count)"
            return InputIssues(
                InputIssue(
                    code: "demonstrations_differ", file: plan.demonstrations, message: "the demonstrations' \(what) are not the experiment's: \(detail)",
                    help: "record them again on this experiment's market, features and policy: assay teach"))
        }
        guard set.names.observations == observations else { throw refused("observations", set.names.observations, observations) }
        guard set.names.actions == actions else { throw refused("actions", set.names.actions, actions) }
    }

    /// `clone` holds the clone's weights already.
    package init(_ plan: CloningPlan, _ data: CloningData, clone: any ActorCritic, seed: UInt64) {
        self.data = data
        self.clone = clone
        let steps = data.training
        guidance = TeacherGuidance(
            plan.guidance, teacher: clone,
            replay: ReplaySteps(
                table: data.table, rows: steps.map { data.rows[Int($0)] }, labels: steps.map { data.labels[Int($0)] }, masks: steps.map { data.masks[Int($0)] }),
            seed: seed)
        let stride = max(1, (data.heldOut.count + Self.meterSteps - 1) / Self.meterSteps)
        metered = Swift.stride(from: 0, to: data.heldOut.count, by: stride).map { data.heldOut[$0] }
    }

    /// The forgetting meter's columns: how far a policy does what the teacher did, overall and in each regime that was held out.
    package var meterNames: [String] { ["teacher/agreement", "teacher/nll"] + (hasEntries ? ["teacher/entry_probability", "teacher/entry_ratio"] : []) + heldOutRegimes.map { "teacher/agreement/\(data.names.regimes[$0])" } }

    /// Whether the teacher enters on one of the held-out steps.
    private var hasEntries: Bool { metered.contains { data.labels[Int($0)] != 0 && data.flags[Int($0)] & DemonstrationFlags.flat.rawValue != 0 && data.masks[Int($0)].nonzeroBitCount > 1 } }

    private var heldOutRegimes: [Int] { Set(metered.map { Int(data.regimes[Int($0)]) }).sorted() }

    /// The forgetting meter's reading of `policy` on held-out demonstrations: shares in [0, 1], the mean -log p(label), and where the
    /// teacher enters the probability of entering as it does and its ratio to that of leaving HOLD anywhere while flat.
    package func agreement(_ policy: any ActorCritic, team: ThreadTeam) -> [(key: String, value: Double)] {
        let found = CloneEvaluation(policy, data, samples: metered, team: team)
        return zip(meterNames, [found.accuracy, found.negativeLogLikelihood] + (hasEntries ? [found.entry?.probability ?? 0, found.entry?.ratio ?? 0] : []) + heldOutRegimes.map { found.byRegime[$0].accuracy ?? 0 }).map { (key: $0, value: $1) }
    }
}

/// What happened between a run's first weights and its first update.
package struct ClonedStart: Sendable {
    package var result: CloningResult?
    package var critic: CriticFitReport?
    package var rank: RewardRank

    package var remark: String {
        var parts: [String] = []
        if let result { parts.append("cloned in \(result.epochs.count) epochs, held-out accuracy \(percent(result.heldOut.accuracy))") } else { parts.append("started from a clone") }
        if let critic { parts.append("critic's explained variance \(decimal(critic.before)) -> \(decimal(critic.after))") }
        return parts.joined(separator: "; ") + "; " + rank.sentence
    }

    private func percent(_ x: Double) -> String { "\((x * 1000).rounded() / 10)%" }
    private func decimal(_ x: Double) -> String { x.isFinite ? "\((x * 100).rounded() / 100)" : "unknown" }

    /// Clones into the learner's policy (or loads the clone that the plan names), fits the critic, ranks the reward; writes clone.safetensors and
    /// cloning.json into `folder`. The same plan, data and seed give the same bytes.
    package init(_ plan: CloningPlan, _ data: CloningData, _ learner: PPOLearner, folder: String, shouldStop: () -> Bool = { false }) throws {
        let policy = learner.policy
        if let from = plan.from {
            let path = from.hasSuffix(".safetensors") ? from : from + "/policy.safetensors"
            guard FileManager.default.fileExists(atPath: path) else {
                throw InputMissing(InputIssue(code: "no_clone", file: path, message: "no such file", help: "name a folder that 'assay clone' wrote in cloning.from"))
            }
            let file = try SafetensorsFile(file: path)
            var named: [String: NamedTensor] = [:]
            for tensor in file.tensors { if let values = tensor.floats { named[tensor.name] = NamedTensor(name: tensor.name, shape: tensor.shape, values: values) } }
            do throws(TensorMismatch) { try policy.load(named, includingOptimizer: false) } catch {
                throw InputIssues(InputIssue(code: "clone_differs", file: path, message: "the clone does not fit the experiment's policy: \(error.description)", help: "clone with this experiment: assay clone EXPERIMENT"))
            }
            policy.resetOptimizer()
        } else {
            result = try BehaviorCloning.fit(policy, to: data, plan.fit, seed: learner.seed, team: learner.team, shouldStop: shouldStop)
        }
        // The ranking before the critic's fit, which changes nothing that acts.
        rank = RewardRank(learner, rounds: 4, stepsPerRound: learner.collector.settings.stepsPerRollout)
        switch plan.critic {
        case .rollouts: critic = try learner.fitCritic(plan.criticFit)
        case .teacher:
            let settings = learner.collector.settings
            critic = try CriticRegression.fit(policy, to: data, gamma: settings.gamma, plan.criticFit, seed: learner.seed, team: learner.team)
        case .none: critic = nil
        }
        try SafetensorsFile(tensors: policy.tensors().map { .init($0.name, $0.values, shape: $0.shape) }, metadata: ["format": "pt", "kind": "clone"])
            .write(to: TeacherSide.cloneFile(folder))
        try AtomicFile.write(report(data).document, to: TeacherSide.reportFile(folder))
    }

    private func report(_ data: CloningData) -> JSONValue {
        var document: [String: JSONValue] = ["schema_version": 1, "reward_rank": rank.json]
        if let result { document["cloning"] = CloneReport.json(result, data, includingSpeed: false) }
        if let critic {
            func number(_ x: Double) -> JSONValue { x.isFinite ? .number(x) : .null }
            document["critic"] = ["explained_variance_before": number(critic.before), "explained_variance_after": number(critic.after), "steps": .integer(critic.steps)]
        }
        return .object(document)
    }
}
