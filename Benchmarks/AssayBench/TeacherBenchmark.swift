import Environments
import Expressions
import Features
import Foundation
import Intraday
import MarketData
import OptionsEnvironment
import Rewards
import Teachers
import Teaching
import TradingTypes
import Training

/// Demonstrated steps a second on one core, after features: the script's decisions and the environment alone, and with observations, masks, rewards and
/// the store.
func benchmarkTeachers() throws {
    func scope(_ kind: EnvironmentKind) -> NameScope {
        kind == .spot
            ? NameScope.spot(features: FeatureCatalog.cards.map { (name: $0.name, unit: $0.unit, summary: $0.summary) }, regimeNames: Regime.names) : OptionsTrainingMarket.scope
    }
    func design(_ kind: EnvironmentKind, _ value: String) throws -> RewardDesign {
        let text = "schema: 1\nname: net\nenvironment: \(kind.rawValue)\nterms:\n  - id: net\n    weight: 1\n    value: \(value)\n"
        return try RewardDesign(file: "net.yaml", text: text, scope: scope(kind), gamma: 0.99)
    }
    func report(_ name: String, steps: Int, milliseconds: Double) { print("\(name) \(String(format: "%.2f", Double(steps) / milliseconds / 1e3)) million steps/s") }

    let prepared = try PreparedMarket(MarketRequest(source: BarSource.parse("synthetic:btc-hourly,bars=43816")))
    let spot = SpotTrainingMarket(prepared, SpotConfiguration(), try design(.spot, "direction * next_return"), observesRegime: true)
    for name in ["donchian-breakout", "moving-average-trend"] {
        let script = try TeacherScript(file: "teacher-scripts/\(name).yaml", scope: scope)
        let rows = prepared.split.train.clamped(to: 0..<spot.environment.usableRows)
        let teaching = try SpotTeaching(spot, script, rows: rows, episodeBars: 720)
        var machine = TeacherMachine(teaching.teacher.program), episode = TeacherEpisode()
        let play = AssayBench.best(5) {
            for e in 0..<500 {
                let first = teaching.firstBar(e, seed: 1)
                teaching.teacher.play(first..<first + 720, &machine, seed: 1, episode: UInt64(e), into: &episode)
            }
        }
        report("teacher_play_\(name)", steps: 500 * 720, milliseconds: play)
        let record = AssayBench.best(5) { _ = teaching.record(episodes: 500, seed: 1) }
        report("teacher_record_\(name)", steps: 500 * 720, milliseconds: record)
    }

    let loaded = try IntradaySource.parse("synthetic:intraday,days=60,symbols=SPY").load()
    let options = OptionsTrainingMarket(loaded, fractions: (60, 20, 20), OptionsSettings(), try design(.options, "net_profit"), observesRegime: true)
    for name in ["gap-pullback-reclaim", "vwap-reclaim"] {
        let script = try TeacherScript(file: "teacher-scripts/\(name).yaml", scope: scope)
        let teaching = try OptionsTeaching(options.market, options.observation, script, options.stack, days: Array(options.market.days.indices), isStrong: options.isStrong)
        var machine = TeacherMachine(teaching.teacher.program), episode = TeacherEpisode(), steps = 0
        let play = AssayBench.best(5) {
            steps = 0
            for e in 0..<600 {
                teaching.teacher.play(from: teaching.start(teaching.days[e % teaching.days.count]), &machine, seed: 1, episode: UInt64(e), into: &episode)
                steps += episode.actions.count
            }
        }
        report("teacher_play_\(name)", steps: steps, milliseconds: play)
        let record = AssayBench.best(3) { _ = teaching.record(episodes: 600, seed: 1) }
        report("teacher_record_\(name)", steps: steps, milliseconds: record)
    }
}
