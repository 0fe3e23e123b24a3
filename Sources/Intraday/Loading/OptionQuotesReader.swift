internal import ComponentKit
package import MarketData
internal import NumericKernels

/// Reads bid and ask by contract and minute from a CSV file (or .csv.gz).
///
/// Columns, found by name whatever their order and case: time (`time_et`, `time`, `timestamp`, `datetime`, `date`), `expiry` (`expiration`), `strike`,
/// `right` (`type`, `put/call`: C, P, call, put), `bid` or `bid_close`, `ask` or `ask_close`, and `root` (`symbol`, `underlying`, `under`) where there is one.
/// Stamps without a zone are New York time, the start of the minute; expiries are dates. A later row of the same contract and minute replaces
/// the earlier. Rows without a bid or an ask, and crossed ones (ask below bid), are left out and counted.
///
/// Throws `InputMissing` and `InputIssues` (at most 20 faults, file:line). O(bytes + rows log rows).
package func loadOptionQuotes(_ path: String) throws -> (quotes: OptionQuotes, rows: Int, oddities: [DataOddity], sha256: String) {
    let content = try FileBytes.read(path)
    var reader = OptionQuotesReader(path: path)
    let quotes = try reader.read(content.bytes)
    return (quotes, reader.rows, reader.oddities, content.sha256)
}

private struct OptionQuotesReader {
    let path: String
    private(set) var rows = 0
    private var crossed = 0, oneSided = 0, repeated = 0
    private var issues: [InputIssue] = []

    init(path: String) { self.path = path }

    var oddities: [DataOddity] {
        var out: [DataOddity] = []
        if crossed > 0 { out.append(DataOddity(name: "crossed_quote", count: crossed, policy: "row left out", detail: "the ask lies below the bid")) }
        if oneSided > 0 { out.append(DataOddity(name: "one_sided_quote", count: oneSided, policy: "row left out", detail: "no bid or no ask")) }
        if repeated > 0 { out.append(DataOddity(name: "duplicate", count: repeated, policy: "last kept", detail: "several quotes of a contract in one minute")) }
        return out
    }

    private struct Row {
        var time: Int64
        var bid: Double
        var ask: Double
        var order: Int
    }

    mutating func read(_ bytes: [UInt8]) throws(InputIssues) -> OptionQuotes {
        let text = bytes.span
        var lineStart = 0, line = 0
        var columns: (time: Int, root: Int, expiry: Int, right: Int, strike: Int, bid: Int, ask: Int, count: Int)?
        var found: [OptionContract: [Row]] = [:]
        var fields: [Range<Int>] = []
        while lineStart < text.count {
            var end = lineStart
            while end < text.count, text[end] != 0x0A { end += 1 }
            line += 1
            defer { lineStart = end + 1 }
            split(text, lineStart, end, into: &fields)
            if fields.count == 1, fields[0].isEmpty { continue }
            guard let c = columns else {
                columns = try header(fields.map { string(text, $0) }, line)
                continue
            }
            guard fields.count == c.count else {
                fault(line, "ragged_row", "the row has \(fields.count) fields, the header \(c.count)", "is the row cut off? Remove or complete it")
                continue
            }
            guard let time = stamp(text, fields[c.time]), let expiry = date(text, fields[c.expiry]) else {
                fault(line, "time", "'\(string(text, fields[c.time]))' or '\(string(text, fields[c.expiry]))' is no time or no date", "write 2021-01-04 09:30:00 and 2021-01-04")
                continue
            }
            guard let strike = parseDecimal(text, from: fields[c.strike].lowerBound, to: fields[c.strike].upperBound), strike > 0, strike.isFinite else {
                fault(line, "strike", "strike '\(string(text, fields[c.strike]))' is not a positive number", "strikes are in dollars")
                continue
            }
            let right = string(text, fields[c.right]).lowercased()
            guard ["c", "p", "call", "put"].contains(right) else {
                fault(line, "right", "'\(right)' is neither call nor put", "write C or P")
                continue
            }
            rows += 1
            guard let bid = parseDecimal(text, from: fields[c.bid].lowerBound, to: fields[c.bid].upperBound),
                let ask = parseDecimal(text, from: fields[c.ask].lowerBound, to: fields[c.ask].upperBound), bid >= 0, ask > 0
            else {
                oneSided += 1
                continue
            }
            guard ask >= bid else {
                crossed += 1
                continue
            }
            let root = c.root >= 0 ? string(text, fields[c.root]).uppercased() : ""
            let contract = OptionContract(root: root, expiry: expiry, strike: strike, isCall: right.hasPrefix("c"))
            found[contract, default: []].append(Row(time: time, bid: bid, ask: ask, order: line))
        }
        if columns == nil { fault(0, "empty", "holds no header", "a quotes file starts with a line of column names") }
        if !issues.isEmpty { throw InputIssues(issues) }
        if found.isEmpty { throw InputIssues(InputIssue(code: "empty", file: path, message: "holds no quote with a bid and an ask", help: "does it hold minute quotes?")) }
        return OptionQuotes(found.map { contract, rows in series(contract, rows) })
    }

