public import Intraday
package import NetworkKernels
public import OptionPricing

/// One day of a market of options: its rows, and the contracts that the rule may pick on it.
public struct OptionsDay: Sendable, Equatable {
    /// Index into `IntradayMarket.days`.
    public let sourceDay: Int
    public let symbol: String
    /// Day number of the New York date.
    public let date: Int
    /// Rows of the regular session, as rows of the options market.
    public let rows: Range<Int>
    public let contracts: Range<Int>
    /// Minutes between the close of the day's session and the contracts' expiry; whole and days off between them.
    public let minutesAfterClose: Double
    public let sessionsAhead: Int
    public let daysOff: Int
}

/// A contract that the rule picks at some minute of a day.
public struct DayContract: Sendable, Equatable {
    public let right: OptionRight
    public let strike: Double
    /// Day number of the New York date of expiry.
    public let expiry: Int
    /// Index into `OptionsMarket.days`.
    public let day: Int
    /// First row of the options market for which its table holds prices: the first at which it is picked.
    public let firstRow: Int
    /// Row of the contract tables that belongs to `firstRow`.
    public let firstEntry: Int
    /// Whether any of its prices come from a file of quotes.
    public let isQuoted: Bool

    /// Row of the contract tables for row `row` of the market.
    public func entry(_ row: Int) -> Int { firstEntry + row - firstRow }
}

/// The intraday market as the options environment needs it: every price and feature of every contract that can be in hand, in tables, so that a step is
/// a look-up.
///
/// R rows: the regular minutes of the trading days, of all symbols, days side by side. Decisions are taken at a row's close with what is known then: every
/// entry of row t depends on minutes up to t. Q entries: for each contract, one a row from the first at which the rule picks it to the day's last. Prices are
/// European; real SPY and QQQ options can be exercised early, which is worth next to nothing at the money within days of expiry.
///
/// About 110 bytes an entry; a day of 390 minutes at a price of 500 picks some ten to twenty contracts.
public final class OptionsMarket: Sendable {
    public let source: IntradayMarket
    public let configuration: OptionsConfiguration
    public let days: [OptionsDay]
    public let contracts: [DayContract]
    /// Row of the intraday market, [R].
    public let sourceRows: [Int]
    /// Index into `days`, [R].
    public let dayOfRow: [Int32]
    /// The contracts that BUY_CALL and BUY_PUT buy at each row, [R].
    public let callContract, putContract: [Int32]
    /// Regime of each row, [R].
    public let regimes: [UInt8]
    /// Level of implied volatility at each row, annual over trading time, [R].
    public let level: [Double]
    /// Names and columns of the features of the underlying, [F][R].
    public let marketNames: [String]
    public let marketColumns: [[Double]]
    /// Bid and ask in ticks, [Q x 2].
    package let quotes: FloatBlock
    /// Features of contracts, one row of `ContractFeature.allCases` an entry, [Q x C].
    package let contractFeatures: FloatBlock
    /// Minutes to the close of the session, [R].
    public let minutesToClose: [Double]
    package let rowFacts: [RowFacts]
    package let contractFacts: [ContractFacts]
    private let marketIndex: [String: Int]

    public var rowCount: Int { sourceRows.count }
    public var tick: Double { configuration.spread.tick }

    /// - Parameter features: columns of the underlying by name, as long as `market`; names that `market` itself knows (bars, clock) are added.
    public init(_ market: IntradayMarket, features: [(name: String, column: [Double])], _ configuration: OptionsConfiguration = OptionsConfiguration()) {
        source = market
        self.configuration = configuration
        let tables = ContractTables(market, configuration)
        days = tables.days
        contracts = tables.contracts
        sourceRows = tables.sourceRows
        dayOfRow = tables.dayOfRow
        callContract = tables.callContract
        putContract = tables.putContract
        level = tables.level
        quotes = FloatBlock(tables.quotes)
        contractFeatures = FloatBlock(tables.features)
        let rows = tables.sourceRows
        regimes = rows.map { market.regime[$0] }
        minutesToClose = rows.map { market.minutesToClose[$0] }
        let last = Set(tables.days.map { $0.rows.upperBound - 1 })
        rowFacts = rows.indices.map { r in
            RowFacts(
                call: tables.callContract[r], put: tables.putContract[r], isOpenForEntry: market.minutesToClose[rows[r]] > Double(configuration.noEntryMinutes),
                regime: market.regime[rows[r]], isLastOfDay: last.contains(r))
        }
        contractFacts = tables.contracts.map { ContractFacts(offset: $0.firstEntry - $0.firstRow, sign: $0.right == .call ? 1 : -1) }
        var names: [String] = [], columns: [[Double]] = []
        for (name, column) in features {
            precondition(column.count == market.rowCount, "feature '\(name)' has \(column.count) rows, the market \(market.rowCount)")
            names.append(name)
            columns.append(rows.map { column[$0] })
        }
        let plain: [(String, [Double])] = [
            ("open", market.open), ("high", market.high), ("low", market.low), ("close", market.close), ("volume", market.volume),
            ("minutes_since_open", market.minutesSinceOpen), ("minutes_to_close", market.minutesToClose), ("vix", market.volatilityIndex),
            ("regime", market.regime.map(Double.init)),
        ]
        for (name, column) in plain where !names.contains(name) {
            names.append(name)
            columns.append(rows.map { column[$0] })
        }
        marketNames = names
        marketColumns = columns
        marketIndex = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    /// A column of the underlying, [R]; nil when there is none of that name.
    public func column(_ name: String) -> [Double]? { marketIndex[name].map { marketColumns[$0] } }

    /// Bid and ask of a contract at a row, dollars.
    public func quote(_ contract: Int, row: Int) -> (bid: Double, ask: Double) {
        let e = contracts[contract].entry(row)
        return (Double(quotes[2 * e]) * tick, Double(quotes[2 * e + 1]) * tick)
    }

    /// A feature of a contract at a row.
    public func feature(_ feature: ContractFeature, of contract: Int, row: Int) -> Double {
        Double(contractFeatures[contracts[contract].entry(row) * ContractFeature.allCases.count + feature.rawValue])
    }

    /// The days whose source day is one of `sourceDays` (a part of `IntradayMarket.split`), as indices into `days`.
    public func days(of sourceDays: [Int]) -> [Int] {
        let wanted = Set(sourceDays)
        return days.indices.filter { wanted.contains(days[$0].sourceDay) }
    }
}

/// What is known of a contract at each minute, in the order of the tables.
public enum ContractFeature: Int, Sendable, CaseIterable {
    case delta, gamma, theta, vega, impliedVolatility, volatilityChange, midChange, midChange5, stability, spread, relativeMove, thetaShare, premium,
        minutesToExpiry

    /// Columns of the tables.
    package static let count = allCases.count

    /// The name in expressions (REWARD-ANALYSIS D1).
    public var name: String {
        [
            "delta", "gamma", "theta", "vega", "iv", "iv_pct", "mid_change", "mid_change_5", "premium_stability", "spread_frac", "delta_rel_move",
            "theta_share", "premium", "minutes_to_expiry",
        ][rawValue]
    }
}
