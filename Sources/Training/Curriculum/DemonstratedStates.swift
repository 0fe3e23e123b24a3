package import Cloning
internal import Intraday
internal import MarketData
package import OptionsEnvironment

/// States of the options environment on the way to the exits of demonstrated trades that paid: where the stages of a backward curriculum start.
///
/// Demonstrations name the day of each episode and hold every action, so an episode is played again, step by step; its masks must come out as recorded.
package struct DemonstratedStates {
    /// Every finished trade that paid: the states before the decisions that led to its exit, the exit's own left out, in order.
    private var paths: [[AgentState]] = []
    /// An episode that is not of this market, and why; nil where all are.
    package private(set) var stranger: String?

    /// Of the episodes on `days` of the market (indices into its days), as far as `longest` steps before an exit; others are passed over.
    package init(_ data: CloningData, _ market: OptionsTrainingMarket, days: [Int], longest: Int) {
        let table = market.market
        let named = Dictionary(table.days.enumerated().map { (Self.name($1), $0) }) { a, _ in a }, wanted = Set(days)
        for e in 0..<data.episodes {
            guard let day = named[data.episodeNames[e]] else {
                stranger = stranger ?? "'\(data.episodeNames[e])' is no day of this market"
                continue
            }
            guard wanted.contains(day) else { continue }
            var session = OptionsSession(table, day: day, rules: market.settings.rules), walked: [AgentState] = []
            for step in data.firstSteps[e]..<data.firstSteps[e + 1] {
                guard !session.isOver, session.mask == data.masks[step], let action = OptionAction(rawValue: data.actions[step]) else {
                    stranger = stranger ?? "'\(data.episodeNames[e])' does not play on this market as it was recorded"
                    break
                }
                walked.append(session.state)
                let facts = session.step(action)
                if facts.closed, facts.tradeReturn > 0 { paths.append(Array(walked.dropLast().suffix(longest))) }
            }
        }
    }

    /// The states 1 to `steps` steps before an exit, no two alike.
    package func states(stepsBeforeExit steps: Int) -> [AgentState] {
        var seen: Set<[Int64]> = []
        return paths.flatMap { $0.suffix(steps) }.filter { seen.insert($0.words).inserted }
    }

    /// An episode's name: `SPY 2024-03-05`.
    package static func name(_ day: OptionsDay) -> String { "\(day.symbol) \(timeText(Int64(day.date) * 86_400).prefix(10))" }
}
