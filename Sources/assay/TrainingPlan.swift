import ComponentKit
import Foundation
import RunRecords
import TradingTypes
import Training

/// What `assay train` is about to do: an experiment, its inputs, and the folder of each seed.
struct TrainingPlan {
    let inputs: TrainingInputs
    let folder: String
    let seeds: [UInt64]
    let isResuming: Bool

    init(_ experiment: Experiment, folder: String) throws {
        inputs = try TrainingInputs(experiment)
        self.folder = folder
        seeds = experiment.seeds
        isResuming = false
    }

    /// The run in `folder`: one seed's, or a folder of several.
    init(resuming folder: String) throws {
        _ = seedFolders(of: folder)
        guard FileManager.default.fileExists(atPath: folder + "/experiment.json") else {
            _ = try RunFolder.open(folder)  // says what is wrong
            throw InputMissing(InputIssue(code: "no_run", file: folder, message: "the run has lost its experiment.json", help: "start it again with --force"))
        }
        let experiment = try Experiment(file: folder + "/experiment.json")
        inputs = try TrainingInputs(experiment, rewardFile: folder + "/reward.yaml")
        self.folder = folder
        seeds = experiment.seeds
        isResuming = true
    }

    func folder(of seed: UInt64) -> String { seeds.count == 1 ? folder : "\(folder)/seed-\(seed)" }

    /// Opens every seed's run, before any trains.
    func open(version: String, threads: Int, force: Bool) throws -> [TrainingRun] {
        if force, !isResuming { try clear() }
        if seeds.count > 1, !isResuming { try writeShared(force: force) }
        let each = max(1, threads / seeds.count)
        return try seeds.map { seed in
            let path = folder(of: seed)
            // The run may have been stopped before this seed's manifest, the last file of its beginning, was written.
            let exists = FileManager.default.fileExists(atPath: path + "/manifest.json")
            return try TrainingRun(
                inputs, seed: seed, folder: path, version: version, threads: each, resuming: isResuming && exists, force: force || (isResuming && !exists))
        }
    }

    /// Removes the run that `folder` holds, of one seed or of several, unless another process is writing it.
    private func clear() throws {
        let manager = FileManager.default
        let names = (try? manager.contentsOfDirectory(atPath: folder)) ?? []
        for path in names.filter({ $0.hasPrefix("seed-") }).map({ "\(folder)/\($0)" }) where manager.fileExists(atPath: path + "/manifest.json") {
            let old = try RunFolder.create(path, force: true)
            try manager.removeItem(atPath: path)
            withExtendedLifetime(old.lock) {}
        }
        if seeds.count > 1, manager.fileExists(atPath: folder + "/manifest.json") { _ = try RunFolder.create(folder, force: true) }
        RunFolder(path: folder).removeReport()
    }

    private func writeShared(force: Bool) throws {
        let manager = FileManager.default
        let old = (try? manager.contentsOfDirectory(atPath: folder)) ?? []
        if !old.isEmpty {
            guard force else {
                throw InputIssues(
                    InputIssue(code: "run_exists", file: folder, message: "is not empty", help: "go on with its run by 'assay train --resume \(folder)', choose another --out, or add --force to replace it"))
            }
        }
        do { try manager.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            throw InputIssues(InputIssue(code: "folder", file: folder, message: "cannot be created", help: "choose another --out"))
        }
        try inputs.writeExperiment(to: folder)
    }

    /// evaluation.json of one run: all three splits.
    func writeEvaluation(_ folder: String, threads: Int) throws {
        let trained = try TrainedPolicy(folder: folder, threads: threads, inputs: inputs)
        let splits: [SplitName] = [.train, .validation, .test]
        let document = evaluationJSON(splits.map { ($0, trained.evaluate($0), trained.zoo($0)) })
        try AtomicFile.write(JSONValue.object(["schema_version": 1, "splits": document]).document, to: folder + "/evaluation.json")
    }
}
