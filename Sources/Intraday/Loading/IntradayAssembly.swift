internal import ComponentKit
internal import MarketData
internal import RealModule
internal import TradingTypes

/// Puts the bars of one traded symbol on the New York grid, and counts everything that does not fit there.
struct SymbolGrid {
    struct Day {
        let date: Int
        /// Rows of the grid, from 0 for the symbol's first row.
        let preMarket: Range<Int>
        let regular: Range<Int>
        let previousClose: Double
    }

    private(set) var days: [Day] = []
    private(set) var time: [Int64] = []
    private(set) var open: [Double] = [], high: [Double] = [], low: [Double] = [], close: [Double] = [], volume: [Double] = []
    private(set) var isRecorded: [Bool] = []
    private(set) var counts: [DataOddity] = []

    /// A session must have this share of its minutes, and one in its last half hour, to be a day of the market.
    static let wholeShare = 0.5
    /// A pre-market bar further than this from the median of the last five closes, and than ten median ranges, is a bad tick.
    static let tickFloor = 0.01
    static let tickRanges = 10.0

    /// - Parameter dates: only these (nil: all).
    init(_ bars: BarSeries, lastDays: Int?) {
        let local = NewYorkSession.local(bars.time)
        var outside = Tally(), closedDays = Tally(), partial = Tally(), bad = Tally(), filled = Tally()
        // Stretches of bars of one New York date.
        var stretches: [(date: Int, bars: Range<Int>)] = []
        var i = 0
        while i < bars.count {
            let date = Int(floorDivide(local[i], 86_400))
            let begin = i
            while i < bars.count, local[i] < Int64(date + 1) * 86_400 { i += 1 }
            stretches.append((date, begin..<i))
        }
        // Which dates are whole sessions.
        var sessions: [(date: Int, minutes: Int, bars: Range<Int>)] = []
        for (date, range) in stretches {
            guard NewYorkSession.isTradingDay(date) else {
                closedDays.add(range.count, at: bars.time[range.lowerBound])
                continue
            }
            let minutes = NewYorkSession.isHalfDay(date) ? NewYorkSession.halfDayMinutes : NewYorkSession.regularMinutes
            var recorded = 0, last = -1
            for k in range {
                let m = Int((local[k] - Int64(date) * 86_400) / 60) - NewYorkSession.openMinute
                if m >= 0, m < minutes {
                    recorded += 1
                    last = m
                }
                if m < -NewYorkSession.preMarketMinutes || m >= minutes { outside.add(1, at: bars.time[k]) }
            }
            guard Double(recorded) >= Self.wholeShare * Double(minutes), last >= minutes - 30 else {
                partial.add(1, at: bars.time[range.lowerBound])
                continue
            }
            sessions.append((date, minutes, range))
        }
        if let lastDays, sessions.count > lastDays { sessions.removeFirst(sessions.count - lastDays) }

        var previous: (date: Int, close: Double)?
        for (date, minutes, range) in sessions {
            let start = NewYorkSession.utc(date: date, minute: NewYorkSession.openMinute)
            let hasPreMarket = bars.time[range.lowerBound] < start
            let before = hasPreMarket ? NewYorkSession.preMarketMinutes : 0
            let first = time.count
            var last = previous?.close ?? bars.open[range.lowerBound]
            var judge = TickJudge()
            var k = range.lowerBound
            for m in -before..<minutes {
                let now = start + Int64(m) * 60
                while k < range.upperBound, bars.time[k] < now { k += 1 }
                var found = k < range.upperBound && bars.time[k] == now
                if found, m < 0, judge.isBad(open: bars.open[k], high: bars.high[k], low: bars.low[k], close: bars.close[k]) {
                    bad.add(1, at: now)
                    found = false
                }
                time.append(now)
                isRecorded.append(found)
                if found {
                    open.append(bars.open[k])
                    high.append(bars.high[k])
                    low.append(bars.low[k])
                    close.append(bars.close[k])
                    volume.append(bars.volume[k])
                    last = bars.close[k]
                } else {
                    open.append(last)
                    high.append(last)
                    low.append(last)
                    close.append(last)
                    volume.append(0)
                    if m >= 0 { filled.add(1, at: now) }
                }
            }
            let isNext = previous.map { $0.date == NewYorkSession.tradingDay(before: date) } ?? false
            days.append(
                Day(
                    date: date, preMarket: first..<first + before, regular: first + before..<first + before + minutes,
                    previousClose: isNext ? previous!.close : .nan))
            previous = (date, last)
        }
        let kinds: [(Tally, String, String, String, Bool)] = [
            (outside, "outside_sessions", "row left out", "bars before 04:00 or after the close", false),
            (closedDays, "closed_day", "row left out", "bars on days without trading", true),
            (partial, "partial_session", "day left out", "sessions with less than half of their minutes, or none in the last half hour", true),
            (bad, "bad_tick", "row left out", "pre-market bars more than 1% (and ten median ranges) off the last five closes", true),
            (filled, "filled_minute", "last close, volume 0", "minutes of the session without a bar", true),
        ]
        for (tally, name, policy, detail, isFault) in kinds where tally.count > 0 {
            counts.append(DataOddity(name: name, count: tally.count, policy: policy, detail: detail, examples: tally.examples, isFault: isFault))
        }
    }
}

