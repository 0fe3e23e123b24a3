internal import ComponentKit
internal import TradingTypes

/// Turns raw rows into a clean series, step by step, and keeps the account of it: order, zone, duplicates, bar length,
/// stamps at the end of the bar, impossible prices. What needs a calendar follows in `inspect`.
struct BarAssembly {
    let file: String
    let layout: BarLayout
    let options: LoadOptions
    var time: [Int64] = []
    /// Wall-clock seconds at the market, for sessions.
    var local: [Int64] = []
    var open: [Double] = [], high: [Double] = [], low: [Double] = [], close: [Double] = [], volume: [Double] = []
    var line: [Int32] = []
    var barSeconds = 0
    var isDaily = false
    var isUSSession = false
    var zoneName = "UTC"
    var zoneSource = ""
    var order = "oldest first"
    var stamps = "start"
    var notes: [String] = []
    var oddities: [DataOddity] = []

    var count: Int { time.count }

    init(_ raw: RawBars, file: String, layout: BarLayout, options: LoadOptions) throws(InputIssues) {
        self.file = file
        self.layout = layout
        self.options = options
        notes = layout.notes
        guard raw.count > 0 else {
            throw InputIssues(
                InputIssue(
                    code: "no_rows", file: file,
                    message: raw.missingPriceCount > 0 ? "has no bar with prices: all \(raw.missingPriceCount) rows are without" : "has a header but no rows",
                    help: "is the download complete?"))
        }
        if raw.missingPriceCount > 0 {
            oddities.append(DataOddity(name: "missing_price", count: raw.missingPriceCount, policy: "row dropped", examples: raw.missingPrices))
        }
        if raw.missingVolumeCount > 0 {
            oddities.append(DataOddity(name: "missing_volume", count: raw.missingVolumeCount, policy: "volume set to 0", examples: raw.missingVolumes))
        }
        if !raw.repeatedHeaders.isEmpty {
            oddities.append(DataOddity(name: "repeated_header", count: raw.repeatedHeaders.count, policy: "row dropped", examples: raw.repeatedHeaders))
        }
        try settleOrder(raw)
        try settleZone(raw)
        removeDuplicates()
        removeNonPositive()
        guard count > 0 else {
            throw InputIssues(InputIssue(code: "no_rows", file: file, message: "has no bar with positive prices", help: "is this a file of prices?"))
        }
        settleBarLength()
        settleStamps()
        widenRanges()
    }

    // MARK: Order

    /// Oldest first, whatever the file's order; throws when the times neither rise nor fall.
    private mutating func settleOrder(_ raw: RawBars) throws(InputIssues) {
        var rising = 0, falling = 0
        for i in 1..<max(1, raw.count) {
            if raw.time[i] > raw.time[i - 1] { rising += 1 } else if raw.time[i] < raw.time[i - 1] { falling += 1 }
        }
        let minority = min(rising, falling)
        time = raw.time
        local = raw.time
        for i in local.indices { local[i] += Int64(raw.offset[i]) }
        (open, high, low, close, volume, line) = (raw.open, raw.high, raw.low, raw.close, raw.volume, raw.line)
        if minority > 0, Double(minority) > 0.1 * Double(rising + falling) {
            let turn = (1..<raw.count).first { (raw.time[$0] < raw.time[$0 - 1]) == (rising >= falling) && raw.time[$0] != raw.time[$0 - 1] } ?? 1
            throw InputIssues(
                InputIssue(
                    code: "time_order", file: file, line: Int(raw.line[turn]),
                    message: "the times neither rise nor fall: \(rising) steps forward, \(falling) back; here \(timeText(raw.time[turn - 1])) is followed by \(timeText(raw.time[turn]))",
                    help: "sort the rows by time; if the file holds several symbols, cut it into one file each"))
        }
        if falling > rising {
            order = "newest first (reversed)"
            permute(Array((0..<count).reversed()))
        }
        if minority > 0 {
            var examples: [DataOddity.Example] = []
            for i in 1..<count where time[i] < time[i - 1] {
                if examples.count < 5 { examples.append(.init(line: Int(line[i]), time: time[i], detail: "after \(timeText(time[i - 1]))")) }
            }
            oddities.append(DataOddity(name: "out_of_order", count: minority, policy: "rows sorted by time", examples: examples))
            order = falling > rising ? "newest first (reversed, then sorted)" : "oldest first (then sorted)"
            sortByTime()
        }
    }

    private mutating func sortByTime() {
        permute((0..<count).sorted { time[$0] != time[$1] ? time[$0] < time[$1] : line[$0] < line[$1] })
    }

