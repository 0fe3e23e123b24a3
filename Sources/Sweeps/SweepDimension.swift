internal import ComponentKit
internal import NumericKernels
internal import RealModule

/// One thing that a sweep varies: `reward.TERM` (a weight), or any part of an experiment by its name, such as `ppo.ent_coef`.
public struct SweepDimension: Sendable, Equatable {
    public enum Scale: String, Sendable { case linear, log, int }
    public enum Values: Sendable, Equatable {
        /// Tried as they are written, in this order.
        case list([String])
        /// From `low` to `high`, both included; `points` equally spaced ones in a grid.
        case range(low: Double, high: Double, scale: Scale, points: Int?)
    }

    public let name: String
    public let values: Values
    /// As written after the name.
    public let text: String

    package static let forms = "NAME=a,b,c (these values), NAME=lo..hi (a range), NAME=lo..hi/5 (five of it), NAME=log:lo..hi or NAME=int:lo..hi"

    /// `NAME=VALUES` of `--vary`. Throws `InputIssues`.
    public init(_ argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw InputIssues(InputIssue(code: "vary", message: "--vary '\(argument)' is not of the form NAME=VALUES", help: "write \(Self.forms)"))
        }
        do throws(Malformed) {
            try self.init(name: parts[0], text: parts[1])
        } catch {
            throw InputIssues(InputIssue(code: "vary", message: "--vary '\(argument)': \(error.message)", help: "write \(Self.forms)"))
        }
    }

    package struct Malformed: Error { package let message: String }

    package init(name: String, text: String) throws(Malformed) {
        self.name = name
        self.text = text
        values = try Self.parse(text)
    }

    package init(name: String, list: [String]) {
        self.name = name
        values = .list(list)
        text = list.joined(separator: ",")
    }

    private static func parse(_ text: String) throws(Malformed) -> Values {
        guard text.contains(".."), !text.contains(",") else {
            let list = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
            if list.contains("") { throw Malformed(message: "a value is empty") }
            if let twice = Dictionary(grouping: list, by: { $0 }).first(where: { $1.count > 1 })?.key { throw Malformed(message: "the value '\(twice)' is listed twice") }
            return .list(list)
        }
        var body = text[...], scale = Scale.linear, points: Int?
        if let colon = body.firstIndex(of: ":") {
            guard let found = Scale(rawValue: String(body[..<colon]).trimmed) else { throw Malformed(message: "'\(body[..<colon])' is no scale: log or int") }
            scale = found
            body = body[body.index(after: colon)...]
        }
        if let slash = body.firstIndex(of: "/") {
            guard let count = Int(String(body[body.index(after: slash)...]).trimmed), (2...10_000).contains(count) else { throw Malformed(message: "after '/' stands how many points, 2 to 10000") }
            points = count
            body = body[..<slash]
        }
        guard let dots = body.firstRange(of: ".."), let low = Double(String(body[..<dots.lowerBound]).trimmed), let high = Double(String(body[dots.upperBound...]).trimmed), low.isFinite,
            high.isFinite
        else { throw Malformed(message: "'\(body)' is no range of two numbers") }
        if low >= high { throw Malformed(message: "the range from \(shortNumber(low)) to \(shortNumber(high)) is empty") }
        if scale == .log, low <= 0 { throw Malformed(message: "a logarithmic range must begin above 0") }
        if scale == .int, low != low.rounded() || high != high.rounded() { throw Malformed(message: "an int range goes from one whole number to another") }
        return .range(low: low, high: high, scale: scale, points: points)
    }

    /// The values that a grid takes; nil for a range that does not say how many.
    package var gridValues: [String]? {
        switch values {
        case .list(let list): return list
        case .range(_, _, _, nil): return nil
        case .range(let low, let high, let scale, let points?):
            var seen: [String] = []
            for k in 0..<points {
                // The ends exactly: a value a rounding error past its bound would be refused.
                let text = k == 0 ? Self.number(low) : k == points - 1 ? Self.number(high) : value(at: Double(k) / Double(points - 1), endsIncluded: true)
                if seen.last != text || scale != .int { seen.append(text) }
            }
            return seen
        }
    }

    /// The value at `u` in [0, 1) of the dimension.
    package func value(at u: Double, endsIncluded: Bool = false) -> String {
        switch values {
        case .list(let list): return list[min(list.count - 1, Int(u * Double(list.count)))]
        case .range(let low, let high, .linear, _): return Self.number(low + u * (high - low))
        case .range(let low, let high, .log, _): return Self.number(min(high, max(low, Double.exp(Double.log(low) + u * (Double.log(high) - Double.log(low))))))
        case .range(let low, let high, .int, _):
            return Self.number(endsIncluded ? (low + u * (high - low)).rounded() : min(high, (low + u * (high - low + 1)).rounded(.down)))
        }
    }

    /// Twelve significant digits at most, whole numbers without a fraction: 0.1, not 0.10000000000000002.
    private static func number(_ x: Double) -> String {
        if x == x.rounded(), x.magnitude < 1e15 { return String(Int(x)) }
        var exponent = 0, size = x.magnitude
        while size < 1e11 { (size, exponent) = (size * 10, exponent - 1) }
        while size >= 1e12 { (size, exponent) = (size / 10, exponent + 1) }
        return "\(Double("\(x < 0 ? "-" : "")\(Int(size.rounded()))e\(exponent)") ?? x)"
    }
}

extension String {
    fileprivate var trimmed: String {
        let isSpace = { (c: Character) in c == " " || c == "\t" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}

extension Substring { fileprivate var trimmed: String { String(self).trimmed } }
