import Intraday
import OptionsEnvironment
import Testing
import TradingTypes
import Training

import Teachers
import Teaching

/// Nothing that comes later changes what a teacher on options has decided: not the minutes after, not the days after.
@Suite struct OptionsTruncationTests {
    static let teachers = OptionsTeachingTests.teachers + ["gap-scalps"]
    static let small = "synthetic:intraday,seed=3,setups=0.5,setups.down=0.5,symbols=SPY,days="

    /// What a teacher does on every day of a market, days side by side; with noise, which the future must not move either.
    private func played(_ name: String, _ market: IntradayMarket, days: Int? = nil) throws -> [[TeacherStep]] {
        let features = computeIntradayFeatures(market, set: "all")
        let table = OptionsMarket(market, features: Array(zip(features.names, features.columns)).map { (name: $0, column: $1) })
        let teacher = try OptionsTeacher(shippedScript(name), table)
        var machine = TeacherMachine(teacher.program), episode = TeacherEpisode()
        return (0..<(days ?? table.days.count)).map { day in
            teacher.play(from: AgentState(table, firstRow: table.days[day].rows.lowerBound), &machine, seed: 9, episode: UInt64(day), into: &episode)
            return episode.actions.indices.map { TeacherStep(action: episode.actions[$0], label: episode.labels[$0], state: episode.states[$0], mask: episode.masks[$0]) }
        }
    }

    struct TeacherStep: Equatable {
        var action, label, state: UInt8
        var mask: UInt32
    }

    /// Other prices after a minute of a day leave everything up to it as it was.
    @Test(arguments: teachers) func laterMinutesChangeNothing(_ name: String) throws {
        let market = try IntradaySource.parse(Self.small + "4").load().market
        let days = market.days.filter { !$0.isWarmUp }, day = 2, minute = 60, cut = days[day].regular.lowerBound + minute
        func changed(_ x: [Double], by factor: Double) -> [Double] { x.indices.map { $0 > cut ? x[$0] * (1 + factor * Double(($0 * 7919) % 13 - 6) / 6) : x[$0] } }
        let other = IntradayMarket(
            name: market.name, symbols: market.symbols, days: market.days, time: market.time, open: changed(market.open, by: 0.01), high: changed(market.high, by: 0.01),
            low: changed(market.low, by: 0.01), close: changed(market.close, by: 0.01), volume: changed(market.volume, by: 0.5), isRecorded: market.isRecorded,
            minutesSinceOpen: market.minutesSinceOpen, minutesToClose: market.minutesToClose, volatilityIndex: changed(market.volatilityIndex, by: 0.2),
            impliedVolatility: changed(market.impliedVolatility, by: 0.3), companions: market.companions, largeCapReturn: market.largeCapReturn, indexReturn: market.indexReturn,
            regime: market.regime)
        let one = try played(name, market), two = try played(name, other)
        for d in 0..<day { #expect(one[d] == two[d], "day \(d)") }
        #expect(one[day][0...minute] == two[day][0...minute], "the minutes up to \(minute)")
        #expect(one[day] != two[day] || one[day + 1] != two[day + 1], "the change is seen at all")
        #expect(Set(one.joined().map(\.state)).count > 1)
    }

    /// Days appended to a market leave those before as they were.
    @Test(arguments: teachers) func laterDaysChangeNothing(_ name: String) throws {
        let short = try IntradaySource.parse(Self.small + "3").load().market, long = try IntradaySource.parse(Self.small + "6").load().market
        #expect(long.rowCount > short.rowCount)
        let one = try played(name, short), two = try played(name, long, days: one.count)
        #expect(one == two)
        #expect(one.contains { $0.contains { $0.state != one[0][0].state } })
    }
}