    private mutating func series(_ contract: OptionContract, _ rows: [Row]) -> OptionQuoteSeries {
        var kept: [Row] = []
        for row in rows.sorted(by: { ($0.time, $0.order) < ($1.time, $1.order) }) {
            if let last = kept.last, last.time == row.time {
                kept[kept.count - 1] = row
                repeated += 1
            } else {
                kept.append(row)
            }
        }
        return OptionQuoteSeries(contract: contract, time: kept.map(\.time), bid: kept.map(\.bid), ask: kept.map(\.ask))
    }

    private mutating func fault(_ line: Int, _ code: String, _ message: String, _ help: String) {
        if issues.count < 20 { issues.append(InputIssue(code: code, file: path, line: line, message: message, help: help)) }
    }

    private func header(_ names: [String], _ line: Int) throws(InputIssues) -> (
        time: Int, root: Int, expiry: Int, right: Int, strike: Int, bid: Int, ask: Int, count: Int
    ) {
        let lower = names.map { $0.lowercased() }
        func at(_ wanted: [String]) -> Int { wanted.lazy.compactMap { lower.firstIndex(of: $0) }.first ?? -1 }
        let c = (
            time: at(["time_et", "timestamp", "datetime", "time", "date"]), root: at(["root", "underlying", "under", "symbol"]), expiry: at(["expiry", "expiration"]),
            right: at(["right", "type", "put/call", "option_type"]), strike: at(["strike"]), bid: at(["bid_close", "bid"]), ask: at(["ask_close", "ask"]), count: names.count
        )
        let missing = [("time", c.time), ("expiry", c.expiry), ("right", c.right), ("strike", c.strike), ("bid", c.bid), ("ask", c.ask)].filter { $0.1 < 0 }.map(\.0)
        guard missing.isEmpty else {
            throw InputIssues(
                InputIssue(
                    code: "columns", file: path, line: line, message: "no column for \(missing.joined(separator: ", ")) among: \(names.joined(separator: ", "))",
                    help: "quotes need time, expiry, right, strike, bid, ask for every minute; an end-of-day chain is not enough"))
        }
        return c
    }

    private func split(_ s: Span<UInt8>, _ start: Int, _ end: Int, into fields: inout [Range<Int>]) {
        fields.removeAll(keepingCapacity: true)
        var a = start
        for p in start...end where p == end || s[p] == 0x2C {
            var from = a, to = p
            while from < to, s[from] == 0x20 || s[from] == 0x22 { from += 1 }
            while to > from, s[to - 1] == 0x20 || s[to - 1] == 0x22 || s[to - 1] == 0x0D { to -= 1 }
            fields.append(from..<to)
            a = p + 1
        }
    }

    private func string(_ s: Span<UInt8>, _ range: Range<Int>) -> String {
        String(decoding: range.map { s[$0] }, as: UTF8.self)
    }

    /// UTC seconds; stamps without a zone are New York's.
    private func stamp(_ s: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        guard let stamp = parseStamp(s, range.lowerBound, range.upperBound), stamp.kind != .date else { return nil }
        return stamp.kind == .naive ? MarketTimeZone.eastern.toUTC([stamp.seconds])[0] : stamp.seconds
    }

    private func date(_ s: Span<UInt8>, _ range: Range<Int>) -> Int? {
        parseStamp(s, range.lowerBound, range.upperBound).flatMap { $0.kind == .epoch ? nil : Int(floorDivide($0.seconds, 86_400)) }
    }
}
