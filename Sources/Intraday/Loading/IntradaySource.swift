internal import ComponentKit
internal import MarketData
internal import NumericKernels
internal import TradingTypes

/// Where an intraday market comes from: `synthetic:intraday[,...]`, or files by symbol.
///
///     SPY: spy.csv.gz, QQQ: qqq.csv.gz, SPX: spx.csv.gz, VIX: vix.csv.gz, AAPL: aapl.csv.gz, SPY options: quotes.csv.gz, days=60
///
/// SPY, QQQ and SPX are traded where they are named, all of them; `trade=NVDA` (or `trade=SPY+NVDA`) chooses others. Without any of these the first
/// symbol is traded. VIX is the volatility index, in bars of any length; the rest are companions. `days=N` keeps the last N days, and as many as 20
/// before them to warm up. A symbol may be followed by the zone of its stamps: `VIX: vix.csv.gz (US/Central)`.
public struct IntradaySource: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case synthetic(SyntheticIntraday)
        case files([Entry])
    }

    struct Entry: Sendable, Equatable {
        var symbol: String
        var path: String
        var timeZone: String?
        var isQuotes = false
    }

    let kind: Kind
    var trade: [String] = []
    /// The last days asked for; nil: all.
    public var days: Int?
    /// Zone of stamps that carry none, for files that name none themselves.
    public var timeZone: String?
    /// The argument as given.
    public let argument: String

    public var isSynthetic: Bool {
        if case .synthetic = kind { return true }
        return false
    }

    /// Whether a `--bars` argument names an intraday market rather than one series of bars.
    public static func isIntraday(_ argument: String) -> Bool {
        if argument == "synthetic:intraday" || argument.hasPrefix("synthetic:intraday,") { return true }
        guard let colon = argument.range(of: ": ") else { return false }
        let head = argument[..<colon.lowerBound]
        return !head.isEmpty && head.count <= 20 && head.allSatisfy { $0.isLetter || $0.isNumber || " ^._-".contains($0) }
    }

    /// Reads a `--bars` argument; touches no file. Throws `InputIssues` with every fault, underlined.
    public static func parse(_ argument: String) throws -> IntradaySource {
        if argument.hasPrefix("synthetic:") {
            return IntradaySource(kind: .synthetic(try SyntheticIntraday(argument: argument)), argument: argument)
        }
        var issues: [InputIssue] = [], entries: [Entry] = [], trade: [String] = [], days: Int?
        var column = 1
        func fault(_ code: String, _ part: String, _ message: String, _ help: String) {
            issues.append(InputIssue(code: code, line: 1, column: column, length: max(1, part.count), message: message, help: help, sourceLine: argument))
        }
        let usage = "write SPY: spy.csv.gz, VIX: vix.csv.gz, days=60"
        for raw in argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            defer { column += raw.count + 1 }
            let part = String(raw.trimmingPrefix { $0 == " " })
            if let equals = part.firstIndex(of: "="), !part[..<equals].contains(":") {
                let name = String(part[..<equals]), text = String(part[part.index(after: equals)...])
                switch name {
                case "days":
                    if let value = Int(text), SyntheticIntraday.dayRange.contains(value) { days = value } else { fault("range", raw, "days '\(text)' is not a whole number from 1 to 5000", "for example days=60") }
                case "trade": trade = text.split(separator: "+").map { $0.uppercased() }
                default: fault("unknown_parameter", raw, "unknown parameter '\(name)'", "parameters: days, trade")
                }
                continue
            }
            guard let colon = part.firstIndex(of: ":") else {
                fault("syntax", raw, "'\(part)' is not of the form SYMBOL: file", usage)
                continue
            }
            var symbol = part[..<colon].uppercased()
            var path = String(part[part.index(after: colon)...].trimmingPrefix { $0 == " " })
            while path.last == " " { path.removeLast() }
            let isQuotes = symbol.hasSuffix(" OPTIONS")
            if isQuotes { symbol = String(symbol.dropLast(" OPTIONS".count)) }
            if symbol == "^VIX" { symbol = "VIX" }
            if symbol == "^GSPC" || symbol == "^SPX" { symbol = "SPX" }
            var zone: String?
            if path.hasSuffix(")"), let bracket = path.lastIndex(of: "(") {
                zone = String(path[path.index(after: bracket)...].dropLast())
                path = String(path[..<bracket])
                while path.last == " " { path.removeLast() }
            }
            if symbol.isEmpty || path.isEmpty {
                fault("syntax", raw, "'\(part)' lacks a symbol or a file", usage)
            } else if entries.contains(where: { $0.symbol == symbol && $0.isQuotes == isQuotes }) {
                fault("duplicate", raw, "'\(symbol)' is given twice", "keep one of the two")
            } else {
                entries.append(Entry(symbol: symbol, path: path, timeZone: zone, isQuotes: isQuotes))
            }
        }
        let bars = entries.filter { !$0.isQuotes && $0.symbol != "VIX" }.map(\.symbol)
        if issues.isEmpty, bars.isEmpty {
            issues.append(InputIssue(code: "symbols", message: "no symbol to trade is named", help: usage))
        }
        for symbol in trade where !bars.contains(symbol) {
            issues.append(
                InputIssue(
                    code: "symbols", message: "'\(symbol)' is to be traded, and no bars of it are given", help: "symbols here: \(bars.joined(separator: ", "))",
                    note: suggestion(for: symbol, among: bars).map { "did you mean '\($0)'?" }))
        }
        if !issues.isEmpty { throw InputIssues(issues) }
        return IntradaySource(kind: .files(entries), trade: trade, days: days, argument: argument)
    }

    init(kind: Kind, trade: [String] = [], days: Int? = nil, argument: String) {
        self.kind = kind
        self.trade = trade
        self.days = days
        self.argument = argument
    }

    /// Loads or generates the market. With `strict`, market oddities are errors.
    ///
    /// Throws `InputMissing` (no file) and `InputIssues` (a broken file, bars that are no minutes, no day left, or oddities under `strict`).
    public func load(strict: Bool = false) throws -> LoadedIntraday {
        switch kind {
        case .synthetic(var market):
            if let days { market.days = days }
            return market.load(argument: argument)
        case .files(let entries): return try loadFiles(entries, strict: strict)
        }
    }

    private func loadFiles(_ entries: [Entry], strict: Bool) throws -> LoadedIntraday {
        var series: [String: BarSeries] = [:], parts: [IntradayManifest.Part] = [], notes: [String] = [], hashes = ""
        var vix: BarSeries?, quotes: [String: OptionQuotes] = [:], quoteFiles: [(symbol: String, file: String, contracts: Int, quotes: Int)] = []
        let bars = entries.filter { !$0.isQuotes && $0.symbol != "VIX" }.map(\.symbol)
        let usual = SyntheticIntraday.defaultSymbols.filter { bars.contains($0) }
        let traded = trade.isEmpty ? (usual.isEmpty ? Array(bars.prefix(1)) : usual) : trade
        for entry in entries {
            if entry.isQuotes {
                let loaded = try loadOptionQuotes(entry.path)
                quotes[entry.symbol] = loaded.quotes
                quoteFiles.append((entry.symbol, entry.path, loaded.quotes.series.count, loaded.rows))
                hashes += loaded.sha256
                for o in loaded.oddities { notes.append("\(entry.path): \(o.name) \(o.count), \(o.policy)") }
                if strict, let o = loaded.oddities.first(where: \.isFault) {
                    throw InputIssues(InputIssue(code: o.name, file: entry.path, message: "\(o.name): \(o.count) (\(o.detail))", help: "without --strict the policy is: \(o.policy)"))
                }
                continue
            }
            let loaded = try loadBars(entry.path, options: LoadOptions(timeZone: entry.timeZone ?? timeZone), strict: strict)
            hashes += loaded.manifest.sha256
            let isTraded = traded.contains(entry.symbol)
            if isTraded, loaded.series.barDurationSeconds != 60 {
                throw InputIssues(
                    InputIssue(
                        code: "bar_length", file: entry.path, message: "bars are \(durationText(loaded.series.barDurationSeconds)) long, and \(entry.symbol) is to be traded in minutes",
                        help: "give one-minute bars; slower files serve as companions or as VIX"))
            }
            parts.append(IntradayManifest.Part(symbol: entry.symbol, role: isTraded ? .traded : (entry.symbol == "VIX" ? .volatilityIndex : .companion), file: loaded.manifest))
            if entry.symbol == "VIX" { vix = loaded.series } else { series[entry.symbol] = loaded.series }
            if !isTraded, entry.symbol != "VIX", loaded.series.barDurationSeconds != 60 {
                notes.append("\(entry.symbol): bars of \(durationText(loaded.series.barDurationSeconds)) give closes, and no part in correlations of minutes")
            }
        }
        let result = IntradayAssembler(
            argument: argument, series: series, traded: traded, volatilityIndex: vix, implied: nil, quotes: quotes, lastDays: days
        ).assemble()
        let market = result.market
        for name in traded where market.symbols.first(where: { $0.name == name })?.days.isEmpty ?? true {
            let path = entries.first { $0.symbol == name && !$0.isQuotes }?.path
            throw InputIssues(
                InputIssue(code: "no_session", file: path, message: "holds no whole session of \(name), 09:30 to 16:00 New York time", help: "is the time zone right? Give it as: \(name): file (UTC)"))
        }
        if strict {
            for part in parts {
                if let o = result.oddities[part.symbol]?.first(where: \.isFault) {
                    throw InputIssues(
                        InputIssue(code: o.name, file: part.file.path, message: "\(o.name): \(o.count) (\(o.detail))" + (o.examples.first.map { ", first at \(timeText($0.time))" } ?? ""), help: "without --strict the policy is: \(o.policy)"))
                }
            }
        }
        if market.tradingDays.isEmpty { notes.append("no day follows another session, so none can be traded: the first of each run only warms up") }
        if vix == nil { notes.append("no VIX: vix and vix_delta are 0") }
        if market.largeCapReturn.allSatisfy({ $0.isNaN }) { notes.append("no minutes of large caps: mag7_corr is 0") }
        if market.indexReturn.allSatisfy({ $0.isNaN }) { notes.append("no minutes of SPX (or SPY for another symbol): spx_corr and spx_beta are 0") }
        describe(market, result.oddities, &parts)
        return LoadedIntraday(
            market: market,
            manifest: IntradayManifest(
                argument: argument, parts: parts, notes: notes, quotes: quoteFiles, sha256: SHA256.hex(Array((hashes + "|\(traded)|\(days ?? 0)").utf8))),
            truth: nil)
    }
}

/// Fills in what the grid made of each traded symbol.
func describe(_ market: IntradayMarket, _ oddities: [String: [DataOddity]], _ parts: inout [IntradayManifest.Part]) {
    for symbol in market.symbols {
        guard let at = parts.firstIndex(where: { $0.symbol == symbol.name }) else { continue }
        let days = market.days[symbol.days]
        parts[at].days = days.count
        parts[at].warmUpDays = days.count { $0.isWarmUp }
        parts[at].halfDays = days.count { $0.isHalfDay }
        parts[at].preMarketDays = days.count { !$0.preMarket.isEmpty }
        parts[at].rows = symbol.rows.count
        parts[at].oddities = oddities[symbol.name] ?? []
    }
}