/// A count with its first five places.
private struct Tally {
    var count = 0
    var examples: [DataOddity.Example] = []

    mutating func add(_ n: Int, at time: Int64) {
        count += n
        if examples.count < 5 { examples.append(.init(line: 0, time: time)) }
    }
}

/// Judges the bars of one pre-market, in order, by what came before them: a jump is believed once three of the last five closes have made it.
private struct TickJudge {
    private var closes: [Double] = []
    private var ranges: [Double] = []

    mutating func isBad(open: Double, high: Double, low: Double, close: Double) -> Bool {
        let range = high / low - 1
        defer {
            closes.append(close)
            if closes.count > 5 { closes.removeFirst() }
            ranges.append(range)
            if ranges.count > 30 { ranges.removeFirst() }
        }
        guard closes.count >= 3 else { return false }
        let middle = closes.sorted()[closes.count / 2]
        let limit = max(SymbolGrid.tickFloor, SymbolGrid.tickRanges * ranges.sorted()[ranges.count / 2])
        return high > middle * (1 + limit) || low < middle * (1 - limit) || close > middle * (1 + limit) || close < middle * (1 - limit)
    }
}

/// One feed of prices that is looked at from the rows of another: known at the end of each of its bars.
struct Companion {
    let bars: BarSeries
    /// UTC second at which each bar is known. A daily bar is known when its New York date is over.
    let known: [Int64]

    init(_ bars: BarSeries) {
        self.bars = bars
        let step = Int64(bars.barDurationSeconds)
        if step >= 86_400 {
            known = bars.time.map { NewYorkSession.utc(date: Int(floorDivide($0 + 43_200, 86_400)) + 1, minute: 0) }
        } else {
            known = bars.time.map { $0 + step }
        }
    }

    /// For each row the index of the last bar known at the row's close, -1 before the first. O(rows + bars).
    func lastKnown(atClosesOf rows: [Int64]) -> [Int] {
        var k = -1
        return rows.map { start in
            while k + 1 < known.count, known[k + 1] <= start + 60 { k += 1 }
            return k
        }
    }

    /// For each row the bar of exactly its minute, -1 without one; -1 throughout for feeds slower than a minute.
    func sameMinute(_ rows: [Int64]) -> [Int] {
        guard bars.barDurationSeconds == 60 else { return [Int](repeating: -1, count: rows.count) }
        var k = 0
        return rows.map { start in
            while k < bars.count, bars.time[k] < start { k += 1 }
            return k < bars.count && bars.time[k] == start ? k : -1
        }
    }

    /// One-minute log returns at the rows: from the bar of the minute before, or open to close in the session's first minute; NaN otherwise.
    func minuteReturns(_ rows: [Int64], isFirst: (Int) -> Bool) -> [Double] {
        let at = sameMinute(rows)
        return rows.indices.map { t in
            let k = at[t]
            guard k >= 0 else { return .nan }
            if isFirst(t) { return Double.log(bars.close[k] / bars.open[k]) }
            guard k > 0, bars.time[k - 1] == rows[t] - 60 else { return .nan }
            return Double.log(bars.close[k] / bars.close[k - 1])
        }
    }
}
