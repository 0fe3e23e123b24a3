internal import ComponentKit
internal import NumericKernels

/// Which column holds what, and where the rows begin.
struct BarLayout {
    var separator: UInt8
    /// Column numbers from 0; -1 where the file has none.
    var time = -1, clock = -1, open = -1, high = -1, low = -1, close = -1, volume = -1, symbol = -1
    /// Ask side of a quotes file, whose bid side is in `open`...`close`.
    var askOpen = -1, askHigh = -1, askLow = -1, askClose = -1
    var columns = 0
    /// Byte offset and number (from 1) of the first line of data.
    var dataStart = 0
    var dataLine = 1
    var description = "header"
    /// Header text of the time column, lower case, for what it says about the zone.
    var timeName = ""
    /// True when the only time column is a closing time.
    var stampsAtEnd = false
    var symbolFromHeader: String?
    var notes: [String] = []

    var isQuotes: Bool { askOpen >= 0 }
}

/// Finds the separator, the header and the columns at the top of a file.
struct HeaderReader {
    let file: String
    let text: [UInt8]
    let terminator: UInt8

    /// Throws `InputIssues` that name the columns found and those needed.
    func read() throws(InputIssues) -> BarLayout {
        var position = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var line = 0
        var skipped: [String] = []
        while let (end, next) = lineEnd(position) {
            line += 1
            let raw = trimmed(position, end)
            defer { position = next }
            if raw.isEmpty { continue }
            let content = String(decoding: raw.prefix(4096), as: UTF8.self)
            if raw[raw.startIndex] == 0x23, !content.lowercased().hasPrefix("#date") { continue }  // # comment
            let separator = bestSeparator(raw)
            let names = fields(raw, separator)
            if names.count < 4 {
                // A title or an address above the header, as CryptoDataDownload has; at most five such lines.
                skipped.append(content)
                if skipped.count > 5 { break }
                continue
            }
            return try layout(names, separator: separator, line: line, next: next, headerText: content)
        }
        throw noColumns(skipped)
    }

