internal import ComponentKit
internal import NumericKernels

/// The rows of a file as they stand there: in file order, times as written, nothing repaired.
struct RawBars {
    var time: [Int64] = []
    var offset: [Int32] = []
    var open: [Double] = [], high: [Double] = [], low: [Double] = [], close: [Double] = [], volume: [Double] = []
    var line: [Int32] = []
    /// Rows by kind of stamp.
    var epochs = 0, dates = 0, naives = 0, offsets = 0
    var firstNaiveLine = 0, firstOffsetLine = 0
    var symbol: String?
    /// Rows left out, with line and reason.
    var missingPrices: [DataOddity.Example] = []
    var missingPriceCount = 0
    var missingVolumeCount = 0
    var missingVolumes: [DataOddity.Example] = []
    var repeatedHeaders: [DataOddity.Example] = []

    var count: Int { time.count }
}

/// Splits the text of a bars file into rows and fields, on bytes, and reads times and numbers where they stand.
///
/// A CSV package (SwiftCSV) was considered: it works on `String`, gives no line numbers for faults, and takes seconds where this takes milliseconds.
struct BarFileReader {
    let file: String
    let layout: BarLayout
    let wantedSymbol: String?
    let terminator: UInt8
    /// At most this many faults are listed; the rest are counted.
    static let shownFaults = 20
    static let longestLine = 1 << 16

    private var issues: [InputIssue] = []
    private var faults = 0
    private var otherSymbols: [String] = []

    init(file: String, layout: BarLayout, wantedSymbol: String?, terminator: UInt8) {
        self.file = file
        self.layout = layout
        self.wantedSymbol = wantedSymbol
        self.terminator = terminator
    }

    /// Reads every row; throws `InputIssues` with all the faults found (at most 20, then "and N more").
    mutating func read(_ text: [UInt8]) throws(InputIssues) -> RawBars {
        var raw = RawBars()
        let estimate = (text.count - layout.dataStart) / 40 + 16
        raw.time.reserveCapacity(estimate)
        raw.offset.reserveCapacity(estimate)
        raw.line.reserveCapacity(estimate)
        raw.open.reserveCapacity(estimate)
        raw.high.reserveCapacity(estimate)
        raw.low.reserveCapacity(estimate)
        raw.close.reserveCapacity(estimate)
        raw.volume.reserveCapacity(estimate)
        scan(text.span, into: &raw)
        if faults > issues.count {
            issues.append(InputIssue(code: "more", file: file, message: "and \(faults - issues.count) more rows that cannot be read", help: "mend the first ones and load again; a common cause often mends all"))
        }
        if !issues.isEmpty { throw InputIssues(issues) }
        if let wantedSymbol, raw.count == 0, !otherSymbols.isEmpty {
            throw InputIssues(
                InputIssue(
                    code: "symbol", file: file, message: "has no rows for the symbol '\(wantedSymbol)'", help: "symbols here: \(HeaderReader.list(otherSymbols))",
                    note: suggestion(for: wantedSymbol, among: otherSymbols).map { "did you mean '\($0)'?" }))
        }
        if wantedSymbol == nil, !otherSymbols.isEmpty, let first = raw.symbol {
            throw InputIssues(
                InputIssue(
                    code: "several_symbols", file: file, message: "holds several symbols: \(HeaderReader.list([first] + otherSymbols))",
                    help: "choose one with the symbol option, or cut the file"))
        }
        return raw
    }

