/// A listed option.
public struct OptionContract: Sendable, Hashable, CustomStringConvertible {
    public let root: String
    /// Day number of the New York date on which it expires (16:00 for the series here).
    public let expiry: Int
    public let strike: Double
    public let isCall: Bool

    public init(root: String, expiry: Int, strike: Double, isCall: Bool) {
        self.root = root
        self.expiry = expiry
        self.strike = strike
        self.isCall = isCall
    }

    /// `SPXW 2021-01-04 3700 call`.
    public var description: String {
        let whole = strike.rounded() == strike ? String(Int(strike)) : String(strike)
        return "\(root) \(NewYorkSession.dateText(expiry)) \(whole) \(isCall ? "call" : "put")"
    }
}

/// Bid and ask of one contract, oldest first; `time` is the start of the quote's minute (UTC seconds) and rises strictly, so an
/// entry is known one minute later, at the close of the row of that minute.
public struct OptionQuoteSeries: Sendable, Equatable {
    public let contract: OptionContract
    public let time: [Int64]
    public let bid: [Double]
    public let ask: [Double]

    public init(contract: OptionContract, time: [Int64], bid: [Double], ask: [Double]) {
        precondition(time.count == bid.count && time.count == ask.count, "quotes of \(contract): \(time.count) times, \(bid.count) bids, \(ask.count) asks")
        self.contract = contract
        self.time = time
        self.bid = bid
        self.ask = ask
    }

    /// The quote of the row whose bar starts at `time`, or the last one before it that is at most `staleness` seconds old; nil without one.
    ///
    /// Known at that row's close. O(log n).
    public func quote(atRowStarting time: Int64, staleness: Int64 = 300) -> (bid: Double, ask: Double)? {
        var low = 0, high = self.time.count
        while low < high {
            let middle = (low + high) / 2
            if self.time[middle] <= time { low = middle + 1 } else { high = middle }
        }
        guard low > 0, time - self.time[low - 1] <= staleness else { return nil }
        return (bid[low - 1], ask[low - 1])
    }
}

/// Quotes of many contracts of one underlying.
public struct OptionQuotes: Sendable, Equatable {
    /// Sorted by root, expiry, strike, puts before calls.
    public let series: [OptionQuoteSeries]
    private let index: [OptionContract: Int]

    public init(_ series: [OptionQuoteSeries]) {
        self.series = series.sorted {
            ($0.contract.root, $0.contract.expiry, $0.contract.strike, $0.contract.isCall ? 1 : 0)
                < ($1.contract.root, $1.contract.expiry, $1.contract.strike, $1.contract.isCall ? 1 : 0)
        }
        var index: [OptionContract: Int] = [:]
        for (i, s) in self.series.enumerated() { index[s.contract] = i }
        self.index = index
    }

    public subscript(contract: OptionContract) -> OptionQuoteSeries? { index[contract].map { series[$0] } }

    /// Contracts that expire on `expiry`, in order of strike.
    public func contracts(expiring expiry: Int) -> [OptionContract] { series.map(\.contract).filter { $0.expiry == expiry } }
}
