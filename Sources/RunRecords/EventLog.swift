internal import ComponentKit
internal import SwiftProtobuf

/// The scalars of a TensorBoard event file, whoever wrote it.
package struct EventLog: Sendable {
    package struct Point: Sendable, Equatable {
        package let step: Int
        /// Seconds since 1970.
        package let wallTime: Double
        package let value: Double

        package init(step: Int, wallTime: Double, value: Double) {
            self.step = step
            self.wallTime = wallTime
            self.value = value
        }
    }

    /// Points by tag, in file order. Both forms of a scalar are read: `simple_value`, and a tensor of one element (a newer writer's).
    package private(set) var scalars: [String: [Point]] = [:]
    /// Values of other kinds (histograms, images, text), which are skipped.
    package private(set) var others = 0
    /// The file ends inside a record: its writer was stopped, or is still at work.
    package private(set) var isCut = false

    /// Tags in alphabetical order.
    package var tags: [String] { scalars.keys.sorted() }

    /// Reads `path`. Throws `InputMissing`, or `InputIssues` for a file that is no event file or is damaged before its end.
    package init(file path: String) throws {
        let bytes = try readBytes(path, help: "check the path")
        isCut = try EventReader(file: path).forEach(bytes) { event, _ in
            for value in event.summary.value { add(value, event) }
            return true
        }
    }

    private mutating func add(_ value: TensorBoardSummary.Value, _ event: TensorBoardEvent) {
        let number = EventLog.scalar(value)
        guard let number else {
            others += 1
            return
        }
        scalars[value.tag, default: []].append(Point(step: Int(event.step), wallTime: event.wallTime, value: number))
    }

    /// The number that `value` is, in either form; nil for histograms, images and texts.
    static func scalar(_ value: TensorBoardSummary.Value) -> Double? {
        switch value.value {
        case .simpleValue(let number): Double(number)
        case .tensor(let tensor): isScalar(value, tensor) ? number(tensor) : nil
        case nil: nil
        }
    }

    /// One element, and no plugin but the scalars' own: later records of a tag come without metadata.
    private static func isScalar(_ value: TensorBoardSummary.Value, _ tensor: TensorBoardTensor) -> Bool {
        let plugin = value.metadata.pluginData.pluginName
        return (plugin.isEmpty || plugin == "scalars") && tensor.tensorShape.dim.allSatisfy { $0.size == 1 }
    }

    /// The single element of a numeric tensor, from its typed list or its raw bytes.
    private static func number(_ tensor: TensorBoardTensor) -> Double? {
        let raw = [UInt8](tensor.tensorContent)
        func bits(_ count: Int) -> UInt64? {
            raw.count == count ? raw.enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) } : nil
        }
        switch tensor.dtype {
        case 1: return (tensor.floatVal.first ?? bits(4).map { Float(bitPattern: UInt32($0)) }).map(Double.init)
        case 2: return tensor.doubleVal.first ?? bits(8).map { Double(bitPattern: $0) }
        case 3: return (tensor.intVal.first ?? bits(4).map { Int32(bitPattern: UInt32($0)) }).map(Double.init)
        case 9: return (tensor.int64Val.first ?? bits(8).map { Int64(bitPattern: $0) }).map(Double.init)
        case 14: return (tensor.halfVal.first.map { UInt32(truncatingIfNeeded: $0) } ?? bits(2).map(UInt32.init)).map { Double(Float(bitPattern: $0 << 16)) }
        case 19: return (tensor.halfVal.first.map { UInt16(truncatingIfNeeded: $0) } ?? bits(2).map(UInt16.init)).map(half)
        default: return nil
        }
    }

    /// IEEE 754 binary16.
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits >> 15 == 1 ? -1 : 1
        let exponent = Int(bits >> 10 & 31), fraction = Double(bits & 1023) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}

/// Walks the records of an event file.
struct EventReader {
    let file: String

    /// Calls `body` with each event and where its record stands, until it says false. True when the file ends inside a record.
    ///
    /// Throws `InputIssues` where a checksum disagrees or a record is no event: nothing after that place can be trusted.
    func forEach(_ bytes: [UInt8], _ body: (TensorBoardEvent, Range<Int>) throws -> Bool) throws -> Bool {
        var at = 0
        while at < bytes.count {
            guard bytes.count - at >= 12 else { return true }
            let length = number(bytes, at, 8)
            guard number(bytes, at + 8, 4) == UInt64(CRC32C.masked(bytes[at..<at + 8])) else { throw damaged(at, "the checksum of its length disagrees") }
            guard length <= UInt64(bytes.count) else { return true }
            let start = at + 12, end = start + Int(length)
            guard end + 4 <= bytes.count else { return true }
            guard number(bytes, end, 4) == UInt64(CRC32C.masked(bytes[start..<end])) else { throw damaged(at, "its checksum disagrees") }
            guard let event = try? TensorBoardEvent(serializedBytes: Array(bytes[start..<end])) else { throw damaged(at, "it is no TensorBoard event") }
            guard try body(event, at..<end + 4) else { return false }
            at = end + 4
        }
        return false
    }

    private func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }

    private func damaged(_ at: Int, _ why: String) -> InputIssues {
        InputIssues(
            at == 0
                ? InputIssue(code: "not_events", file: file, message: "is not a TensorBoard event file", help: "event files are called events.out.tfevents...")
                : InputIssue(code: "events_damaged", file: file, message: "the record at byte \(at) is damaged: \(why)", help: "copy the file again; everything before that byte is whole"))
    }
}
