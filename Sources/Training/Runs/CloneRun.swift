package import Cloning
internal import ComponentKit
internal import Foundation
internal import NetworkKernels
internal import NumericKernels
internal import Policies
package import RunRecords

/// `assay clone`: a policy fitted to demonstrations, in a folder that `assay train` starts from.
///
/// The folder holds policy.safetensors, cloning.json (accuracies, calibration), progress.csv with imitation's columns (`bc/...`), plots/reliability.tsv and a
/// manifest; cloned for an experiment, also what `assay evaluate` needs.
public final class CloneRun {
    public let folder: String
    public let experiment: Experiment
    private let plan: CloningPlan
    private let inputs: TrainingInputs?
    package let data: CloningData
    private let policy: any ActorCritic
    private let seed: UInt64
    private let team: ThreadTeam
    package private(set) var result: CloningResult?

    public var observationCount: Int { data.names.observations.count }
    public var episodes: Int { data.episodes }
    public var trainingSteps: Int { data.training.count }
    public var heldOutSteps: Int { data.heldOut.count }
    public var parameterCount: Int { policy.parameterCount }

    /// With `readsMarket` the experiment's own market must have the demonstrations' observations; without, the demonstrations alone say
    /// what they are. Throws `InputIssues`, `InputMissing`.
    public init(_ experiment: Experiment, readsMarket: Bool, folder: String, seed: UInt64, threads: Int) throws {
        guard let plan = experiment.cloning else {
            throw InputIssues(InputIssue(code: "no_cloning", message: "the experiment \(experiment.name) has no 'teacher' to clone", help: "add 'teacher:' and 'cloning:', or name the folder: assay clone EXPERIMENT --demos FOLDER"))
        }
        self.experiment = experiment
        self.plan = plan
        self.folder = folder
        self.seed = seed
        team = ThreadTeam(threads: threads)
        let context = experiment.policy.context - 1
        if readsMarket {
            let inputs = try TrainingInputs(experiment)
            data = try TeacherSide.data(plan, observations: inputs.observationNames, actions: inputs.actionNames, contextRows: context)
            policy = inputs.makePolicy(seed: seed, team: team)
            self.inputs = inputs
        } else {
            data = try TeacherSide.data(plan, contextRows: context)
            policy = TrainingInputs.makePolicy(experiment.policy, observations: data.names.observations.count, actions: data.names.actions.count, seed: seed, team: team)
            inputs = nil
        }
    }

    /// Fits, and writes the folder. Throws what `RunFolder.create` and `BehaviorCloning.fit` throw.
    public func run(version: String, force: Bool, shouldStop: () -> Bool = { false }, report: (_ epoch: Int, _ loss: Double, _ heldOutLoss: Double, _ heldOutAccuracy: Double) -> Void) throws {
        let (records, lock) = try RunFolder.create(folder, force: force)
        defer { withExtendedLifetime(lock) {} }
        let log = try ProgressLog(creating: records.progress)
        let found = try BehaviorCloning.fit(policy, to: data, plan.fit, seed: seed, team: team, shouldStop: shouldStop) { epoch in
            try log.write([
                ("bc/epoch", .integer(epoch.epoch)), ("bc/batch", .integer(epoch.epoch * epoch.batches)), ("bc/samples_so_far", .integer(epoch.samplesSoFar)),
                ("bc/neglogp", .number(epoch.negativeLogLikelihood)), ("bc/entropy", .number(epoch.entropy)),
                ("bc/ent_loss", .number(-plan.fit.entropyWeight * epoch.entropy)), ("bc/prob_true_act", .number(epoch.probability)),
                ("bc/grad_norm", .number(epoch.gradientNorm)), ("heldout/neglogp", .number(epoch.heldOut.negativeLogLikelihood)),
                ("heldout/accuracy", .number(epoch.heldOut.accuracy)), ("heldout/calibration_error", .number(epoch.heldOut.calibrationError)),
            ])
            report(epoch.epoch, epoch.negativeLogLikelihood, epoch.heldOut.negativeLogLikelihood, epoch.heldOut.accuracy)
        }
        result = found
        try write(found, records, version: version)
    }

    private func write(_ found: CloningResult, _ records: RunFolder, version: String) throws {
        try SafetensorsFile(
            tensors: policy.tensors().map { .init($0.name, $0.values, shape: $0.shape) },
            metadata: ["format": "pt", "kind": "clone", "experiment": experiment.name, "seed": String(seed), "observation": data.names.observations.joined(separator: ",")]
        ).write(to: records.policy)
        var table = "confidence_from\tconfidence_to\tsteps\tmean_confidence\taccuracy\n"
        for (k, bin) in found.heldOut.bins.enumerated() {
            let n = Double(bin.steps), low = Double(k) / Double(CloneEvaluation.binCount), high = Double(k + 1) / Double(CloneEvaluation.binCount)
            table += "\(low)\t\(high)\t\(bin.steps)\t" + (bin.steps > 0 ? "\(bin.confidence / n)\t\(Double(bin.right) / n)\n" : "NaN\tNaN\n")
        }
        try AtomicFile.write(table, to: records.plots + "/reliability.tsv")
        guard case .object(var document) = CloneReport.json(found, data, includingSpeed: true) else { return }
        document["schema_version"] = 1
        document["demonstrations"] = .text(plan.demonstrations)
        try AtomicFile.write(JSONValue.object(document).document, to: folder + "/cloning.json")
        let started = Date().timeIntervalSince1970
        if let inputs {
            try inputs.writeRunInputs(to: folder, seed: seed)
            try inputs.manifest(seed: seed, version: version, commit: nil, started: started).write(to: records.manifest)
        } else {
            let hash = SHA256.hex(Array(FileManager.default.contents(atPath: plan.demonstrations + "/manifest.json") ?? Data()))
            try RunManifest(
                version: version, commit: nil, seeds: [seed], data: [.init(name: plan.demonstrations, sha256: hash, bars: data.rows.count)],
                parameters: ["cloning": plan.parameters, "policy": experiment.parameters["policy"] ?? .null], started: started
            ).write(to: records.manifest)
        }
    }

    /// The document of `--json`.
    package var document: JSONValue {
        guard let result, case .object(var members) = CloneReport.json(result, data, includingSpeed: true) else { return .null }
        members["schema_version"] = 1
        members["run"] = .text(folder)
        return .object(members)
    }
}
