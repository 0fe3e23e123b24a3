internal import ComponentKit
public import Features
internal import NumericKernels
internal import TradingTypes

/// Features of an intraday market: `columns[f][row]` over all rows of the market.
///
/// NaN in pre-market rows and while a feature warms up; finite in every regular row of every day that is no warm-up day, and in all regular rows
/// from row `IntradayFeatureCatalog.warmUpRows` of a stretch on. A stretch is a run of consecutive sessions of one symbol: where a session is missing,
/// everything starts anew, and the first session of the stretch only warms up.
public struct IntradayFeatures: Sendable {
    public let names: [String]
    public let columns: [[Double]]

    public var count: Int { columns.first?.count ?? 0 }

    public init(names: [String], columns: [[Double]]) {
        precondition(names.count == columns.count, "\(names.count) feature names for \(columns.count) columns")
        self.names = names
        self.columns = columns
    }

    /// The column of a feature id, nil when there is none of that name.
    public subscript(name: String) -> [Double]? { names.firstIndex(of: name).map { columns[$0] } }
}

/// Computes a set of features (`d1`, `levels`, `all`) over a whole market, causally. One thread, O(rows).
public func computeIntradayFeatures(_ market: IntradayMarket, set: String = "all") -> IntradayFeatures {
    guard let names = IntradayFeatureCatalog.sets[set] else {
        preconditionFailure("no intraday feature set '\(set)': one of \(IntradayFeatureCatalog.sets.keys.sorted())")
    }
    return computeIntradayFeatures(market, names: names)
}

/// Computes the named features, in the order given. Names must be of the catalogue.
public func computeIntradayFeatures(_ market: IntradayMarket, names: [String]) -> IntradayFeatures {
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let families = IntradayFeatureCatalog.standard.filter { $0.cards.contains { places[$0.name] != nil } }
    for name in names { precondition(IntradayFeatureCatalog.card(name) != nil, "no intraday feature '\(name)'") }
    // Of every feature its columns stretch by stretch, and the days they belong to; put on the market's rows at the end, each column once.
    var made = [[[Double]]](repeating: [], count: names.count)
    var blocks: [RowBlock] = []
    var stretch = 0
    for symbol in market.symbols {
        for days in stretches(market.days[symbol.days]) {
            let inputs = IntradayInputs(market, days: days)
            for family in families {
                let columns = family.columns(inputs)
                precondition(columns.count == family.cards.count, "\(family) made \(columns.count) columns for \(family.cards.count) cards")
                for (card, column) in zip(family.cards, columns) {
                    if let place = places[card.name] { made[place].append(column) }
                }
            }
            for (day, session) in zip(days, inputs.sessions) { blocks.append(RowBlock(rows: day.regular, source: stretch, from: session.rows.lowerBound)) }
            stretch += 1
        }
    }
    return IntradayFeatures(names: names, columns: made.map { scatterBlocks($0, blocks, count: market.rowCount) })
}

/// Cuts days where a session has no predecessor in the data.
private func stretches(_ days: ArraySlice<IntradayDay>) -> [ArraySlice<IntradayDay>] {
    var out: [ArraySlice<IntradayDay>] = []
    var begin = days.startIndex
    for i in days.indices where i > begin && days[i].previousClose.isNaN {
        out.append(days[begin..<i])
        begin = i
    }
    if begin < days.endIndex { out.append(days[begin...]) }
    return out
}

/// Summarises every feature over the regular rows of some days (all trading days when nil), in the table's order.
public func summarize(_ features: IntradayFeatures, _ market: IntradayMarket, days: [Int]? = nil) -> [FeatureSummary] {
    let days = days ?? market.tradingDays
    return zip(features.names, features.columns).map { name, column in
        var values: [Double] = []
        for d in days { values.append(contentsOf: column[market.days[d].regular]) }
        let present = values.filter { !$0.isNaN }, n = Double(present.count)
        let mean = present.reduce(0, +) / n
        let card = IntradayFeatureCatalog.card(name)
        return FeatureSummary(
            name: name, formula: card?.formula ?? "", unit: card?.unit ?? "", mean: mean,
            deviation: (present.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot(), minimum: present.min() ?? .nan, maximum: present.max() ?? .nan,
            missingShare: values.isEmpty ? 0 : Double(values.count - present.count) / Double(values.count))
    }
}
