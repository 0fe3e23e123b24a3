import Demonstrations
import Environments
import Features
import MarketData
import Regimes
import Testing
import TradingTypes
import Training

import Teachers
import Teaching

@Suite struct SpotTeachingTests {
    private var rows: Range<Int> { spotMarket.split.train.clamped(to: 0..<spotMarket.environment.usableRows) }

    private func teaching(_ script: String, _ value: String = "direction * next_return - cost", fee: Double = 0, bars: Int = 200) throws -> SpotTeaching {
        try SpotTeaching(spotTraining(value, feeBasisPoints: fee), shippedScript(script), rows: rows, episodeBars: bars)
    }

    @Test(arguments: ["donchian-breakout", "moving-average-trend"]) func theSeedDecidesEverything(_ script: String) throws {
        let teaching = try teaching(script)
        let first = teaching.record(episodes: 6, seed: 1), again = teaching.record(episodes: 6, seed: 1), other = teaching.record(episodes: 6, seed: 2)
        #expect(first.set == again.set)
        #expect(first.set.actions != other.set.actions)
        // An episode does not depend on those before it.
        let fewer = teaching.record(episodes: 3, seed: 1)
        #expect(fewer.set.actions == Array(first.set.actions.prefix(600)))
        #expect(first.set.steps == 1_200 && first.report.steps == 1_200)
        #expect(first.report.trades.count > 5)
    }

    /// Rewards under net profit, a trade's profits, and the path's equity tell the same story.
    @Test func rewardsAndTradesAddUp() throws {
        let teaching = try teaching("donchian-breakout", fee: 10)
        let (set, report) = teaching.record(episodes: 4, seed: 3)
        for e in 0..<4 {
            let first = teaching.firstBar(e, seed: 3), actions = Array(set.actions[e * 200..<(e + 1) * 200])
            var agent = SpotAgent(teaching.market.environment), held = 0.0, sum = 0.0, worst = 0.0
            for t in 0..<200 {
                let r = teaching.market.environment.nextReturn[first + t], cost = teaching.market.environment.cost(from: held, to: SpotAction(rawValue: actions[t])!.direction)
                held = agent.step(SpotAction(rawValue: actions[t])!, r)
                let reward = held * r - cost
                worst = max(worst, abs(reward - Double(set.rewards[e * 200 + t])))
                sum += reward
            }
            #expect(worst < 1e-7)
            #expect(abs(sum - report.returns[e]) < 1e-4)
        }
        #expect(report.holdReturns.allSatisfy { $0 == 0 })
    }

    /// One trade by hand: LONG over two bars of +10% and -5%, with 10 basis points each way.
    @Test func aTradesProfitByHand() throws {
        let close: [Double] = [100, 110, 104.5, 104.5, 104.5]
        let bars = BarSeries(symbol: "X", barDurationSeconds: 3_600, time: (0..<5).map { Int64($0) * 3_600 }, open: close, high: close, low: close, close: close, volume: close)
        let environment = SpotEnvironment(bars, SpotConfiguration(feeBasisPoints: 10))
        let text = "schema: 1\nname: x\nenvironment: spot\nentry:\n  action: LONG\n  steps:\n    - id: a\n      when: close == 100\ninvalidation:\n  - id: out\n    when: bars_in_position >= 2\n"
        let script = try TeacherScript(file: "x", text: text, scope: scope)
        let teacher = try SpotTeacher(script, environment, columns: ["close": .values(close)])
        var machine = TeacherMachine(teacher.program), episode = TeacherEpisode()
        teacher.play(0..<4, &machine, seed: 0, episode: 0, into: &episode)
        #expect(episode.actions == [1, 1, 0, 0])
        // (1 + 0.1 - 0.001)(1 - 0.05)(1 - 0.001) - 1
        #expect(abs(episode.trades[0] - (1.099 * 0.95 * 0.999 - 1)) < 1e-12 && episode.trades.count == 1)
    }

    /// Bars after row t change nothing before it: whatever comes later, the decisions up to t are the same.
    @Test(arguments: ["donchian-breakout", "moving-average-trend"]) func theFutureChangesNothing(_ name: String) throws {
        let script = try shippedScript(name), bars = spotMarket.bars, cut = 1_600, played = 1_000..<2_000
        func actions(_ bars: BarSeries) throws -> [UInt8] {
            let features = computeFeatures(bars)
            var columns: [String: Column] = ["open": .values(bars.open), "high": .values(bars.high), "low": .values(bars.low), "close": .values(bars.close), "volume": .values(bars.volume)]
            for (name, column) in zip(features.names, features.columns) { columns[name] = .values(column) }
            let teacher = try SpotTeacher(script, SpotEnvironment(bars), columns: columns)
            var machine = TeacherMachine(teacher.program), episode = TeacherEpisode()
            teacher.play(played, &machine, seed: 9, episode: 0, into: &episode)
            return episode.actions
        }
        var other = bars
        for t in cut + 1..<bars.count {
            let factor = 1 + 0.3 * Double((t * 7919) % 13 - 6) / 6
            other.open[t] *= factor
            other.high[t] *= 1.3 * factor
            other.low[t] *= 0.7 * factor
            other.close[t] *= factor
        }
        let one = try actions(bars), two = try actions(other), known = cut - played.lowerBound
        // The decision at row `cut` still sees no changed bar.
        #expect(one[0...known] == two[0...known])
        #expect(one != two, "the change is seen at all")
        #expect(Set(one[0...known]).count > 1)
    }

    @Test func alwaysHoldIsPaidByTheReward() throws {
        let teaching = try teaching("donchian-breakout", "if(action == HOLD, 0.25, 0)")
        let report = teaching.record(episodes: 2, seed: 1).report
        #expect(report.holdReturns == [50, 50])
        #expect(report.returns.allSatisfy { $0 < 50 })
        #expect(report.rank == .worse && report.verdict.contains("LOSES"))
    }

    @Test func aScriptThatCannotTeachIsRefused() throws {
        #expect(throws: (any Error).self) { try SpotTeaching(spotTraining("1"), shippedScript("gap-pullback-reclaim"), rows: rows, episodeBars: 100) }
        let keep = SpotTrainingMarket(spotMarket, SpotConfiguration(hold: .keep), try design(.spot, "direction * next_return"), observesRegime: true)
        #expect(throws: (any Error).self) { try SpotTeaching(keep, shippedScript("donchian-breakout"), rows: rows, episodeBars: 100) }
    }

    @Test func theTraceFollowsThePlay() throws {
        let teaching = try teaching("donchian-breakout"), first = rows.lowerBound
        let trace = teaching.trace(first + 300..<first + 500, before: 300, title: "x")
        var machine = TeacherMachine(teaching.teacher.program, noise: TeacherNoise.none), episode = TeacherEpisode()
        teaching.teacher.play(first..<first + 500, &machine, seed: 0, episode: 0, into: &episode)
        #expect(trace.bars.map(\.action) == episode.actions.suffix(200).map { EnvironmentKind.spot.actionNames[Int($0)] })
        // What the trace says of a step agrees with whether it fired.
        for bar in trace.bars where bar.isFlat {
            let fired = bar.events.contains { if case .stepFired = $0 { true } else { false } }
            #expect(bar.checks.contains { $0.what.hasPrefix("step") && $0.held } == fired, "\(bar.time): \(bar.eventTexts)")
        }
    }
}
