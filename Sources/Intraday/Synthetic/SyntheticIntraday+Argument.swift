public import ComponentKit
internal import MarketData
internal import NumericKernels
internal import TradingTypes

extension SyntheticIntraday {
    private static let names = ["seed", "days", "bars", "edge"] + Regime.names.map { "edge.\($0)" } + ["setups", "setups.down", "setups.hit", "symbols"]

    /// Reads `synthetic:intraday[,seed=N][,days=N|bars=N][,edge=X][,edge.REGIME=X][,setups=SHARE][,setups.down=SHARE][,setups.hit=P][,symbols=SPY+QQQ]`;
    /// throws `InputIssues` with every fault, underlined. `bars` counts regular minutes and is rounded up to whole days.
    public init(argument: String) throws(InputIssues) {
        self.init()
        var issues: [InputIssue] = [], seen: Set<String> = [], overrides: [Int: Double] = [:]
        var column = 1 + "synthetic:".count
        let parts = argument.dropFirst("synthetic:".count).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for (i, part) in parts.enumerated() {
            defer { column += part.count + 1 }
            func fault(_ code: String, _ length: Int, _ message: String, help: String, note: String? = nil) {
                issues.append(InputIssue(code: code, line: 1, column: column, length: length, message: message, help: help, note: note, sourceLine: argument))
            }
            if i == 0 { continue }
            let list = "parameters: \(Self.names.joined(separator: ", "))"
            guard let equals = part.firstIndex(of: "=") else {
                fault("syntax", part.count, "'\(part)' is not of the form name=value", help: list)
                continue
            }
            let name = String(part[..<equals]), text = String(part[part.index(after: equals)...])
            guard Self.names.contains(name) else {
                let regime = name.hasPrefix("edge.") ? suggestion(for: String(name.dropFirst(5)), among: Regime.names).map { "edge.\($0)" } : nil
                fault("unknown_parameter", name.count, "unknown parameter '\(name)' of synthetic:intraday", help: list, note: (regime ?? suggestion(for: name, among: Self.names)).map { "did you mean '\($0)'?" })
                continue
            }
            guard seen.insert(name).inserted else {
                fault("duplicate", part.count, "'\(name)' is given twice", help: "keep one of the two")
                continue
            }
            switch name {
            case "seed":
                if let value = UInt64(text) { seed = value } else { fault("range", part.count, "seed '\(text)' is not a whole number from 0 to 18446744073709551615", help: "for example seed=1") }
            case "days", "bars":
                let unit = name == "days" ? 1 : NewYorkSession.regularMinutes
                if let value = Int(text), value > 0, value <= Self.dayRange.upperBound * unit {
                    days = (value + unit - 1) / unit
                } else {
                    fault("range", part.count, "\(name) '\(text)' is not a whole number from 1 to \(Self.dayRange.upperBound * unit)", help: "for example \(name)=\(60 * unit)")
                }
                if seen.contains("days"), seen.contains("bars") { fault("duplicate", part.count, "days and bars say the same thing twice", help: "keep one of the two") }
            case "symbols":
                let wanted = text.split(separator: "+").map { $0.uppercased() }
                let known = parameters.symbols.map(\.name)
                if wanted.isEmpty || Set(wanted).count < wanted.count { fault("symbols", part.count, "symbols '\(text)' names none, or one twice", help: "for example symbols=SPY+QQQ") }
                for symbol in wanted where !known.contains(symbol) {
                    fault("symbols", part.count, "unknown symbol '\(symbol)'", help: "known: \(known.joined(separator: ", "))", note: suggestion(for: symbol, among: known).map { "did you mean '\($0)'?" })
                }
                traded = wanted
            default:
                let isEdge = name.hasPrefix("edge"), range = isEdge ? Self.edgeRange : 0...1
                let bytes = Array(text.utf8)
                guard let value = parseDecimal(bytes.span, from: 0, to: bytes.count), range.contains(value) else {
                    fault("range", part.count, "\(name) '\(text)' is not a number from \(range.lowerBound) to \(range.upperBound)", help: isEdge ? "an edge is a correlation; real ones are below 0.1" : "a share of the days, or a probability")
                    continue
                }
                switch name {
                case "edge": edge = [Double](repeating: value, count: 4)
                case "setups": setups = value
                case "setups.down": downSetups = value
                case "setups.hit": hitRate = value
                default: if let g = Regime.names.firstIndex(of: String(name.dropFirst(5))) { overrides[g] = value }
                }
            }
        }
        for (g, value) in overrides { edge[g] = value }
        if setups + downSetups > 1 { issues.append(InputIssue(code: "range", message: "setups and setups.down are \(setups + downSetups) of the days together", help: "their sum is 1 at most")) }
        if !issues.isEmpty { throw InputIssues(issues) }
    }

    /// The argument with every parameter written out: equal texts mean equal markets.
    public var canonicalArgument: String {
        "synthetic:intraday,seed=\(seed),days=\(days)," + zip(Regime.names, edge).map { "edge.\($0)=\($1)" }.joined(separator: ",")
            + ",setups=\(setups),setups.down=\(downSetups),setups.hit=\(hitRate),symbols=\(traded.joined(separator: "+"))"
    }

    /// The market on its grid, with an account of itself.
    public func load(argument: String? = nil) -> LoadedIntraday {
        let argument = argument ?? canonicalArgument
        let output = generate()
        let vix = BarSeries(
            symbol: "VIX", barDurationSeconds: 60, time: output.time, open: output.volatilityIndex, high: output.volatilityIndex, low: output.volatilityIndex,
            close: output.volatilityIndex, volume: [Double](repeating: 0, count: output.time.count))
        let result = IntradayAssembler(
            argument: argument, series: output.series, traded: traded, volatilityIndex: vix, implied: (output.time, output.impliedVolatility), quotes: [:], lastDays: days
        ).assemble()
        let hash = SHA256.hex(Array((canonicalArgument + ",generator=1").utf8))
        var parts = (traded + output.series.keys.sorted().filter { !traded.contains($0) } + ["VIX"]).map { name in
            let series = output.series[name] ?? vix
            return IntradayManifest.Part(
                symbol: name, role: traded.contains(name) ? .traded : (name == "VIX" ? .volatilityIndex : .companion),
                file: DataManifest(
                    symbol: name, path: argument, rows: series.count, firstTime: series.time[0], lastTime: series.time[series.count - 1], barDurationSeconds: 60,
                    timeZone: "US Eastern", timeZoneSource: "generated", stampConvention: "start", order: "oldest first", layout: "synthetic", calendar: "US sessions",
                    notes: [], oddities: [], sha256: hash))
        }
        describe(result.market, result.oddities, &parts)
        let notes = ["\(Self.warmUpDays) sessions before the first day are for warming up", "in full: \(canonicalArgument)"]
        return LoadedIntraday(
            market: result.market, manifest: IntradayManifest(argument: argument, parts: parts, notes: notes, quotes: [], sha256: hash), truth: output.truth)
    }
}
