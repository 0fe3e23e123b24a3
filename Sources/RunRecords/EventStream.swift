internal import ComponentKit
internal import Foundation
internal import SwiftProtobuf

/// The scalars of a TensorBoard event file, a record at a time: memory is that of the largest record, whatever the file's size.
package enum EventStream {
    /// Records above this are passed over unread: no scalar is that long.
    package static let longestRecord = 1 << 24

    /// Calls `body` with each scalar. Returns whether the file ends inside a record, and how many values are of other kinds.
    ///
    /// Throws `InputMissing`, or `InputIssues` for a file that is no event file or is damaged before its end.
    package static func read(_ path: String, _ body: (_ tag: String, _ step: Int, _ value: Double) -> Void) throws -> (isCut: Bool, skipped: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw InputMissing(InputIssue(code: "missing", file: path, message: "cannot be opened: \(String(cString: strerror(errno)))", help: "check the path")) }
        defer { close(descriptor) }
        var buffer: [UInt8] = [], start = 0, place = 0, ended = false
        func fill(_ count: Int) throws -> Bool {
            while buffer.count - start < count, !ended {
                if start > 0 {
                    buffer.removeSubrange(0..<start)
                    start = 0
                }
                var block = [UInt8](repeating: 0, count: max(1 << 20, count - buffer.count)), got = 0
                repeat { got = Foundation.read(descriptor, &block, block.count) } while got < 0 && errno == EINTR
                if got < 0 { throw InputMissing(InputIssue(code: "unreadable", file: path, message: "cannot be read: \(String(cString: strerror(errno)))", help: "check the disk and the file's rights")) }
                if got == 0 { ended = true }
                buffer += block.prefix(got)
            }
            return buffer.count - start >= count
        }
        func damaged(_ why: String) -> InputIssues {
            InputIssues(
                place == 0
                    ? InputIssue(code: "not_events", file: path, message: "is not a TensorBoard event file", help: "event files are called events.out.tfevents...")
                    : InputIssue(code: "events_damaged", file: path, message: "the record at byte \(place) is damaged: \(why)", help: "copy the file again; everything before that byte is whole"))
        }
        func number(_ at: Int, _ count: Int) -> UInt64 { (0..<count).reduce(0) { $0 | UInt64(buffer[start + at + $1]) << UInt64(8 * $1) } }
        var skipped = 0
        while try fill(12) {
            let length = number(0, 8)
            guard number(8, 4) == UInt64(CRC32C.masked(buffer[start..<start + 8])) else { throw damaged("the checksum of its length disagrees") }
            guard length < UInt64(longestRecord) else {
                // Passed over in blocks: its content is not looked at.
                var left = Int(clamping: length)
                guard left < Int.max - 16 else { return (true, skipped) }
                left += 16
                let whole = left
                while left > 0 {
                    guard try fill(1) else { return (true, skipped) }
                    let part = min(left, buffer.count - start)
                    start += part
                    left -= part
                }
                place += whole
                skipped += 1
                continue
            }
            let size = Int(length)
            guard try fill(size + 16) else { return (true, skipped) }
            let payload = buffer[start + 12..<start + 12 + size]
            guard number(12 + size, 4) == UInt64(CRC32C.masked(payload)) else { throw damaged("its checksum disagrees") }
            guard let event = try? TensorBoardEvent(serializedBytes: Array(payload)) else { throw damaged("it is no TensorBoard event") }
            for value in event.summary.value {
                if let scalar = EventLog.scalar(value) { body(value.tag, Int(event.step), scalar) } else { skipped += 1 }
            }
            start += size + 16
            place += size + 16
        }
        if place == 0 {
            if buffer.isEmpty { throw InputIssues(InputIssue(code: "empty", file: path, message: "is empty", help: "name an event file of a run that has logged something")) }
            throw damaged("")
        }
        return (buffer.count > start, skipped)
    }
}