    private mutating func permute(_ index: [Int]) {
        time = index.map { time[$0] }
        local = index.map { local[$0] }
        open = index.map { open[$0] }
        high = index.map { high[$0] }
        low = index.map { low[$0] }
        close = index.map { close[$0] }
        volume = index.map { volume[$0] }
        line = index.map { line[$0] }
    }

    // MARK: Zone

    private mutating func settleZone(_ raw: RawBars) throws(InputIssues) {
        let override = try options.timeZone.map { text throws(InputIssues) in try MarketTimeZone.parse(text) }
        if raw.offsets + raw.epochs > 0, raw.naives + raw.dates > 0 {
            throw InputIssues(
                InputIssue(
                    code: "mixed_zones", file: file, line: max(raw.firstNaiveLine, raw.firstOffsetLine),
                    message: "some stamps carry a zone (\(raw.offsets + raw.epochs) rows), others do not (\(raw.naives + raw.dates) rows)",
                    help: "write all of them alike, best in UTC with a Z"))
        }
        // Midnight throughout, a day or more apart: trading dates, whatever zone is written beside them.
        let step = commonStep(local)
        let midnight = local.allSatisfy { $0 % 86_400 == 0 }
        if raw.epochs == 0, midnight, step >= 86_400 || count == 1 || raw.dates == count {
            isDaily = true
            time = local
            zoneName = "trading date"
            zoneSource = raw.offsets > 0 ? "the written offset is dropped, bars are stamped 00:00 UTC of their date" : "no time of day, bars are stamped 00:00 UTC of their date"
            if override != nil { notes.append("the time zone option is ignored: the rows carry dates only") }
            return
        }
        isDaily = step >= 86_400
        if raw.epochs + raw.offsets > 0 {
            if override != nil { notes.append("the time zone option is ignored: the stamps carry their zone") }
            if raw.epochs > 0 {
                zoneName = "UTC"
                zoneSource = "epoch numbers"
            } else {
                let distinct = Set(raw.offset)
                zoneName = distinct.count == 1 ? MarketTimeZone.fixed(seconds: Int(raw.offset[0])).name : "UTC offsets \(distinct.sorted().map { MarketTimeZone.fixed(seconds: Int($0)).name.dropFirst(3) }.joined(separator: " and "))"
                zoneSource = "written in the stamps"
            }
            let eastern = MarketTimeZone.eastern.toLocal(time)
            if !isDaily, SessionShape.looksUS(eastern, step: step) {
                isUSSession = true
                local = eastern
            }
            return
        }
        let zone: MarketTimeZone
        if let override {
            zone = override
            zoneSource = "as the option says"
        } else if layout.timeName.hasSuffix("_et") || layout.timeName.hasSuffix("est") || layout.timeName.contains("eastern") {
            zone = .eastern
            zoneSource = "the column is named '\(layout.timeName)'"
        } else if layout.timeName.contains("utc") || layout.timeName.contains("gmt") {
            zone = .utc
            zoneSource = "the column is named '\(layout.timeName)'"
        } else if !isDaily, SessionShape.looksUS(local, step: step) {
            zone = .eastern
            zoneSource = "inferred: no zone is written, and the bars keep the hours of a US session by New York's clock"
        } else {
            zone = .utc
            zoneSource = "assumed: no zone is written"
        }
        zoneName = zone.name
        time = zone.toUTC(local)
        if !isDaily {
            if zone == .eastern {
                isUSSession = SessionShape.looksUS(local, step: step)
            } else {
                let eastern = MarketTimeZone.eastern.toLocal(time)
                if SessionShape.looksUS(eastern, step: step) {
                    isUSSession = true
                    local = eastern
                }
            }
        }
        // Hours that the clock repeats in autumn may have come out of order.
        if zone != .utc, (1..<max(1, count)).contains(where: { time[$0] < time[$0 - 1] }) { sortByTime() }
    }

    /// The most frequent positive difference of neighbouring times (the smallest of equals); 0 for a single time.
    func commonStep(_ times: [Int64]) -> Int {
        var counts: [Int64: Int] = [:]
        var last: Int64 = -1, run = 0
        for i in 1..<max(1, times.count) {
            let d = times[i] - times[i - 1]
            guard d > 0 else { continue }
            if d == last {
                run += 1
            } else {
                if run > 0 { counts[last, default: 0] += run }
                last = d
                run = 1
            }
        }
        if run > 0 { counts[last, default: 0] += run }
        return Int(counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 0)
    }

    // MARK: Rows

