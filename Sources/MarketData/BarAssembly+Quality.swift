internal import ComponentKit
internal import RealModule

extension BarAssembly {
    /// Zero volume, flat bars, bad ticks, changes of the volume feed, a placeholder at the end. Prices and volumes stay as they are.
    mutating func inspectQuality(_ shape: SessionShape) {
        inspectVolume()
        inspectTicks()
        if layout.volume >= 0, !isDaily, barSeconds < 86_400 { inspectFeed(shape) }
    }

    private mutating func inspectVolume() {
        var flat = 0, flatExamples: [DataOddity.Example] = []
        var zero = 0, zeroExamples: [DataOddity.Example] = []
        for i in 0..<count {
            if high[i] == low[i] {
                flat += 1
                if flatExamples.count < 5 { flatExamples.append(.init(line: Int(line[i]), time: time[i])) }
            }
            if volume[i] == 0 {
                zero += 1
                if zeroExamples.count < 5 { zeroExamples.append(.init(line: Int(line[i]), time: time[i])) }
            }
        }
        if layout.volume < 0 {
            oddities.append(DataOddity(name: "no_volume", count: count, policy: "volume set to 0", detail: "the file has no volume column"))
        } else if zero == count {
            oddities.append(DataOddity(name: "no_volume", count: count, policy: "kept", detail: "the volume is 0 in every row"))
        } else if zero > 0 {
            oddities.append(DataOddity(name: "zero_volume", count: zero, policy: "kept", examples: zeroExamples))
        }
        if flat > 0 { oddities.append(DataOddity(name: "flat", count: flat, policy: "kept", detail: "high equals low", examples: flatExamples)) }
        if count >= 10, zero < count, layout.volume >= 0, volume[count - 1] == 0, high[count - 1] == low[count - 1], order.hasPrefix("oldest") || order.hasPrefix("newest") {
            oddities.append(
                DataOddity(
                    name: "placeholder_last_bar", count: 1, policy: "kept", detail: "the last bar is flat without volume, as feeds write before a bar has traded",
                    examples: [.init(line: Int(line[count - 1]), time: time[count - 1])]))
        }
    }

    // MARK: Bad ticks

    /// Range, in robust units, from which a bar that reverses at once counts as a bad tick. At 15 the real hourly moves of 2020-03-12
    /// and 13 stay unmarked by a wide margin (they reach 9) while every bar above 2% of the SPY file with planted-looking ticks is found.
    static let tickFactor = 15.0
    /// Moves below 0.3% are never marked: they matter little, and thin markets are full of them.
    static let tickFloor = 0.003

    /// A bar is a bad tick when its range (or the move of its close) is more than `tickFactor` times the local median range and the
    /// price is back at once: the close before (or the one before that) and the close after (or this one) differ by less than a quarter of it.
    /// The local median range is the larger of those of the 21 bars before and the 21 after, at least half the file's (estimated on a regular sample of it).
    private mutating func inspectTicks() {
        guard count >= 20 else { return }
        let n = count
        let logClose = close.map { Double.log($0) }
        let range = (0..<n).map { Double.log(high[$0] / low[$0]) }
        var moves: [Double] = []
        moves.reserveCapacity(n)
        for i in 1..<n { moves.append(abs(logClose[i] - logClose[i - 1])) }
        // The file's median from at most 5,000 or so evenly spaced bars: sorting all of a long file would cost more than reading it.
        let stride = max(1, n / 5_000)
        var floor = 0.5 * median(of: Swift.stride(from: 0, to: n, by: stride).map { range[$0] })
        if floor == 0 { floor = median(of: Swift.stride(from: 0, to: n - 1, by: stride).map { moves[$0] }.filter { $0 > 0 }) }
        guard floor > 0 else { return }
        let threshold = max(Self.tickFloor, Self.tickFactor * floor)
        var found: [DataOddity.Example] = [], marked = 0, worst = 0.0, worstTime: Int64 = 0
        var window: [Double] = []
        for i in 1..<n {
            let next = min(i + 1, n - 1)
            let back = min(abs(logClose[i - 1] - logClose[i]), abs(logClose[i - 1] - logClose[next]), i > 1 ? abs(logClose[i - 2] - logClose[i]) : .infinity, i > 1 ? abs(logClose[i - 2] - logClose[next]) : .infinity)
            let move = abs(logClose[i] - logClose[i - 1])
            let spike = i < n - 1 && abs(logClose[next] - logClose[i - 1]) < 0.25 * move ? move : 0
            let size = max(back < 0.25 * range[i] ? range[i] : 0, spike)
            guard size > threshold else { continue }
            window.removeAll(keepingCapacity: true)
            for j in max(0, i - 21)..<i { window.append(range[j]) }
            let before = median(of: window)
            window.removeAll(keepingCapacity: true)
            for j in i + 1..<max(i + 1, min(n, i + 22)) { window.append(range[j]) }
            let after = window.count >= 5 ? median(of: window) : before
            guard size > Self.tickFactor * max(before, after, floor) else { continue }
            marked += 1
            if size > worst {
                worst = size
                worstTime = time[i]
            }
            if found.count < 5 { found.append(.init(line: Int(line[i]), time: time[i], detail: "\(percent(size)) and back")) }
        }
        if marked > 0 {
            oddities.append(
                DataOddity(name: "bad_tick", count: marked, policy: "kept", detail: "worst \(percent(worst)) at \(timeText(worstTime))", examples: found))
        }
    }

