import Foundation
import OptionPricing
import TestSupport
import Testing

/// One quoted option out of the money or at it, with what the model needs to price it.
private struct Quoted {
    let right: OptionRight
    let strike, forward, years, days: Double
    let bid, ask: Double
    /// What belongs to one level: an expiry on a day, or a minute of one.
    let group: String
    var middle: Double { (bid + ask) / 2 }

    func price(_ surface: VolatilitySurface, level: Double) -> Double {
        let v = surface.volatility(level: level, days: days, years: years, strike: strike, forward: forward)
        return BlackScholes.price(right, spot: forward, strike: strike, years: years, volatility: v)
    }
}

/// How well the volatility surface and the spread model do on real chains, skipped where `../shared/data` is absent. The figures printed are those of
/// docs/options.md; the limits are a little wider, so that only a change of the model fails them.
@Suite struct ChainTests {
    private func rows(_ path: String) throws -> [[String: String]]? {
        guard let file = sharedData(path) else { return nil }
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file]
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) } }
        return lines.dropFirst().map { Dictionary(zip(lines[0], $0)) { first, _ in first } }
    }

    private func median(_ x: [Double]) -> Double {
        let s = x.sorted()
        return s.isEmpty ? .nan : s[s.count / 2]
    }

    /// Forward price of an expiry: where call and put are worth the same, by parity at the strike where they are nearest.
    private func forward(_ pairs: [(strike: Double, call: Double, put: Double)]) -> Double? {
        pairs.min { abs($0.call - $0.put) < abs($1.call - $1.put) }.map { $0.strike + $0.call - $0.put }
    }

    private struct Fit {
        var count = 0, withLevel = Double.nan, fitted = Double.nan, inside = Double.nan, spread = Double.nan
    }

    /// Median error of the premium, as a share of it: with the level from the index, and with one level fitted to each group; share of prices within
    /// bid and ask with the fitted one; median of the model's spread over the quoted one.
    private func fit(_ quotes: [Quoted], level: Double) -> Fit {
        let surface = VolatilitySurface(), spreads = SpreadModel()
        var result = Fit()
        result.count = quotes.count
        result.withLevel = median(quotes.map { abs($0.price(surface, level: level) / $0.middle - 1) })
        var errors: [Double] = [], inside = 0.0
        for (_, group) in Dictionary(grouping: quotes, by: \.group) {
            func cost(_ level: Double) -> Double { group.reduce(0) { $0 + abs($1.price(surface, level: level) - $1.middle) } }
            let best = stride(from: 0.04, through: 0.8, by: 0.001).min { cost($0) < cost($1) }!
            for q in group {
                let p = q.price(surface, level: best)
                errors.append(abs(p / q.middle - 1))
                if p >= q.bid - 1e-9, p <= q.ask + 1e-9 { inside += 1 }
            }
        }
        result.fitted = median(errors)
        result.inside = inside / Double(max(1, quotes.count))
        result.spread = median(quotes.map { q in
            let model = spreads.quote(price: q.middle, spot: q.forward)
            return (model.ask - model.bid) / (q.ask - q.bid)
        })
        return result
    }

    private func report(_ name: String, _ f: Fit) {
        print(
            "\(name): \(f.count) quotes; median error \(String(format: "%.1f", 100 * f.withLevel))% with the index's level, \(String(format: "%.1f", 100 * f.fitted))% with one level an expiry (\(String(format: "%.0f", 100 * f.inside))% within bid and ask); model spread / quoted \(String(format: "%.2f", f.spread))")
    }

    /// Calls above the forward, puts below, within `width` of it and worth at least a dime.
    private func quoted(_ options: [(right: OptionRight, strike: Double, bid: Double, ask: Double)], years: Double, days: Double, width: Double, group: String) -> [Quoted] {
        let calls = Dictionary(options.filter { $0.right == .call }.map { ($0.strike, ($0.bid + $0.ask) / 2) }) { a, _ in a }
        let puts = Dictionary(options.filter { $0.right == .put }.map { ($0.strike, ($0.bid + $0.ask) / 2) }) { a, _ in a }
        guard let f = forward(calls.compactMap { k, c in puts[k].map { (k, c, $0) } }) else { return [] }
        return options.filter { $0.bid >= 0.1 && $0.ask > $0.bid && abs($0.strike / f - 1) <= width && ($0.right == .call) == ($0.strike >= f) }.map {
            Quoted(right: $0.right, strike: $0.strike, forward: f, years: years, days: days, bid: $0.bid, ask: $0.ask, group: group)
        }
    }

    /// Trading days and days off from the close of one date to that of another, weekends only.
    private func calendar(_ from: Date, _ to: Date) -> (sessions: Int, off: Int) {
        var utc = Calendar(identifier: .gregorian)
        utc.timeZone = TimeZone(identifier: "UTC")!
        var day = from, sessions = 0, off = 0
        while day < to {
            day = utc.date(byAdding: .day, value: 1, to: day)!
            if [1, 7].contains(utc.component(.weekday, from: day)) { off += 1 } else { sessions += 1 }
        }
        return (sessions, off)
    }

    private func date(_ text: String) -> Date {
        let format = DateFormatter()
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = text.contains("-") ? "yyyy-MM-dd" : "yyyyMMdd"
        return format.date(from: text)!
    }

    /// SPY at the close of 2015-01-05 (VIX 19.92) and of 2026-07-17 (VIX 18.74), expiries of 3 to 46 days, strikes within 3%.
    @Test func endOfDayChains() throws {
        let clock = VarianceClock()
        func chain(_ rows: [[String: String]], at start: String, expiry: String, right: String, within: ClosedRange<Int>) -> [Quoted] {
            Dictionary(grouping: rows) { $0[expiry]! }.flatMap { key, rows -> [Quoted] in
                let (sessions, off) = calendar(date(start), date(key)), total = sessions + off
                guard within.contains(total) else { return [] }
                // The close of the day: nothing of its own session is left.
                let days = clock.tradingDays(elapsed: 1, sessions: sessions, daysOff: off)
                let options = rows.map { (right: $0[right]!.lowercased().hasPrefix("c") ? OptionRight.call : .put, strike: Double($0["strike"]!)!, bid: Double($0["bid"]!)!, ask: Double($0["ask"]!)!) }
                return quoted(options, years: Double(total) / 365, days: days, width: 0.03, group: key)
            }
        }
        if let all = try rows("options/spy_chain_eod_greeks_2015-01-05.csv.gz") {
            // Standard contracts and weeklies; duplicates of a strike among the quarterlies are left out.
            let found = fit(chain(all.filter { $0["nonstd"] == "0" || $0["nonstd"] == "7" }, at: "2015-01-05", expiry: "expiration", right: "put/call", within: 3...46), level: 0.78 * 0.1992)
            report("SPY 2015-01-05", found)
            #expect(found.count > 100 && found.withLevel < 0.12 && found.fitted < 0.08 && found.spread > 0.3 && found.spread < 3)
        }
        if let all = try rows("options/spy_chain_yahoo_2026-07-17.csv.gz") {
            let found = fit(chain(all, at: "2026-07-17", expiry: "expiry", right: "type", within: 3...46), level: 0.78 * 0.1874)
            report("SPY 2026-07-17", found)
            #expect(found.count > 80 && found.withLevel < 0.35 && found.fitted < 0.15 && found.spread > 0.5 && found.spread < 3)
        }
    }

    /// SPXW minute by minute on 2021-01-04: the same day's and the week's options at strikes 3700 and 3800, one level a minute and expiry. The variance clock
    /// is tested by the level's steadiness over the session: a flat clock, or ACT/365, would make it drift.
    @Test func minutesOfADay() throws {
        guard let all = try rows("options/spxw_option_quotes_1m_2021-01-04_07.csv.gz") else { return }
        let day = all.filter { $0["time_et"]!.hasPrefix("2021-01-04") }
        let surface = VolatilitySurface(), spreads = SpreadModel(base: 2e-5, proportional: 0.01, tick: 0.05)
        for expiry in ["20210104", "20210106", "20210108"] {
            let (sessions, off) = calendar(date("2021-01-04"), date(expiry))
            var levels: [(minute: Int, level: Double)] = [], ratios: [Double] = []
            for (time, rows) in Dictionary(grouping: day.filter { $0["expiry"] == expiry }, by: { $0["time_et"]! }).sorted(by: { $0.key < $1.key }) {
                let parts = time.split(separator: " ")[1].split(separator: ":").map { Int($0)! }
                let minute = parts[0] * 60 + parts[1] - 570 + 1
                guard minute >= 5, minute <= 375 else { continue }
                let years = OptionTime.years(minutes: Double(390 - minute) + Double((sessions + off) * 1_440))
                let days = surface.clock.tradingDays(elapsed: Double(minute) / 390, sessions: sessions, daysOff: off)
                let options = rows.map { (right: $0["right"] == "C" ? OptionRight.call : .put, strike: Double($0["strike"]!)!, bid: Double($0["bid_close"]!)!, ask: Double($0["ask_close"]!)!) }
                // Only near the money does one strike tell the level.
                for q in quoted(options, years: years, days: days, width: 0.012, group: time) {
                    guard let v = try? BlackScholes.impliedVolatility(q.right, price: q.middle, spot: q.forward, strike: q.strike, years: q.years) else { continue }
                    let unit = surface.volatility(level: 0.2, days: days, years: years, strike: q.strike, forward: q.forward) / 0.2
                    levels.append((minute, v / unit))
                    let model = spreads.quote(price: q.middle, spot: q.forward)
                    ratios.append((model.ask - model.bid) / (q.ask - q.bid))
                }
            }
            let early = median(levels.filter { $0.minute < 130 }.map(\.level)), late = median(levels.filter { $0.minute > 260 }.map(\.level))
            let middle = median(levels.filter { (130...260).contains($0.minute) }.map(\.level))
            print("SPXW \(expiry) on 2021-01-04: level first third \(String(format: "%.3f", early)), middle \(String(format: "%.3f", middle)), last \(String(format: "%.3f", late)) (\(levels.count) quotes); model spread / quoted \(String(format: "%.2f", median(ratios)))")
            #expect(levels.count > 150 && early > 0.1 && late / early > 0.6 && late / early < 1.7)
        }
    }
}