    private func layout(_ names: [String], separator: UInt8, line: Int, next: Int, headerText: String) throws(InputIssues) -> BarLayout {
        var layout = BarLayout(separator: separator)
        layout.columns = names.count
        layout.dataStart = next
        layout.dataLine = line + 1
        if isData(names) {
            guard names.count >= 5 else { throw missingColumns(names, [], line, headerText) }
            layout.time = 0
            layout.open = 1
            layout.high = 2
            layout.low = 3
            layout.close = 4
            layout.volume = names.count > 5 ? 5 : -1
            // Rows start with this very line: step back to its beginning.
            var start = next
            if start > 0, start <= text.count, start > 0, text[start - 1] == terminator { start -= 1 }
            while start > 0, text[start - 1] != terminator { start -= 1 }
            layout.dataStart = line == 1 && text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : start
            layout.dataLine = line
            layout.description = names.count >= 11 ? "klines without header" : "no header: taken as time, open, high, low, close\(names.count > 5 ? ", volume" : "")"
            return layout
        }
        let keys = names.map(Self.letters)
        func find(_ wanted: [String]) -> Int {
            for w in wanted { if let i = keys.firstIndex(of: w) { return i } }
            return -1
        }
        if keys.contains("strike") || (keys.contains("expiration") || keys.contains("expiry")) && (keys.contains("putcall") || keys.contains("right")) {
            throw InputIssues(
                InputIssue(
                    code: "options_chain", file: file, line: line, column: 1, length: min(headerText.count, 60),
                    message: "holds an option chain (columns \(Self.list(names))), not bars",
                    help: "name a file with one row a bar: time, open, high, low, close, volume", sourceLine: cut(headerText)))
        }
        layout.time = find(Self.timeNames)
        if layout.time >= 0, ["closetime", "endtime", "end"].contains(keys[layout.time]) { layout.stampsAtEnd = true }
        layout.open = find(["open", "o", "openprice", "op", "first"])
        layout.high = find(["high", "h", "highprice", "max"])
        layout.low = find(["low", "l", "lowprice", "min"])
        layout.close = find(["close", "c", "closeprice", "closelast", "last", "cl"])
        layout.symbol = find(["symbol", "ticker", "sym", "pair", "tic", "instrument", "name", "s"])
        layout.volume = find(["volume", "v", "vol", "basevolume", "volumefrom", "totalvolume", "tickvolume", "volumebase", "volumeshares"])
        if layout.volume < 0 {
            func quoteLike(_ k: String) -> Bool { ["usd", "usdt", "usdc", "eur", "gbp", "busd", "currency", "quote", "to", "weighted"].contains { k.hasSuffix($0) } }
            layout.volume = keys.firstIndex { $0.hasPrefix("volume") && !quoteLike($0) } ?? -1
            if layout.volume < 0, let i = keys.firstIndex(where: { $0.hasPrefix("volume") && quoteLike($0) }) {
                layout.volume = i
                layout.notes.append("volume is taken from '\(names[i])', in units of the quote currency")
            }
        }
        if keys.contains(where: { $0 == "adjclose" || $0 == "adjustedclose" }) {
            layout.notes.append("the adjusted close is ignored: prices are as quoted, not adjusted for dividends")
        }
        if find(["bidopen"]) >= 0, find(["askclose"]) >= 0, layout.open < 0 {
            layout.open = find(["bidopen"])
            layout.high = find(["bidhigh"])
            layout.low = find(["bidlow"])
            layout.close = find(["bidclose"])
            layout.askOpen = find(["askopen"])
            layout.askHigh = find(["askhigh"])
            layout.askLow = find(["asklow"])
            layout.askClose = find(["askclose"])
            layout.description = "quotes"
            layout.notes.append("quotes: every price is the middle of bid and ask; there is no traded volume")
            if [layout.askOpen, layout.askHigh, layout.askLow].contains(-1) { throw missingColumns(names, keys, line, headerText) }
        }
        // yfinance 0.2.51 and later: 'Price,Close,...', 'Ticker,SPY,...', 'Date,,,...'.
        if keys.first == "price", layout.close >= 0, let (end2, next2) = lineEnd(next), let (end3, next3) = lineEnd(next2) {
            let second = fields(trimmed(next, end2), separator), third = fields(trimmed(next2, end3), separator)
            if second.first.map(Self.letters) == "ticker", let head = third.first.map(Self.letters), Self.timeNames.contains(head) {
                layout.time = 0
                layout.symbol = -1
                layout.symbolFromHeader = second.count > 1 ? second[1] : nil
                layout.dataStart = next3
                layout.dataLine = line + 3
                layout.description = "header of three lines"
                layout.timeName = head
                return layout
            }
        }
        if layout.time < 0, keys.first == "", let (end2, _) = lineEnd(next) {
            // A nameless first column, as pandas writes its index.
            let row = fields(trimmed(next, end2), separator)
            if let first = row.first, Self.isStamp(first) { layout.time = 0 }
        }
        guard layout.time >= 0, layout.open >= 0, layout.high >= 0, layout.low >= 0, layout.close >= 0 else {
            throw missingColumns(names, keys, line, headerText)
        }
        layout.timeName = names[layout.time].lowercased()
        // Date and clock in two columns.
        let clock = find(["time", "hour"])
        if clock >= 0, clock != layout.time, ["date", "day"].contains(keys[layout.time]) || layout.time == find(["date"]) { layout.clock = clock }
        if keys[layout.time] == "time", let date = keys.firstIndex(of: "date") {
            layout.clock = layout.time
            layout.time = date
            layout.timeName = names[date].lowercased()
        }
        return layout
    }

    /// Names of time columns by preference: machine times first.
    static let timeNames = [
        "unix", "unixtimestamp", "unixtime", "timestamp", "opentime", "windowstart", "ts", "t", "datetime", "dateandtime", "time", "date", "timeet", "timeest",
        "timeutc", "timestamputc", "datetimeutc", "gmttime", "localtime", "dateutc", "opendatetime", "opendate", "start", "starttime", "starttimestamp", "begin", "begins", "bartime", "day",
        "closetime", "endtime", "end",
    ]

    /// The letters of a name, lower case: `<OPEN>`, `1. open`, `Open` and `open` are the same.
    static func letters(_ name: String) -> String {
        String(decoding: name.utf8.compactMap { byte -> UInt8? in
            let lower = byte | 0x20
            return lower >= 0x61 && lower <= 0x7A && byte >= 0x41 ? lower : nil
        }, as: UTF8.self)
    }

    static func isStamp(_ text: String) -> Bool {
        let b = Array(text.utf8)
        return parseStamp(b.span, 0, b.count) != nil
    }

