package import OptionsEnvironment

/// What an agent did on the options market, in the terms of the scalping case: mixes told apart flat and in a trade, setups taken, trades and how they ended.
///
/// Counts are of decisions with more than one action allowed; chosen actions, not executed ones. All of it adds up over parts.
public struct ScalpStatistics: Sendable, Equatable {
    /// Decisions by action, flat and in a trade, [A].
    public var flat = [Double](repeating: 0, count: OptionAction.allCases.count)
    public var inTrade = [Double](repeating: 0, count: OptionAction.allCases.count)
    /// Flat decisions on a strong setup, and BUYs among them.
    public var strongDecisions = 0.0
    public var strongBuys = 0.0
    /// Trades by how they ended, in the order of `TradeEnding`.
    public var endings = [Double](repeating: 0, count: TradeEnding.allCases.count)
    /// Sum, squares and number of positive ones of the trades' net profits, fractions of the premium paid.
    public var profit = 0.0
    public var squares = 0.0
    public var wins = 0.0
    public var costs = 0.0
    /// Episodes ended.
    public var episodes = 0.0

    public init() {}

    public static func + (a: Self, b: Self) -> Self { Self(words: zip(a.words, b.words).map { $0 + $1 }) }

    package mutating func add(_ step: RecordedStep, mask: UInt32, isStrong: Bool) {
        let action = Int(step.facts.chosen)
        if mask.nonzeroBitCount > 1 {
            if step.before.isFlat {
                flat[action] += 1
                if isStrong {
                    strongDecisions += 1
                    if action == 1 || action == 2 { strongBuys += 1 }
                }
            } else {
                inTrade[action] += 1
            }
        }
        costs += step.facts.cost
        if step.facts.closed {
            endings[Int(step.facts.ending)] += 1
            profit += step.facts.tradeReturn
            squares += step.facts.tradeReturn * step.facts.tradeReturn
            if step.facts.tradeReturn > 0 { wins += 1 }
        }
        if step.facts.episode != 0 { episodes += 1 }
    }

    public var trades: Double { endings.reduce(0, +) }
    public var flatDecisions: Double { flat.reduce(0, +) }
    /// Mean net profit of a trade, fraction of the premium paid; nil without trades.
    public var expectancy: Double? { trades > 0 ? profit / trades : nil }
    /// Standard error of the expectancy, trades taken as independent; nil below two trades.
    public var expectancyError: Double? {
        trades > 1 ? (max(0, squares / trades - (profit / trades) * (profit / trades)) / (trades - 1)).squareRoot() : nil
    }
    public var winRate: Double? { trades > 0 ? wins / trades : nil }
    /// Share of flat decisions that HOLD; of all flat decisions that BUY; of those on a strong setup that BUY.
    public var holdWhileFlat: Double? { flatDecisions > 0 ? flat[0] / flatDecisions : nil }
    public var buyRate: Double? { flatDecisions > 0 ? (flat[1] + flat[2]) / flatDecisions : nil }
    public var strongBuyRate: Double? { strongDecisions > 0 ? strongBuys / strongDecisions : nil }
    /// How many times likelier a BUY is on a strong setup; nil where either rate is unknown or no BUY was chosen.
    public var setupLift: Double? {
        guard let all = buyRate, let strong = strongBuyRate, all > 0 else { return nil }
        return strong / all
    }
    /// HOLD, BUY_CALL and BUY_PUT as the audit's table has them: flat or not, as shares of these three alone, so that they add up to 1; nil without any.
    public var auditShares: [Double]? {
        let counts = (0..<3).map { flat[$0] + inTrade[$0] }, sum = counts.reduce(0, +)
        return sum > 0 ? counts.map { $0 / sum } : nil
    }
    public var tradesPerEpisode: Double? { episodes > 0 ? trades / episodes : nil }

    /// All counts, for checkpoints.
    package var words: [Double] { flat + inTrade + [strongDecisions, strongBuys] + endings + [profit, squares, wins, costs, episodes] }
    package static let wordCount = 20

    package init(words w: [Double]) {
        precondition(w.count == Self.wordCount, "\(w.count) words of scalping statistics")
        flat = Array(w[0..<5])
        inTrade = Array(w[5..<10])
        (strongDecisions, strongBuys) = (w[10], w[11])
        endings = Array(w[12..<15])
        (profit, squares, wins, costs, episodes) = (w[15], w[16], w[17], w[18], w[19])
    }
}
