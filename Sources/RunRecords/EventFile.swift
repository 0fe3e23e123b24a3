internal import ComponentKit
internal import Foundation
internal import SwiftProtobuf

/// A TensorBoard event file being written: the scalars of a run, in the form and under the tags of Stable-Baselines3.
///
/// A record is its length (8 bytes), a masked CRC-32C of those, a protobuf `Event`, and a masked CRC-32C of it. The first names the
/// version `brain.Event:2`; then one event per scalar, as PyTorch's `SummaryWriter` makes them. Each `write` reaches the system before it returns.
package final class EventFile {
    private let file: AppendFile
    package var path: String { file.path }

    /// A new file over whatever stood there. `wallTime` is in seconds since 1970. Throws `RecordNotWritten`.
    package init(creating path: String, wallTime: Double, writer: String = "assay") throws(RecordNotWritten) {
        var event = TensorBoardEvent()
        event.wallTime = wallTime
        event.fileVersion = "brain.Event:2"
        if !writer.isEmpty { event.sourceMetadata.writer = writer }
        try AtomicFile.write(EventFile.record(event), to: path)
        file = try AppendFile(path, empty: false)
    }

    /// Goes on with the file at `path` after its last record of step at most `step`; later ones, and half a record, are cut off.
    ///
    /// Throws `InputMissing`, `InputIssues` (a damaged file), `RecordNotWritten`.
    package init(resuming path: String, step: Int) throws {
        let bytes = try readBytes(path, help: "the run's folder has lost its event file: restore it, or create a new one")
        var end = 0
        _ = try EventReader(file: path).forEach(bytes) { event, range in
            guard event.step <= step else { return false }
            end = range.upperBound
            return true
        }
        guard end > 0 else {
            throw InputIssues(InputIssue(code: "event_header", file: path, message: "holds no whole record", help: "remove the file; the run then starts a new one"))
        }
        file = try AppendFile(path, empty: false)
        if end < bytes.count { try file.cut(to: end) }
    }

    /// Adds scalars at `step` (environment steps so far), in the order given. Throws `RecordNotWritten`, the file then being as before.
    package func write(_ scalars: [(tag: String, value: Float)], step: Int, wallTime: Double) throws(RecordNotWritten) {
        var bytes: [UInt8] = []
        for scalar in scalars {
            var value = TensorBoardSummary.Value()
            value.tag = scalar.tag
            value.simpleValue = scalar.value
            var event = TensorBoardEvent()
            event.wallTime = wallTime
            event.step = Int64(step)
            event.summary.value = [value]
            bytes += EventFile.record(event)
        }
        try file.append(bytes)
    }

    /// Adds a row of `progress.csv`: its numbers sorted by key, without the counters that are steps or times themselves
    /// (`time/iterations`, `time/time_elapsed`, `time/total_timesteps`, `train/n_updates`), as Stable-Baselines3 does.
    package func write(progress: [(key: String, value: LogValue)], step: Int, wallTime: Double) throws(RecordNotWritten) {
        let scalars = progress.compactMap { entry in
            EventFile.leftOut.contains(entry.key) ? nil : entry.value.scalar.map { (tag: entry.key, value: $0) }
        }
        try write(scalars.sorted { $0.tag.utf8.lexicographicallyPrecedes($1.tag.utf8) }, step: step, wallTime: wallTime)
    }

    package func synchronize() throws(RecordNotWritten) { try file.synchronize() }

    /// The name that TensorBoard's own writers give: `events.out.tfevents.{seconds}.{host}.{process}.{number}`.
    package static func name(seconds: Int, host: String = ProcessInfo.processInfo.hostName, process: Int = Int(getpid()), number: Int = 0) -> String {
        let digits = String(seconds)
        return "events.out.tfevents.\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits).\(host.replacing("/", with: "_")).\(process).\(number)"
    }

    private static let leftOut: Set = ["time/iterations", "time/time_elapsed", "time/total_timesteps", "train/n_updates"]

    private static func record(_ event: TensorBoardEvent) -> [UInt8] {
        // Encoding fails only for required fields or messages past 2 GiB; these have neither.
        guard let payload: [UInt8] = try? event.serializedBytes() else { preconditionFailure("EventFile: an event cannot be encoded") }
        let length = littleEndianBytes([UInt64(payload.count)])
        return length + littleEndianBytes([CRC32C.masked(length)]) + payload + littleEndianBytes([CRC32C.masked(payload)])
    }
}
