extension BarAssembly {
    /// Gaps, absent sessions and half days, by the calendar that the bars themselves keep. Appends to `oddities`; gives the calendar's
    /// name and the shape learnt.
    ///
    /// - around the clock: every step longer than one bar is a gap;
    /// - daily: working days left out are a gap, US exchange holidays are not; where weekends have bars, every day left out;
    /// - sessions: slots of the regular grid without a bar between the session's usual first and last bar. Nights, weekends and whole
    ///   days without bars are not gaps; for US sessions whole days that are no holiday are `missing_session`, and days that
    ///   close at 13:00 are `half_day`.
    mutating func inspectCalendar() -> (name: String, shape: SessionShape) {
        let shape = SessionShape(local: local, step: barSeconds)
        if isDaily || barSeconds >= 86_400 {
            inspectDays()
            return ("daily", shape)
        }
        if shape.isContinuous {
            var found = GapList()
            for i in 1..<max(1, count) {
                let step = time[i] - time[i - 1]
                if step > Int64(barSeconds) { found.add(missing: max(1, Int((step + Int64(barSeconds) / 2) / Int64(barSeconds)) - 1), at: time[i - 1] + Int64(barSeconds), line: Int(line[i])) }
            }
            if let oddity = found.oddity(unit: "bars") { oddities.append(oddity) }
            return ("continuous", shape)
        }
        inspectSessions(shape)
        return (isUSSession ? "US sessions" : "sessions", shape)
    }

    private mutating func inspectDays() {
        guard barSeconds == 86_400 else {
            var found = GapList()
            for i in 1..<max(1, count) where Double(time[i] - time[i - 1]) > 1.6 * Double(barSeconds) {
                found.add(missing: max(1, Int((Double(time[i] - time[i - 1]) / Double(barSeconds)).rounded()) - 1), at: time[i - 1] + Int64(barSeconds), line: Int(line[i]))
            }
            if let oddity = found.oddity(unit: "bars") { oddities.append(oddity) }
            return
        }
        let days = time.map { Int(floorDivide($0, 86_400)) }
        let weekends = days.reduce(0) { $0 + (weekday($1) == 0 || weekday($1) == 6 ? 1 : 0) }
        let everyDay = weekends * 7 > count
        var found = GapList()
        for i in 1..<max(1, days.count) where days[i] - days[i - 1] > 1 {
            var missing = 0, first = 0
            for day in days[i - 1] + 1..<days[i] where everyDay || (weekday(day) != 0 && weekday(day) != 6 && !USExchangeCalendar.isHoliday(day)) {
                if missing == 0 { first = day }
                missing += 1
            }
            if missing > 0 { found.add(missing: missing, at: Int64(first) * 86_400, line: Int(line[i])) }
        }
        if let oddity = found.oddity(unit: everyDay ? "days" : "working days") { oddities.append(oddity) }
    }

