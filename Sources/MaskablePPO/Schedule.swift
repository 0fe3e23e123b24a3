/// A hyper-parameter over the course of training: a function of the remaining progress, 1 at the start and 0 at the end
/// (Stable-Baselines3's convention).
public enum Schedule: Sendable, Equatable, CustomStringConvertible {
    case constant(Double)
    case linear(from: Double, to: Double)

    /// `remaining` in [0, 1]; less than 0 (a last roll-out past the total) counts as 0, so that a rate which falls to 0 never turns negative.
    public func value(remaining: Double) -> Double {
        switch self {
        case .constant(let value): value
        case .linear(let from, let to): to + (from - to) * max(0, remaining)
        }
    }

    /// As written in experiment files: `0.0003`, or `0.0003 -> 0`.
    public var description: String {
        switch self {
        case .constant(let value): "\(value)"
        case .linear(let from, let to): "\(from) -> \(to)"
        }
    }

    /// Reads what `description` writes; nil when it is neither form.
    public init?(_ text: String) {
        let parts = text.split(separator: "->", omittingEmptySubsequences: false).map { part in
            Double(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed().map(String.init).joined())
        }
        switch (parts.count, parts.first ?? nil, parts.last ?? nil) {
        case (1, let value?, _) where value.isFinite: self = .constant(value)
        case (2, let from?, let to?) where from.isFinite && to.isFinite: self = .linear(from: from, to: to)
        default: return nil
        }
    }
}
