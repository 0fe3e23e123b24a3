public import MarketData

/// What the intraday market was made of, and everything odd about it.
public struct IntradayManifest: Sendable {
    /// How one symbol was used.
    public enum Role: String, Sendable {
        case traded, companion
        case volatilityIndex = "volatility index"
    }

    /// One symbol's share.
    public struct Part: Sendable {
        public var symbol: String
        public var role: Role
        /// How its file was understood; for a synthetic market one that says so.
        public var file: DataManifest
        /// Traded symbols: days, of them warm-up, half days, days with a pre-market; rows of the grid.
        public var days = 0, warmUpDays = 0, halfDays = 0, preMarketDays = 0, rows = 0
        /// What did not fit the grid, beside the file's own oddities.
        public var oddities: [DataOddity] = []
    }

    public var argument: String
    public var parts: [Part]
    public var notes: [String]
    /// Contracts and quotes of option files, by underlying.
    public var quotes: [(symbol: String, file: String, contracts: Int, quotes: Int)]
    /// SHA-256 of the hashes of all files and of the argument's options.
    public var sha256: String
}

/// An intraday market with the account of where it came from.
public struct LoadedIntraday: Sendable {
    public var market: IntradayMarket
    public var manifest: IntradayManifest
    /// What a synthetic market knows about itself; nil for files.
    public var truth: SyntheticIntraday.Truth?
}
