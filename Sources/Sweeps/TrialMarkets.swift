internal import ComponentKit
internal import RunRecords
internal import Synchronization
package import Training

/// Settings of one trial: names of the experiment's parts, and weights under `reward.TERM`.
package struct TrialSettings: Sendable {
    package var overrides: [ExperimentOverride] = []
    package var weights: [String: Double] = [:]

    /// `NAME=VALUE` each. Throws `InputIssues`.
    package init(_ arguments: [String]) throws {
        var issues: [InputIssue] = []
        for argument in arguments {
            if argument.hasPrefix("reward.") {
                let parts = argument.dropFirst("reward.".count).split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2, let weight = Double(parts[1]), weight.isFinite { weights[parts[0]] = weight } else {
                    issues.append(InputIssue(code: "weight", message: "'\(argument)' gives no weight", help: "write reward.TERM=NUMBER, such as reward.trade_cost=-0.02"))
                }
            } else {
                do { overrides.append(try ExperimentOverride(argument)) } catch { issues += error.issues }
            }
        }
        try issues.throwIfErrors()
    }
}

/// The inputs of trials: markets that differ in nothing but weights and settings of learning are prepared once.
package final class TrialMarkets: Sendable {
    private let file: String, text: String
    private let prepared = Mutex<[String: TrainingInputs]>([:])

    /// Of the experiment in `file`. Throws `InputMissing` and `InputIssues`.
    package init(experiment file: String) throws {
        self.file = file
        text = try readTextFile(file)
    }

    /// The experiment under `settings`. Throws `InputIssues` with every fault.
    package func experiment(_ settings: TrialSettings) throws -> Experiment { try Experiment(file: file, text: text, overrides: settings.overrides) }

    /// Market, reward and experiment of a trial. Throws `InputIssues` and `InputMissing`; a weight of a term that the reward lacks names the nearest.
    package func inputs(_ settings: TrialSettings) throws -> TrainingInputs {
        let experiment = try experiment(settings)
        let key = Self.marketKey(experiment)
        let base = try prepared.withLock { known -> TrainingInputs in
            if let found = known[key] { return found }
            let made = try TrainingInputs(experiment)
            known[key] = made
            return made
        }
        let terms = base.design.terms.map(\.id)
        let issues = settings.weights.keys.sorted().filter { !terms.contains($0) }.map { id in
            InputIssue(
                code: "unknown_term", file: base.design.file, message: "the reward has no term '\(id)', so 'reward.\(id)' has no weight to set",
                help: "its terms: \(terms.joined(separator: ", "))", note: suggestion(for: id, among: terms).map { "did you mean '\($0)'?" })
        }
        try issues.throwIfErrors()
        return try TrainingInputs(sharing: base, experiment, weights: settings.weights)
    }

    /// Everything of an experiment that its market or its reward's terms depend on.
    private static func marketKey(_ experiment: Experiment) -> String {
        var parts = experiment.parameters.object ?? [:]
        for key in ["ppo", "policy", "normalize", "steps", "evaluate_every", "keep_checkpoints", "cloning", "teacher"] { parts[key] = nil }
        if case .mlp(_, _, let observes) = experiment.policy { parts["observes"] = .bool(observes) }
        return JSONValue.object(parts).compact
    }
}
