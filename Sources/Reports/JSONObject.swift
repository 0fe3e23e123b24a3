package import RunRecords

extension JSONValue {
    /// A number; `null` where it is not finite.
    package static func measured(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }
}

/// An object under construction.
package struct JSONObject: Sendable {
    package private(set) var members: [String: JSONValue] = [:]

    package init() {}

    package var node: JSONValue { .object(members) }

    package subscript(key: String) -> JSONValue? {
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