    private mutating func scan(_ s: Span<UInt8>, into raw: inout RawBars) {
        let n = s.count
        let separator = layout.separator
        let width = layout.columns
        var starts = [Int](repeating: 0, count: width + 1)
        var ends = starts
        var p = layout.dataStart
        var line = layout.dataLine - 1
        var symbolStart = -1, symbolEnd = -1
        while p < n {
            line += 1
            let lineStart = p
            var field = 0
            var sawNUL = false
            var openQuote = false
            // One row: fields until the end of the line.
            while true {
                while p < n, s[p] == 0x20 { p += 1 }
                var a = p, b: Int
                if p < n, s[p] == 0x22 {
                    p += 1
                    a = p
                    while p < n, s[p] != 0x22 || (p + 1 < n && s[p + 1] == 0x22), s[p] != terminator { p += s[p] == 0x22 ? 2 : 1 }
                    p = min(p, n)
                    b = p
                    openQuote = p >= n || s[p] != 0x22
                    while p < n, s[p] != separator, s[p] != terminator { p += 1 }
                } else {
                    while p < n, case let byte = s[p], byte != separator, byte != terminator {
                        if byte == 0 { sawNUL = true }
                        p += 1
                    }
                    b = p
                }
                while b > a, s[b - 1] == 0x20 || s[b - 1] == 0x0D || s[b - 1] == 0x09 { b -= 1 }
                if field <= width {
                    starts[field] = a
                    ends[field] = b
                }
                field += 1
                if p >= n || s[p] == terminator { break }
                p += 1
            }
            let lineEnd = p
            p += 1
            if field == 1, ends[0] == starts[0] { continue }  // blank line
            if sawNUL {
                report(s, lineStart, lineEnd, line, at: lineStart, 1, "binary", "the row holds a NUL byte, which is not text", "the file is damaged here; download or export it again")
                continue
            }
            if lineEnd - lineStart > Self.longestLine {
                report(s, lineStart, lineEnd, line, at: lineStart, 1, "long_line", "the line is \(lineEnd - lineStart) bytes long", "bars need far less than \(Self.longestLine) bytes a line: is a line break missing?")
                continue
            }
            if openQuote {
                report(s, lineStart, lineEnd, line, at: starts[min(field - 1, width)], 1, "quote", "a quoted field does not end on its line", "close the quotation mark")
                continue
            }
            if field < width || (field > width && !(field == width + 1 && starts[width] == ends[width])) {
                let last = min(field - 1, width)
                report(
                    s, lineStart, lineEnd, line, at: starts[last], max(1, ends[last] - starts[last]), "ragged_row",
                    "the row has \(field) field\(field == 1 ? "" : "s"), the header \(width)",
                    field > width && separator == 0x2C ? "is a comma used as the decimal sign or inside an unquoted text?" : "is the row cut off? Remove or complete it")
                continue
            }
            if layout.symbol >= 0 {
                let a = starts[layout.symbol], b = ends[layout.symbol]
                if symbolStart < 0 || !same(s, a, b, symbolStart, symbolEnd) {
                    let name = string(s, a, b)
                    let wanted = wantedSymbol.map { $0.lowercased() == name.lowercased() } ?? (symbolStart < 0)
                    if wanted {
                        symbolStart = a
                        symbolEnd = b
                        raw.symbol = name
                    } else {
                        if otherSymbols.count < 100, !otherSymbols.contains(name) { otherSymbols.append(name) }
                        continue
                    }
                }
            }
            row(s, lineStart, lineEnd, line, starts, ends, into: &raw)
        }
    }

    @inline(__always)
    private mutating func row(
        _ s: Span<UInt8>, _ lineStart: Int, _ lineEnd: Int, _ line: Int, _ starts: [Int], _ ends: [Int], into raw: inout RawBars
    ) {
        let ta = starts[layout.time], tb = ends[layout.time]
        var parsed = parseStamp(s, ta, tb)
        if layout.clock >= 0, var stamp = parsed {
            var i = starts[layout.clock]
            if stamp.kind == .date, let clock = parseClock(s, &i, ends[layout.clock]), i == ends[layout.clock] {
                stamp.seconds += Int64(clock)
                stamp.kind = .naive
                parsed = stamp
            } else if stamp.kind == .date {
                report(
                    s, lineStart, lineEnd, line, at: starts[layout.clock], ends[layout.clock] - starts[layout.clock], "time",
                    "'\(string(s, starts[layout.clock], ends[layout.clock]))' is not a time of day", "write it as HH:MM or HH:MM:SS")
                return
            }
        }
        guard let stamp = parsed else {
            if HeaderReader.letters(string(s, ta, tb)) == HeaderReader.letters(layout.timeName), tb > ta, !layout.timeName.isEmpty {
                raw.repeatedHeaders.append(.init(line: line, time: raw.time.last ?? 0))
                return
            }
            let text = string(s, ta, tb)
            var help = "times are read as 2020-01-31 09:30:00, with T, Z or an offset if you like, or as seconds, ms, us or ns since 1970"
            if text.contains("/") { help = "write dates year first (2020-01-31): month and day first cannot be told apart" }
            if text.lowercased().contains("e+") { help = "the spreadsheet that wrote this lost digits of the time; export it as plain text" }
            report(s, lineStart, lineEnd, line, at: ta, tb - ta, "time", tb > ta ? "'\(text)' is not a time" : "the time is missing", help)
            return
        }
        guard var o = price(s, lineStart, lineEnd, line, starts[layout.open], ends[layout.open], "open"),
            var h = price(s, lineStart, lineEnd, line, starts[layout.high], ends[layout.high], "high"),
            var l = price(s, lineStart, lineEnd, line, starts[layout.low], ends[layout.low], "low"),
            var c = price(s, lineStart, lineEnd, line, starts[layout.close], ends[layout.close], "close")
        else { return }
        if layout.isQuotes {
            guard let ao = price(s, lineStart, lineEnd, line, starts[layout.askOpen], ends[layout.askOpen], "ask open"),
                let ah = price(s, lineStart, lineEnd, line, starts[layout.askHigh], ends[layout.askHigh], "ask high"),
                let al = price(s, lineStart, lineEnd, line, starts[layout.askLow], ends[layout.askLow], "ask low"),
                let ac = price(s, lineStart, lineEnd, line, starts[layout.askClose], ends[layout.askClose], "ask close")
            else { return }
            o = (o + ao) / 2
            h = (h + ah) / 2
            l = (l + al) / 2
            c = (c + ac) / 2
        }
        if o.isNaN || h.isNaN || l.isNaN || c.isNaN {
            raw.missingPriceCount += 1
            if raw.missingPrices.count < 5 { raw.missingPrices.append(.init(line: line, time: stamp.seconds)) }
            return
        }
        var v = 0.0
        if layout.volume >= 0 {
            guard let x = price(s, lineStart, lineEnd, line, starts[layout.volume], ends[layout.volume], "volume") else { return }
            v = x
            if v < 0 {
                report(s, lineStart, lineEnd, line, at: starts[layout.volume], ends[layout.volume] - starts[layout.volume], "volume", "the volume is negative", "volumes are 0 or more")
                return
            }
            if v.isNaN {
                raw.missingVolumeCount += 1
                if raw.missingVolumes.count < 5 { raw.missingVolumes.append(.init(line: line, time: stamp.seconds)) }
                v = 0
            }
        }
        switch stamp.kind {
        case .epoch: raw.epochs += 1
        case .date: raw.dates += 1
        case .naive:
            raw.naives += 1
            if raw.firstNaiveLine == 0 { raw.firstNaiveLine = line }
        case .offset:
            raw.offsets += 1
            if raw.firstOffsetLine == 0 { raw.firstOffsetLine = line }
        }
        raw.time.append(stamp.seconds)
        raw.offset.append(stamp.offset)
        raw.open.append(o)
        raw.high.append(h)
        raw.low.append(l)
        raw.close.append(c)
        raw.volume.append(v)
        raw.line.append(Int32(truncatingIfNeeded: line))
    }