    private func isData(_ names: [String]) -> Bool {
        guard let first = names.first, Self.isStamp(first) else { return false }
        return names.dropFirst().prefix(4).allSatisfy { name in
            let b = Array(name.utf8)
            return parseDecimal(b.span, from: 0, to: b.count) != nil
        }
    }

    func lineEnd(_ start: Int) -> (end: Int, next: Int)? {
        guard start < text.count else { return nil }
        var i = start
        while i < text.count, text[i] != terminator { i += 1 }
        return (i, i < text.count ? i + 1 : i)
    }

    private func trimmed(_ start: Int, _ end: Int) -> ArraySlice<UInt8> {
        var a = start, b = end
        while a < b, text[a] <= 0x20 { a += 1 }
        while b > a, text[b - 1] == 0x0D || text[b - 1] == 0x20 { b -= 1 }
        return text[a..<b]
    }

    private func bestSeparator(_ line: ArraySlice<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        for byte in line where byte == 0x2C || byte == 0x3B || byte == 0x09 || byte == 0x7C { counts[byte, default: 0] += 1 }
        return [0x2C, 0x3B, 0x09, 0x7C].max { (counts[$0] ?? 0, $1) < (counts[$1] ?? 0, $0) } ?? 0x2C
    }

    private func fields(_ line: ArraySlice<UInt8>, _ separator: UInt8) -> [String] {
        var out: [String] = [], current: [UInt8] = [], quoted = false
        for byte in line.prefix(1 << 16) {
            if byte == 0x22 {
                quoted.toggle()
            } else if byte == separator, !quoted {
                out.append(Self.clean(current))
                current.removeAll(keepingCapacity: true)
            } else {
                current.append(byte)
            }
        }
        out.append(Self.clean(current))
        return out
    }

    private static func clean(_ bytes: [UInt8]) -> String {
        var b = bytes[...]
        while let f = b.first, f <= 0x20 { b = b.dropFirst() }
        while let l = b.last, l <= 0x20 { b = b.dropLast() }
        return String(decoding: b, as: UTF8.self)
    }

    private func missingColumns(_ names: [String], _ keys: [String], _ line: Int, _ headerText: String) -> InputIssues {
        let needed: [(String, [String])] = [
            ("time", Self.timeNames), ("open", ["open", "o", "openprice", "bidopen"]), ("high", ["high", "h", "highprice", "bidhigh"]),
            ("low", ["low", "l", "lowprice", "bidlow"]), ("close", ["close", "c", "closeprice", "closelast", "last", "bidclose"]),
        ]
        let absent = needed.filter { need in !need.1.contains { keys.contains($0) } }.map(\.0)
        let free = zip(names, keys).filter { pair in !needed.contains { $0.1.contains(pair.1) } }.map(\.0)
        let hints = absent.compactMap { word -> String? in
            suggestion(for: word, among: free).map { "did you mean '\($0)' to be '\(word)'?" }
        }
        return InputIssues(
            InputIssue(
                code: "missing_column", file: file, line: line, column: 1, length: min(headerText.count, 60),
                message: "no column for \(absent.isEmpty ? "open, high, low, close" : absent.joined(separator: ", ")); found: \(Self.list(names))",
                help: "needed: a time, open, high, low and close (volume may be missing), in any order and case",
                note: hints.isEmpty ? nil : hints.joined(separator: " "), sourceLine: cut(headerText)))
    }

    private func noColumns(_ skipped: [String]) -> InputIssues {
        let first = skipped.first ?? ""
        return InputIssues(
            InputIssue(
                code: "no_columns", file: file, line: 1, column: 1,
                message: skipped.isEmpty ? "holds no rows, only blank or comment lines" : "is not a table of bars: the first lines have fewer than four columns",
                help: "a header such as 'time,open,high,low,close,volume' and one line a bar, separated by , ; or tab", sourceLine: skipped.isEmpty ? nil : cut(first)))
    }

    static func list(_ names: [String]) -> String {
        let shown = names.prefix(20).map { "'\($0.prefix(40))'" }.joined(separator: ", ")
        return names.count > 20 ? shown + " and \(names.count - 20) more" : shown
    }

    private func cut(_ text: String) -> String { text.count > 160 ? String(text.prefix(157)) + "..." : text }
}