    private mutating func removeDuplicates() {
        var keep: [Int] = []
        var identical: [DataOddity.Example] = [], conflicting: [DataOddity.Example] = []
        var sameCount = 0, conflictCount = 0
        guard (1..<max(1, count)).contains(where: { time[$0] == time[$0 - 1] }) else { return }
        keep.reserveCapacity(count)
        for i in 0..<count {
            guard let k = keep.last, time[k] == time[i] else {
                keep.append(i)
                continue
            }
            if open[k] == open[i], high[k] == high[i], low[k] == low[i], close[k] == close[i], volume[k] == volume[i] {
                sameCount += 1
                if identical.count < 5 { identical.append(.init(line: Int(line[i]), time: time[i], detail: "same as line \(line[k])")) }
            } else {
                conflictCount += 1
                // The later row of the file stays: a correction follows what it corrects.
                let last = line[i] > line[k] ? i : k, other = last == i ? k : i
                if conflicting.count < 5 { conflicting.append(.init(line: Int(line[last]), time: time[i], detail: "differs from line \(line[other])")) }
                keep[keep.count - 1] = last
            }
        }
        permute(keep)
        if sameCount > 0 { oddities.append(DataOddity(name: "duplicate", count: sameCount, policy: "row dropped", examples: identical)) }
        if conflictCount > 0 {
            oddities.append(DataOddity(name: "duplicate_conflict", count: conflictCount, policy: "the later row of the file kept", examples: conflicting))
        }
    }

    private mutating func removeNonPositive() {
        func bad(_ i: Int) -> Bool { !(open[i] > 0 && high[i] > 0 && low[i] > 0 && close[i] > 0) }
        guard (0..<count).contains(where: bad) else { return }
        let rows = (0..<count).filter(bad)
        oddities.append(
            DataOddity(
                name: "non_positive_price", count: rows.count, policy: "row dropped",
                examples: rows.prefix(5).map { .init(line: Int(line[$0]), time: time[$0], detail: "low \(shortNumber(low[$0])), close \(shortNumber(close[$0]))") }))
        permute((0..<count).filter { !bad($0) })
    }

    private mutating func settleBarLength() {
        barSeconds = commonStep(time)
        if isDaily, barSeconds > 0, barSeconds < 2 * 86_400 { barSeconds = 86_400 }
        if barSeconds == 0 {
            barSeconds = 86_400
            notes.append("a single bar: its length is unknown, one day is assumed")
        }
        guard barSeconds <= 3600, barSeconds > 1 else { return }
        let step = Int64(barSeconds), phase = time[0] % step
        guard time.contains(where: { $0 % step != phase }) else { return }
        var phases: [Int64: Int] = [:]
        for t in time { phases[t % Int64(barSeconds), default: 0] += 1 }
        guard let common = phases.max(by: { ($0.value, -$0.key) < ($1.value, -$1.key) })?.key, phases.count > 1 else { return }
        let off = (0..<count).filter { time[$0] % Int64(barSeconds) != common }
        oddities.append(
            DataOddity(
                name: "off_grid", count: off.count, policy: "kept", detail: "start is not a whole number of bars from the others",
                examples: off.prefix(5).map { .init(line: Int(line[$0]), time: time[$0]) }))
    }

    /// Bars stamped at their end are moved back to their start.
    private mutating func settleStamps() {
        guard !isDaily else { return }
        if layout.stampsAtEnd {
            // A closing time of ...:59(.999) is the last moment of the bar.
            let closing = time.filter { $0 % 60 == 59 }.count * 2 > count
            shift(by: (closing ? 1 : 0) - barSeconds)
            stamps = "end (shifted to start): the time column is '\(layout.timeName)'"
        } else if isUSSession, SessionShape.stampedAtEnd(local, step: barSeconds) {
            shift(by: -barSeconds)
            stamps = "end (shifted to start): sessions run \(clockText(34_200 + barSeconds)) to 16:00"
        }
    }

    private mutating func shift(by seconds: Int) {
        for i in 0..<count {
            time[i] += Int64(seconds)
            local[i] += Int64(seconds)
        }
    }

    private mutating func widenRanges() {
        var bad: [DataOddity.Example] = []
        var n = 0
        for i in 0..<count {
            let top = max(open[i], close[i], high[i], low[i]), bottom = min(open[i], close[i], low[i], high[i])
            if high[i] < top || low[i] > bottom {
                n += 1
                if bad.count < 5 {
                    bad.append(
                        .init(
                            line: Int(line[i]), time: time[i],
                            detail: "open \(shortNumber(open[i])), high \(shortNumber(high[i])), low \(shortNumber(low[i])), close \(shortNumber(close[i]))"))
                }
                high[i] = top
                low[i] = bottom
            }
        }
        if n > 0 { oddities.append(DataOddity(name: "ohlc_inconsistent", count: n, policy: "high and low widened to cover open and close", examples: bad)) }
    }
}