    /// The number of a field; NaN when the field says that there is none; nil after reporting a fault.
    @inline(__always)
    private mutating func price(_ s: Span<UInt8>, _ lineStart: Int, _ lineEnd: Int, _ line: Int, _ a: Int, _ b: Int, _ what: String) -> Double? {
        if let x = parseDecimal(s, from: a, to: b) { return x }
        return oddNumber(s, lineStart, lineEnd, line, a, b, what)
    }

    @inline(never)
    private mutating func oddNumber(_ s: Span<UInt8>, _ lineStart: Int, _ lineEnd: Int, _ line: Int, _ a: Int, _ b: Int, _ what: String) -> Double? {
        let text = string(s, a, b)
        if ["", "null", "nan", "na", "n/a", "#n/a", "none", "-", "."].contains(text.lowercased()) { return .nan }
        // "1,234.50" in quotes, with or without a dollar sign.
        var digits = text.utf8.filter { $0 != 0x2C }
        if digits.first == 0x24 { digits.removeFirst() }
        let quoted = a > 0 && s[a - 1] == 0x22
        if digits.count < text.utf8.count, quoted || !text.contains(","), let x = parseDecimal(digits.span, from: 0, to: digits.count) { return x }
        report(
            s, lineStart, lineEnd, line, at: a, b - a, "number", "'\(text)' is not a number (\(what))",
            text.contains(",") ? "write numbers with a decimal point" : "mend or remove the row")
        return nil
    }

    private func same(_ s: Span<UInt8>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Bool {
        guard b - a == d - c else { return false }
        var i = 0
        while i < b - a {
            if s[a + i] != s[c + i] { return false }
            i += 1
        }
        return true
    }

    /// The text of `s[a..<b]`, at most 60 bytes of it.
    private func string(_ s: Span<UInt8>, _ a: Int, _ b: Int) -> String {
        var out: [UInt8] = []
        for i in a..<max(a, min(b, a + 60)) { out.append(s[i]) }
        return String(decoding: out, as: UTF8.self) + (b - a > 60 ? "..." : "")
    }

    @inline(never)
    private mutating func report(
        _ s: Span<UInt8>, _ lineStart: Int, _ lineEnd: Int, _ line: Int, at position: Int, _ length: Int, _ code: String, _ message: String, _ help: String
    ) {
        faults += 1
        guard issues.count < Self.shownFaults else { return }
        var source: [UInt8] = []
        for i in lineStart..<min(lineEnd, lineStart + 160) { source.append(s[i] == 0x0D ? 0x20 : s[i]) }
        let column = position - lineStart + 1
        issues.append(
            InputIssue(
                code: code, file: file, line: line, column: column, length: max(1, min(length, 60)), message: message, help: help,
                sourceLine: column <= 160 ? String(decoding: source, as: UTF8.self) : nil))
    }
}
