internal import ComponentKit
internal import Foundation

/// A text file line by line, a block at a time: memory is that of the longest line, whatever the file's size.
package struct StreamedLines {
    package static let longestLine = 1 << 22

    /// Calls `body` with each line (without its end, `\r` dropped) and its number from 1, until it says false. A file that does not end in a line end has its last line marked `isCut`.
    ///
    /// Throws `InputMissing`, or `InputIssues` for a line above 4 MiB or with a zero byte: that is no text log.
    package static func read(_ path: String, _ body: (_ line: String, _ number: Int, _ isCut: Bool) throws -> Bool) throws {
        let file = try OpenFile(path)
        var rest: [UInt8] = [], number = 0
        func issue(_ message: String) -> InputIssues {
            InputIssues(InputIssue(code: "not_text", file: path, line: number + 1, message: message, help: "name a text log, a TensorBoard event file or a run folder"))
        }
        func take(_ bytes: ArraySlice<UInt8>, isCut: Bool) throws -> Bool {
            if bytes.contains(0) { throw issue("holds a zero byte: this is no text log") }
            var line = bytes
            if line.last == 0x0D { line.removeLast() }
            if number == 0, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
            number += 1
            return try body(String(decoding: line, as: UTF8.self), number, isCut)
        }
        while let block = try file.next() {
            var start = 0
            for k in block.indices where block[k] == 0x0A {
                let isEmpty = rest.isEmpty
                if !isEmpty { rest += block[start..<k] }
                guard try take(isEmpty ? block[start..<k] : rest[...], isCut: false) else { return }
                rest.removeAll(keepingCapacity: true)
                start = k + 1
            }
            rest += block[start...]
            if rest.count > longestLine { throw issue("a line is longer than 4 MiB: this is no text log") }
        }
        if !rest.isEmpty { _ = try take(rest[...], isCut: true) }
    }
}

/// A file read in blocks of a mebibyte.
final class OpenFile {
    private let descriptor: Int32
    private let path: String
    let size: Int

    init(_ path: String) throws {
        func missing(_ code: String, _ message: String, _ help: String) -> InputMissing { InputMissing(InputIssue(code: code, file: path, message: message, help: help)) }
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let folder = (path as NSString).deletingLastPathComponent
            let near = suggestion(for: (path as NSString).lastPathComponent, among: (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? [])
            throw missing(
                errno == ENOENT || errno == ENOTDIR ? "missing" : "unreadable", errno == ENOENT || errno == ENOTDIR ? "no such file" : "cannot be opened: \(String(cString: strerror(errno)))",
                near.map { "did you mean '\(folder.isEmpty ? $0 : (folder as NSString).appendingPathComponent($0))'?" } ?? "check the path; relative paths start at the current directory")
        }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw missing("directory", "is a directory", "name a run folder, or a file inside this one")
        }
        size = Int(info.st_size)
    }

    deinit { close(descriptor) }

    /// The next block; nil at the end.
    func next(_ count: Int = 1 << 20) throws -> [UInt8]? {
        while true {
            var got = 0
            let block = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
                got = Foundation.read(descriptor, buffer.baseAddress!, count)
                used = max(0, got)
            }
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw InputMissing(InputIssue(code: "unreadable", file: path, message: "cannot be read: \(String(cString: strerror(errno)))", help: "check the disk and the file's rights")) }
            return got == 0 ? nil : block
        }
    }
}

/// A curve of any length in bounded memory: when it is full, neighbours are averaged two by two.
package struct BoundedCurve: Sendable {
    package static let limit = 4_096
    private(set) var points: [(step: Double, value: Double, weight: Double)] = []
    private var width = 1.0
    /// The first value as logged.
    private(set) var first: Double?

    package init() {}

    package mutating func add(step: Double, value: Double) {
        guard value.isFinite, step.isFinite else { return }
        if first == nil { first = value }
        if var last = points.last, last.weight < width {
            last.value += (value - last.value) / (last.weight + 1)
            (last.step, last.weight) = (step, last.weight + 1)
            points[points.count - 1] = last
        } else {
            points.append((step, value, 1))
        }
        guard points.count > Self.limit else { return }
        width *= 2
        points = stride(from: 0, to: points.count - 1, by: 2).map { k in
            let a = points[k], b = points[k + 1], weight = a.weight + b.weight
            return (b.step, (a.value * a.weight + b.value * b.weight) / weight, weight)
        } + (points.count % 2 == 1 ? [points[points.count - 1]] : [])
    }

    package var curve: [TrainingLog.Point] { points.map { TrainingLog.Point(step: $0.step, value: $0.value) } }
    /// How many logged values a point stands for.
    package var thinning: Double { width }
}
