internal import ComponentKit
internal import NumericKernels
internal import TradingTypes

extension SyntheticMarket {
    private static let kinds = ["btc-hourly"]
    private static let names = ["seed", "bars", "edge"] + Regime.names.map { "edge.\($0)" }

    /// Reads `synthetic:btc-hourly[,seed=N][,bars=N][,edge=X][,edge.REGIME=X]`; throws `InputIssues` with every fault, underlined.
    init(argument: String) throws(InputIssues) {
        self.init()
        var issues: [InputIssue] = []
        var seen: Set<String> = []
        var overrides: [Int: Double] = [:]
        var column = 1
        func fault(_ code: String, _ length: Int, _ message: String, help: String? = nil, note: String? = nil) -> InputIssue {
            InputIssue(code: code, line: 1, column: column, length: length, message: message, help: help, note: note, sourceLine: argument)
        }
        column += "synthetic:".count
        let parts = argument.dropFirst("synthetic:".count).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for (i, part) in parts.enumerated() {
            defer { column += part.count + 1 }
            if i == 0 {
                if part == "intraday" {
                    issues.append(
                        fault("synthetic", part.count, "synthetic:intraday is a market of one-minute bars for options, and here bars of the spot market are read", help: "write synthetic:btc-hourly, or use it where the environment is 'options' (assay data, features and regimes read both)"))
                    break
                } else if !Self.kinds.contains(part) {
                    issues.append(
                        fault(
                            "synthetic", part.count, "unknown synthetic market '\(part)'", help: "known: \(Self.kinds.joined(separator: ", "))",
                            note: suggestion(for: part, among: Self.kinds).map { "did you mean '\($0)'?" }))
                }
                continue
            }
            guard let equals = part.firstIndex(of: "=") else {
                issues.append(fault("syntax", part.count, "'\(part)' is not of the form name=value", help: "parameters: \(Self.names.joined(separator: ", "))"))
                continue
            }
            let name = String(part[..<equals]), text = String(part[part.index(after: equals)...])
            guard Self.names.contains(name) else {
                let regime = name.hasPrefix("edge.") ? suggestion(for: String(name.dropFirst(5)), among: Regime.names).map { "edge.\($0)" } : nil
                issues.append(
                    fault(
                        "unknown_parameter", name.count, "unknown parameter '\(name)' of synthetic:btc-hourly", help: "parameters: \(Self.names.joined(separator: ", "))",
                        note: (regime ?? suggestion(for: name, among: Self.names)).map { "did you mean '\($0)'?" }))
                continue
            }
            guard seen.insert(name).inserted else {
                issues.append(fault("duplicate", part.count, "'\(name)' is given twice", help: "keep one of the two"))
                continue
            }
            switch name {
            case "seed":
                if let value = UInt64(text) { seed = value } else {
                    issues.append(fault("range", part.count, "seed '\(text)' is not a whole number from 0 to 18446744073709551615", help: "for example seed=1"))
                }
            case "bars":
                if let value = Int(text), Self.barRange.contains(value) { bars = value } else {
                    issues.append(fault("range", part.count, "bars '\(text)' is not a whole number from \(Self.barRange.lowerBound) to \(Self.barRange.upperBound)", help: "for example bars=\(Self.defaultBars), the hours of five years"))
                }
            default:
                let bytes = Array(text.utf8)
                guard let value = parseDecimal(bytes.span, from: 0, to: bytes.count), Self.edgeRange.contains(value) else {
                    issues.append(
                        fault("range", part.count, "\(name) '\(text)' is not a number from \(Self.edgeRange.lowerBound) to \(Self.edgeRange.upperBound)", help: "an edge is a correlation; real ones are below 0.1"))
                    continue
                }
                if name == "edge" { edge = [Double](repeating: value, count: 4) } else if let g = Regime.names.firstIndex(of: String(name.dropFirst(5))) { overrides[g] = value }
            }
        }
        for (g, value) in overrides { edge[g] = value }
        if !issues.isEmpty { throw InputIssues(issues) }
    }

    /// The argument with every parameter written out: equal texts mean equal bars.
    public var canonicalArgument: String {
        "synthetic:btc-hourly,seed=\(seed),bars=\(bars)," + zip(Regime.names, edge).map { "edge.\($0)=\($1)" }.joined(separator: ",")
    }

    func load(argument: String) -> LoadedBars {
        let series = generate()
        let manifest = DataManifest(
            symbol: series.symbol, path: argument, rows: series.count, firstTime: series.time[0], lastTime: series.time[series.count - 1], barDurationSeconds: 3600,
            timeZone: "UTC", timeZoneSource: "generated", stampConvention: "start", order: "oldest first", layout: "synthetic", calendar: "continuous",
            notes: ["\(Self.warmUpBars) bars before \(timeText(Self.start)) are for warming up", "in full: \(canonicalArgument)"], oddities: [],
            sha256: SHA256.hex(Array((canonicalArgument + ",generator=2").utf8)))
        return LoadedBars(series: series, manifest: manifest, warmUpBars: Self.warmUpBars)
    }
}
