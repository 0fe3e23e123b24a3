internal import Foundation

/// A JSON value under construction. A number that is not finite becomes `null` with its reason beside it.
package indirect enum JSONNode: Encodable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONNode])
    case object([String: JSONNode])

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }

    /// One document with sorted keys and a final newline.
    package func document() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

/// An object under construction.
package struct JSONObject: Sendable {
    package private(set) var members: [String: JSONNode] = [:]

    package init() {}

    package var node: JSONNode { .object(members) }

    package subscript(key: String) -> JSONNode? {
        get { members[key] }
        set { members[key] = newValue }
    }

    /// `key: value`, or `key: null` and `key_reason` when there is no finite value.
    package mutating func put(_ key: String, _ value: Double?, reason: String = "") {
        if let value, value.isFinite {
            members[key] = .number(value)
        } else {
            putNull(key, reason: reason.isEmpty ? (value.map { $0.isNaN ? "not a number" : "not finite" } ?? "not estimated") : reason)
        }
    }

    package mutating func put(_ key: String, _ interval: (low: Double, high: Double)?, reason: String = "") {
        if let interval, interval.low.isFinite, interval.high.isFinite {
            members[key] = .list([.number(interval.low), .number(interval.high)])
        } else {
            putNull(key, reason: reason.isEmpty ? (interval == nil ? "no interval was estimated" : "the interval is not finite") : reason)
        }
    }

    package mutating func putNull(_ key: String, reason: String) {
        members[key] = .null
        members[key + "_reason"] = .text(reason)
    }
}
