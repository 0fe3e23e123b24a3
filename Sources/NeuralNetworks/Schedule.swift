internal import RealModule

/// A hyper-parameter over the course of training: learning rate, clip range, entropy coefficient.
///
/// In files: `0.0003`; `0.0003 -> 0`, a straight line; `0.0003 -> 0 cosine`, half a cosine; each with `, warm-up 5%` behind it, the share of the
/// steps over which the value first rises from 0 in a straight line; the shape then runs over the rest.
public struct Schedule: Sendable, Equatable, CustomStringConvertible {
    public enum Shape: String, Sendable, CaseIterable {
        /// to + (from - to) r, Stable-Baselines3's `LinearSchedule` (r: what remains).
        case linear
        /// to + (from - to) (1 + cos(pi (1 - r))) / 2: Loshchilov and Hutter 2017, equation 5, one cycle.
        case cosine
    }

    public let shape: Shape
    public let from: Double
    public let to: Double
    /// In [0, 1).
    public let warmUp: Double

    public init(_ shape: Shape, from: Double, to: Double, warmUp: Double = 0) {
        precondition(warmUp >= 0 && warmUp < 1, "warm-up share \(warmUp) is outside [0, 1)")
        self.shape = shape
        self.from = from
        self.to = to
        self.warmUp = warmUp
    }

    public static func constant(_ value: Double) -> Schedule { Schedule(.linear, from: value, to: value) }
    public static func linear(from: Double, to: Double) -> Schedule { Schedule(.linear, from: from, to: to) }
    public static func cosine(from: Double, to: Double) -> Schedule { Schedule(.cosine, from: from, to: to) }

    /// The value throughout, where there is only one.
    public var constantValue: Double? { from == to && warmUp == 0 ? from : nil }

    /// The value with `remaining` of the steps to go: 1 at the start and 0 at the end (Stable-Baselines3's convention). Less than 0, a last
    /// roll-out past the total, counts as 0, so that a rate which falls to 0 never turns negative.
    public func value(remaining: Double) -> Double {
        var left = max(0, remaining)
        if warmUp > 0 {
            let done = 1 - min(left, 1)
            if done < warmUp { return from * done / warmUp }
            left = 1 - (done - warmUp) / (1 - warmUp)
        }
        switch shape {
        case .linear: return to + (from - to) * left
        case .cosine: return to + (from - to) * (1 + Double.cos(.pi * (1 - left))) / 2
        }
    }

    /// As written in files.
    public var description: String {
        let line = from == to ? "\(from)" : "\(from) -> \(to)\(shape == .cosine ? " cosine" : "")"
        return warmUp > 0 ? "\(line), warm-up \(warmUp * 100)%" : line
    }

    /// Reads what `description` writes; nil when it is none of the forms.
    public init?(_ text: String) {
        func trimmed(_ part: some StringProtocol) -> String { String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        var warmUp = 0.0
        if parts.count == 2 {
            let word = "warm-up "
            guard parts[1].hasPrefix(word), parts[1].hasSuffix("%"), let share = Double(trimmed(parts[1].dropFirst(word.count).dropLast())), share >= 0, share < 100 else { return nil }
            warmUp = share / 100
        } else if parts.count > 2 {
            return nil
        }
        var line = parts[0], shape = Shape.linear
        if line.hasSuffix(" cosine"), line.contains("->") { (line, shape) = (String(line.dropLast(" cosine".count)), .cosine) }
        let ends = line.split(separator: "->", omittingEmptySubsequences: false).map { Double(trimmed($0)) }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first.isFinite, last.isFinite else { return nil }
        self.init(shape, from: first, to: last, warmUp: warmUp)
    }
}
