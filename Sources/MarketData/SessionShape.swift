/// Which clock times a market keeps, learnt from the bars themselves.
///
/// A slot is one bar length of the wall clock's day. A slot belongs to the regular grid when it holds a bar on at least half
/// of the days of its class (each weekday is a class where eight weeks or more are at hand, else working days and weekends).
struct SessionShape {
    let step: Int
    let slotsPerDay: Int
    /// expected[weekday * slotsPerDay + slot]
    private(set) var expected: [Bool]
    /// Every slot of every day is part of the grid: a market that never closes.
    private(set) var isContinuous: Bool

    /// Learns from wall-clock times in rising order. Steps of a day or more give an empty shape.
    init(local: [Int64], step: Int) {
        self.step = step
        slotsPerDay = step > 0 && step < 86_400 ? 86_400 / step : 0
        expected = []
        isContinuous = false
        guard slotsPerDay > 0, let first = local.first, let last = local.last else { return }
        let firstDay = Int(floorDivide(first, 86_400)), lastDay = Int(floorDivide(last, 86_400))
        let fine = lastDay - firstDay >= 56
        func group(_ w: Int) -> Int { fine ? w : (w == 0 || w == 6 ? 1 : 0) }
        let groups = fine ? 7 : 2
        var present = [Int32](repeating: 0, count: groups * slotsPerDay)
        for t in local {
            let day = floorDivide(t, 86_400)
            let slot = min(Int(t - day * 86_400) / step, slotsPerDay - 1)
            present[group(weekday(Int(day))) * slotsPerDay + slot] += 1
        }
        var days = [Int32](repeating: 0, count: groups)
        for day in firstDay...lastDay { days[group(weekday(day))] += 1 }
        expected = [Bool](repeating: false, count: 7 * slotsPerDay)
        for w in 0..<7 {
            let g = group(w)
            for slot in 0..<slotsPerDay where days[g] > 0 && 2 * present[g * slotsPerDay + slot] >= days[g] { expected[w * slotsPerDay + slot] = true }
        }
        isContinuous = !expected.contains(false)
        if !isContinuous, lastDay - firstDay < 3 {
            // Too short to learn from: bars around the clock without a long break count as continuous.
            var longest: Int64 = 0
            for i in 1..<max(1, local.count) { longest = max(longest, local[i] - local[i - 1]) }
            isContinuous = longest < 3 * 3600 && last - first >= 20 * 3600
        }
    }

    func isExpected(day: Int, slot: Int) -> Bool { expected[weekday(day) * slotsPerDay + slot] }

    /// Whether wall-clock times are those of a US equity session: no weekend, nothing outside 04:00 to 20:20, and on most days a
    /// bar at the opening, 09:30, or a bar's length after it.
    static func looksUS(_ local: [Int64], step: Int) -> Bool {
        guard step > 0, step <= 3600, local.count >= 5 else { return false }
        var outside = 0, days = 0, opened = 0, previous = Int64.min, hasOpen = false
        for t in local {
            let day = floorDivide(t, 86_400)
            if day != previous {
                days += 1
                if hasOpen { opened += 1 }
                hasOpen = false
                previous = day
            }
            let s = Int(t - day * 86_400)
            if s < 14_400 || s > 73_200 { outside += 1 }
            let w = weekday(Int(day))
            if w == 0 || w == 6 { outside += 1 }
            if s == 34_200 || s == 34_200 + step || (s > 34_200 && s < 34_200 + 300 && step <= 60) { hasOpen = true }
        }
        if hasOpen { opened += 1 }
        return outside * 200 <= local.count && Double(opened) >= 0.6 * Double(days)
    }

    /// Whether a US session's bars carry the time of their end: on most days the first regular bar is one bar after 09:30 and the last is
    /// at 16:00. (A feed that stamps starts and adds the closing auction at 16:00 also has a bar at 09:30.)
    static func stampedAtEnd(_ local: [Int64], step: Int) -> Bool {
        guard step > 0, step <= 1800 else { return false }
        var days = 0, atOpen = 0, afterOpen = 0, atClose = 0, previous = Int64.min, seen = false
        for t in local {
            let day = floorDivide(t, 86_400)
            if day != previous {
                days += 1
                previous = day
                seen = false
            }
            let s = Int(t - day * 86_400)
            if s == 34_200 { atOpen += 1 }
            if s > 34_200, s <= 34_200 + 5 * step, !seen {  // an index sampled by the minute may miss its first bars
                afterOpen += 1
                seen = true
            }
            if s == 57_600 { atClose += 1 }
        }
        return atOpen * 10 <= days && afterOpen * 2 >= days && atClose * 2 >= days
    }
}