    private mutating func inspectSessions(_ shape: SessionShape) {
        let slots = shape.slotsPerDay
        let step = barSeconds
        var found = GapList()
        var halfDays: [DataOddity.Example] = [], halfDayCount = 0
        var absent: [DataOddity.Example] = [], absentCount = 0
        var has = [Bool](repeating: false, count: slots)
        var i = 0
        var previousDay = Int.min
        let lastDay = Int(floorDivide(local[count - 1], 86_400))
        while i < count {
            let day = Int(floorDivide(local[i], 86_400))
            let dayStart = Int64(day) * 86_400
            let begin = i
            for k in 0..<slots { has[k] = false }
            var firstSlot = slots, lastSlot = 0
            while i < count, local[i] < dayStart + 86_400 {
                let slot = min(Int(local[i] - dayStart) / step, slots - 1)
                has[slot] = true
                firstSlot = min(firstSlot, slot)
                lastSlot = max(lastSlot, slot)
                i += 1
            }
            if isUSSession, previousDay != Int.min {
                for d in previousDay + 1..<max(day, previousDay + 1) where weekday(d) != 0 && weekday(d) != 6 && !USExchangeCalendar.isHoliday(d) {
                    absentCount += 1
                    if absent.count < 5 { absent.append(.init(line: Int(line[begin]), time: Int64(d) * 86_400, detail: "no bar on this trading day")) }
                }
            }
            let isFirst = previousDay == Int.min, isLast = day == lastDay
            previousDay = day

            // Of a US day only the regular session, 09:30 to 16:00: outside it minutes without a trade are usual.
            let grid = (0..<slots).filter { shape.isExpected(day: day, slot: $0) && (!isUSSession || ($0 * step + step > 34_200 && $0 * step < 57_600)) }
            guard let gridStart = grid.first, let gridEnd = grid.last, grid.contains(where: { has[$0] }) else { continue }
            let from = isFirst ? max(gridStart, firstSlot) : gridStart
            var to = isLast ? min(gridEnd, lastSlot) : gridEnd
            // A short day: nothing, or nearly nothing, on the grid after some hour.
            let halfDaySlot = 46_800 / step
            if isUSSession, USExchangeCalendar.isHalfDay(day), halfDaySlot > gridStart {
                to = min(to, halfDaySlot - 1)
                halfDayCount += 1
                if halfDays.count < 5 { halfDays.append(.init(line: Int(line[begin]), time: dayStart, detail: "\(i - begin) bars, 13:00 close")) }
            } else if !isLast {
                let after = grid.filter { $0 >= halfDaySlot && $0 <= to }
                let kept = after.reduce(0) { $0 + (has[$1] ? 1 : 0) }
                if isUSSession, after.count * step >= 7200, kept * 7 <= after.count {
                    to = halfDaySlot - 1
                    halfDayCount += 1
                    if halfDays.count < 5 { halfDays.append(.init(line: Int(line[begin]), time: dayStart, detail: "\(i - begin) bars")) }
                } else if let end = grid.last(where: { has[$0] }), (to - end) * step >= 3600 {
                    to = end
                    halfDayCount += 1
                    if halfDays.count < 5 { halfDays.append(.init(line: Int(line[begin]), time: dayStart, detail: "\(i - begin) bars, last at \(clockText(end * step))")) }
                }
            }
            guard from <= to else { continue }
            var missing = 0, start = 0
            for slot in grid where slot >= from && slot <= to {
                if !has[slot] {
                    if missing == 0 { start = slot }
                    missing += 1
                } else if missing > 0 {
                    found.add(missing: missing, at: utc(dayStart + Int64(start * step), near: begin), line: 0)
                    missing = 0
                }
            }
            if missing > 0 { found.add(missing: missing, at: utc(dayStart + Int64(start * step), near: begin), line: 0) }
        }
        if let oddity = found.oddity(unit: "bars inside sessions") { oddities.append(oddity) }
        if absentCount > 0 {
            oddities.append(DataOddity(name: "missing_session", count: absentCount, policy: "kept", detail: "trading days without a bar", examples: absent))
        }
        if halfDayCount > 0 {
            oddities.append(DataOddity(name: "half_day", count: halfDayCount, policy: "kept", detail: "short sessions", examples: halfDays, isFault: false))
        }
    }

    /// UTC of a wall-clock second on the day of bar `i`.
    private func utc(_ wall: Int64, near i: Int) -> Int64 { wall - (local[i] - time[i]) }
}

/// Gaps as they are found: number, missing bars, the longest, the first five.
private struct GapList {
    var count = 0
    var missing = 0
    var longest = 0
    var longestTime: Int64 = 0
    var examples: [DataOddity.Example] = []

    mutating func add(missing n: Int, at time: Int64, line: Int) {
        count += 1
        missing += n
        if n > longest {
            longest = n
            longestTime = time
        }
        if examples.count < 5 { examples.append(.init(line: line, time: time, detail: "\(n) missing")) }
    }

    func oddity(unit: String) -> DataOddity? {
        guard count > 0 else { return nil }
        return DataOddity(
            name: "gap", count: count, policy: "kept",
            detail: "\(missing) \(unit) missing, longest \(longest) from \(timeText(longestTime))", examples: examples)
    }
}