    // MARK: Feed switch

    /// Days whose mean volume per regular bar leaves the running level by more than twelve times, either way, together with the next
    /// day with volume (or at the end of the file): the volume then comes from another source or is in another unit. (Quiet weeks that
    /// end in a crash reach ten times on hourly BTC; a single exchange reports 1 to 5% of the whole US market.)
    private mutating func inspectFeed(_ shape: SessionShape) {
        var days: [(first: Int, mean: Double)] = []
        var i = 0
        while i < count {
            let day = floorDivide(local[i], 86_400)
            let begin = i
            var sum = 0.0, bars = 0
            while i < count, local[i] < (day + 1) * 86_400 {
                let slot = min(Int(local[i] - day * 86_400) / barSeconds, max(0, shape.slotsPerDay - 1))
                if shape.slotsPerDay > 0, shape.isContinuous || shape.isExpected(day: Int(day), slot: slot) {
                    sum += volume[i]
                    bars += 1
                }
                i += 1
            }
            if bars > 0, sum > 0 { days.append((begin, Double.log(sum / Double(bars)))) }
        }
        guard days.count >= 4 else { return }
        let jump = Double.log(12)
        var level = days[0].mean
        var recent = [days[0].mean]
        var examples: [DataOddity.Example] = [], changes = 0
        for d in 1..<days.count {
            let here = days[d].mean - level
            let following = d + 1 < days.count ? days[d + 1].mean - level : here
            if abs(here) > jump, abs(following) > 0.7 * jump, here * following > 0 {
                changes += 1
                if examples.count < 5 {
                    let ratio = Double.exp(here)
                    let i = days[d].first
                    examples.append(
                        .init(line: Int(line[i]), time: time[i], detail: here > 0 ? "volume \(shortNumber((ratio).rounded())) times the level before" : "volume \(percent(ratio)) of the level before"))
                }
                recent = [days[d].mean]
            } else if abs(here) <= jump {
                recent.append(days[d].mean)
                if recent.count > 20 { recent.removeFirst() }
            }
            level = median(of: recent)
        }
        if changes > 0 {
            oddities.append(
                DataOddity(
                    name: "feed_switch", count: changes, policy: "kept", detail: "the daily volume jumps by more than twelve times: another source or unit; do not compare volumes across", examples: examples))
        }
    }
}

/// Middle value (the mean of the two middle ones); 0 of nothing. O(n log n).
private func median(of values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let h = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[h] : 0.5 * (sorted[h - 1] + sorted[h])
}

/// `1.53%`.
private func percent(_ x: Double) -> String { shortNumber((x * 10_000).rounded() / 100) + "%" }
