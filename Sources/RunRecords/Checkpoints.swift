package import ComponentKit
internal import Foundation
internal import NumericKernels

/// A checkpoint on disk: `checkpoints/step-000000204800.safetensors`.
package struct Checkpoint: Sendable, Equatable {
    /// Environment steps so far.
    package let step: Int
    package let path: String
}

extension RunFolder {
    /// Checkpoints in the folder, oldest first, whole or not.
    package var checkpoints: [Checkpoint] {
        names(in: checkpointFolder).compactMap { name in
            guard name.hasPrefix("step-"), name.hasSuffix(".safetensors"), let step = Int(name.dropFirst(5).dropLast(12)), step >= 0 else { return nil }
            return Checkpoint(step: step, path: checkpointFolder + "/" + name)
        }.sorted { ($0.step, $0.path) < ($1.step, $1.path) }
    }

    /// Writes `content` as the checkpoint of `step`, then removes all but the newest `keeping`, and any of a later step.
    ///
    /// Atomic and durable: at every instant, the newest whole checkpoint is this one or the one before. `step` and a SHA-256 of the content join its
    /// metadata. Logs that the checkpoint counts on must be synchronised before. Throws `RecordNotWritten`; the earlier checkpoints then stand.
    /// With `isDurable` false the checkpoint survives the process but not a power cut; `sparing`, the last durable one, is then kept too.
    @discardableResult
    package func writeCheckpoint(
        _ content: SafetensorsFile, step: Int, keeping: Int, isDurable: Bool = true, sparing: Checkpoint? = nil
    ) throws(RecordNotWritten) -> Checkpoint {
        precondition(step >= 0 && keeping >= 1, "RunFolder: a checkpoint of step \(step), keeping \(keeping)")
        let digits = String(step)
        let name = "step-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits + ".safetensors"
        let checkpoint = Checkpoint(step: step, path: checkpointFolder + "/" + name)
        var metadata = content.metadata
        metadata["step"] = digits
        metadata["sha256"] = RunFolder.digest(content.tensors, metadata)
        try SafetensorsFile(tensors: content.tensors, metadata: metadata).write(to: checkpoint.path, isDurable: isDurable)
        // Later steps are not of this run's past: damaged files that it resumed before.
        for other in checkpoints where other.step > step { unlink(other.path) }
        for old in checkpoints.filter({ $0 != checkpoint }).dropLast(keeping - 1) where old != sparing { unlink(old.path) }
        return checkpoint
    }

    /// Reads a checkpoint and checks its digest. Throws `InputMissing`, or `InputIssues` for one that is damaged.
    package func read(_ checkpoint: Checkpoint) throws -> SafetensorsFile {
        let file = try SafetensorsFile(file: checkpoint.path)
        guard let recorded = file.metadata["sha256"], file.metadata["step"] == String(checkpoint.step) else {
            throw InputIssues(
                InputIssue(code: "not_a_checkpoint", file: checkpoint.path, message: "is no checkpoint of step \(checkpoint.step)", help: "remove it; the run goes on from an earlier one"))
        }
        guard RunFolder.digest(file.tensors, file.metadata) == recorded else {
            throw InputIssues(
                InputIssue(
                    code: "checkpoint_damaged", file: checkpoint.path, message: "the checkpoint is damaged: its content does not have the SHA-256 it was written with",
                    help: "remove it; the run goes on from an earlier one"))
        }
        return file
    }

    /// The newest checkpoint that is whole, with its content and an issue for each newer one that is not; nil when the folder has none at all.
    ///
    /// Throws `InputIssues`, naming each, when there are checkpoints and all are damaged.
    package func newestCheckpoint() throws -> (checkpoint: Checkpoint, content: SafetensorsFile, damaged: [InputIssue])? {
        var damaged: [InputIssue] = []
        for checkpoint in checkpoints.reversed() {
            do {
                return (checkpoint, try read(checkpoint), damaged)
            } catch let error as InputIssues {
                damaged += error.issues
            } catch let error as InputMissing {
                damaged.append(error.issue)
            }
        }
        if damaged.isEmpty { return nil }
        for k in damaged.indices { damaged[k].help = "no checkpoint of this run is whole: start it again with --force" }
        throw InputIssues(damaged)
    }

    /// SHA-256 of the file's bytes without the entry for the digest itself.
    private static func digest(_ tensors: [SafetensorsFile.Tensor], _ metadata: [String: String]) -> String {
        var bare = metadata
        bare["sha256"] = nil
        return SHA256.hex(SafetensorsFile(tensors: tensors, metadata: bare).encoded())
    }
}
