public import Cloning
internal import ComponentKit
public import MaskablePPO
internal import NeuralNetworks
package import RunRecords

/// The `teacher` and `cloning` parts of an experiment: how a run starts from a teacher, and what holds it there.
public struct CloningPlan: Sendable, Equatable {
    /// What the critic is fitted to before PPO begins.
    public enum Critic: String, Sendable, CaseIterable {
        /// Roll-outs of the cloned policy.
        case rollouts
        /// The teacher's own returns, as recorded.
        case teacher
        case none
    }

    /// Folder of demonstrations (`teacher.demonstrations`).
    public var demonstrations = ""
    /// A folder that `assay clone` wrote, to start from; nil clones at the start of the run.
    public var from: String?
    public var fit = CloningSettings()
    public var critic = Critic.rollouts
    public var criticFit = CriticFitSettings()
    public var guidance = GuidanceSettings()

    public init() {}

    package var parameters: JSONValue {
        [
            "from": from.map { .text($0) } ?? .null, "epochs": .integer(fit.epochs), "batch_size": .integer(fit.batchSize), "learning_rate": .number(fit.learningRate),
            "ent_weight": .number(fit.entropyWeight), "l2_weight": .number(fit.l2Weight), "class_balance": .number(fit.classBalance),
            "held_out": .number(fit.heldOut), "patience": fit.patience.map { .integer($0) } ?? .null, "critic": .text(critic.rawValue),
            "critic_rollouts": .integer(criticFit.rollouts), "critic_epochs": .integer(criticFit.epochs), "critic_learning_rate": .number(criticFit.learningRate),
            "critic_warmup": .integer(guidance.criticWarmUp), "kl_coef": .schedule(guidance.klCoefficient), "kl_decay": .number(guidance.klDecay),
            "replay_coef": .schedule(guidance.replayCoefficient), "replay_batch": .integer(guidance.replayBatch),
        ]
    }
}

extension JSONValue {
    /// A schedule as experiment files write it.
    fileprivate static func schedule(_ s: Schedule) -> JSONValue { s.constantValue.map { .number($0) } ?? .text(s.description) }
}

extension CloningPlan {
    /// Reads the sections `teacher` and `cloning`; nil when neither is there.
    static func read(_ root: inout YAMLMapping, _ r: inout ExperimentReader) -> CloningPlan? {
        let teacher = root.get("teacher"), section = root.get("cloning")
        let hasTeacher = (teacher.map { !$0.isNull } ?? false) || r.hasOverrides(of: "teacher"), hasCloning = (section.map { !$0.isNull } ?? false) || r.hasOverrides(of: "cloning")
        guard hasTeacher || hasCloning else { return nil }
        var plan = CloningPlan()
        if hasTeacher {
            r.section("teacher", of: &root) { s, issues in plan.demonstrations = s.string("demonstrations", &issues, required: true) ?? "" }
        }
        guard hasCloning else {
            if let teacher { r.issues.append(teacher.issue("combination", "a teacher without 'cloning' would do nothing", help: "add 'cloning:' with what should be done, or 'cloning: {}' for the defaults")) }
            return nil
        }
        r.section("cloning", of: &root) { s, issues in
            func schedule(_ key: String) -> Schedule? {
                guard let value = s.get(key), !value.isNull else { return nil }
                guard let schedule = value.scalarText.flatMap({ Schedule($0) }), schedule.value(remaining: 1) >= 0, schedule.value(remaining: 0) >= 0 else {
                    issues.append(value.issue("type", "'\(key)' must be a number from 0 on, or two for a line", help: "for instance 0.5, or 0.5 -> 0"))
                    return nil
                }
                return schedule
            }
            if let value = s.get("from"), !value.isNull { plan.from = s.string("from", &issues) }
            plan.fit.epochs = s.integer("epochs", &issues, in: 1...1_000_000) ?? plan.fit.epochs
            plan.fit.batchSize = s.integer("batch_size", &issues, in: 1...1_000_000) ?? plan.fit.batchSize
            plan.fit.learningRate = s.number("learning_rate", &issues, in: 0...10) ?? plan.fit.learningRate
            plan.fit.entropyWeight = s.number("ent_weight", &issues, in: 0...100) ?? plan.fit.entropyWeight
            plan.fit.l2Weight = s.number("l2_weight", &issues, in: 0...100) ?? plan.fit.l2Weight
            plan.fit.classBalance = s.number("class_balance", &issues, in: 0...1) ?? plan.fit.classBalance
            plan.fit.heldOut = s.number("held_out", &issues, in: 0.001...0.9) ?? plan.fit.heldOut
            if let value = s.get("patience") { plan.fit.patience = value.isNull ? nil : s.integer("patience", &issues, in: 1...1_000_000) }
            plan.critic = s.choice("critic", Critic.self, &issues) ?? plan.critic
            plan.criticFit.rollouts = s.integer("critic_rollouts", &issues, in: 1...100_000) ?? plan.criticFit.rollouts
            plan.criticFit.epochs = s.integer("critic_epochs", &issues, in: 1...100_000) ?? plan.criticFit.epochs
            plan.criticFit.learningRate = s.number("critic_learning_rate", &issues, in: 0...10) ?? plan.criticFit.learningRate
            plan.guidance.criticWarmUp = s.integer("critic_warmup", &issues, in: 0...1_000_000) ?? plan.guidance.criticWarmUp
            plan.guidance.klCoefficient = schedule("kl_coef") ?? plan.guidance.klCoefficient
            plan.guidance.klDecay = s.number("kl_decay", &issues, in: 0.0001...1) ?? plan.guidance.klDecay
            plan.guidance.replayCoefficient = schedule("replay_coef") ?? plan.guidance.replayCoefficient
            plan.guidance.replayBatch = s.integer("replay_batch", &issues, in: 1...1_000_000) ?? plan.guidance.replayBatch
            if plan.demonstrations.isEmpty {
                issues.append(s.value.issue("missing_key", "cloning needs demonstrations", help: "add 'teacher:' with 'demonstrations: FOLDER', a folder that 'assay teach' wrote"))
            }
        }
        return plan
    }
}
