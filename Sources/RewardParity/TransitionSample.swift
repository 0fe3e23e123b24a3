package import Environments
package import Expressions
internal import NumericKernels
package import OptionsEnvironment
package import Rewards
internal import TradingTypes

/// Transitions of a random agent, scored by a reward: what another implementation of it can be tried on.
package struct TransitionSample: Sendable {
    /// Column heads, then one row a step.
    package private(set) var header: [String] = []
    package private(set) var rows: [[String]] = []

    /// Header and rows, RFC 4180.
    package var csv: String { ([header] + rows).map { $0.joined(separator: ",") + "\n" }.joined() }

    /// `episodes` stretches of `bars` bars each, at random places of `range`, with actions drawn evenly; a change of mind every third bar on average.
    package init(_ design: RewardDesign, scope: NameScope, on market: PreparedMarket, range: Range<Int>, episodes: Int, bars: Int, seed: UInt64) {
        let stack = RewardStack(design), inputs = RewardInputs(design)
        let usable = range.clamped(to: 0..<max(0, market.environment.usableRows - 1)), length = min(bars, usable.count)
        header = Self.header(design, inputs)
        for episode in 0..<episodes where length > 1 {
            var random = RandomStream(seed: seed, purpose: "transitions", index: UInt64(episode))
            let start = usable.lowerBound + Int(random.below(UInt64(usable.count - length + 1))), part = start..<start + length
            var action = UInt8(random.below(3))
            let actions = part.map { _ in
                if random.uniform() < 0.5 { action = UInt8(random.below(3)) }
                return action
            }
            let path = SpotPath(market.environment, rows: part, actions: actions)
            let columns = market.columns(named: inputs.names.union(inputs.next).union(["regime"]), rows: part.lowerBound..<part.upperBound + (inputs.next.isEmpty ? 0 : 1))
            let outcomes = market.environment.outcomes(taken: path, actions: actions, market: columns, from: part.lowerBound, needsNext: !inputs.next.isEmpty)
            append(outcomes, episode: episode, design, stack, inputs, scope)
        }
    }

    /// Whole days of the options market, with actions drawn evenly among the allowed ones; a trade is left with probability 1/15 a minute.
    package init(_ design: RewardDesign, scope: NameScope, on market: OptionsMarket, days: [Int], episodes: Int, seed: UInt64) {
        let stack = RewardStack(design), inputs = RewardInputs(design)
        header = Self.header(design, inputs)
        for episode in 0..<episodes where !days.isEmpty {
            var random = RandomStream(seed: seed, purpose: "transitions", index: UInt64(episode))
            let day = days[Int(random.below(UInt64(days.count)))]
            guard market.days[day].rows.count > 2 else { continue }
            let session = OptionsSession(market, day: day)
            var player = session, actions: [OptionAction] = []
            while !player.isOver {
                let mask = player.mask
                let draw = random.uniform()
                var choice = OptionAction.hold
                if player.state.isFlat, draw < 0.1 { choice = random.uniform() < 0.5 ? .buyCall : .buyPut }
                if !player.state.isFlat, draw < 0.2 { choice = draw < 0.067 ? .exit : .trim }
                if mask & choice.bit == 0, random.uniform() < 0.5 { choice = .hold }
                actions.append(choice)
                player.step(choice)
            }
            let trajectory = OptionsTrajectory(session, actions: actions)
            let outcomes = market.outcomes(of: trajectory, names: inputs.names.union(inputs.next).union(["regime", "action"]), needsNext: !inputs.next.isEmpty)
            append(outcomes, episode: episode, design, stack, inputs, scope)
        }
    }

    private static func header(_ design: RewardDesign, _ inputs: RewardInputs) -> [String] {
        let read = ["episode", "step", "regime", "action"] + inputs.names.subtracting(["action", "regime"]).sorted() + inputs.next.sorted().map { "next_\($0)" }
            + (inputs.next.isEmpty ? [] : ["terminated"])
        return read + design.terms.map { ImplementationComparison.isPlain($0.id, inputs) ? $0.id : "reward.\($0.id)" } + ["reward"]
    }

    private mutating func append(_ outcomes: OutcomeColumns, episode: Int, _ design: RewardDesign, _ stack: RewardStack, _ inputs: RewardInputs, _ scope: NameScope) {
        let named = inputs.names.subtracting(["action", "regime"]).sorted(), next = inputs.next.sorted()
        let ledger = stack.ledger(outcomes)
        func words(_ type: ValueType) -> [Double: String] { Dictionary(uniqueKeysWithValues: scope.constants.filter { $0.type == type }.map { ($0.code, $0.name) }) }
        let regimes = words(.regime), actions = words(.action)
        func cell(_ name: String, _ value: Double) -> String {
            switch scope[name]?.type {
            case .regime: regimes[value] ?? ""
            case .action: actions[value] ?? ""
            case .boolean: value != 0 ? "1" : "0"
            default: "\(value)"
            }
        }
        for t in 0..<outcomes.count {
            var row = ["\(episode)", "\(t)", cell("regime", outcomes.columns["regime"]?[t] ?? 0), cell("action", outcomes.columns["action"]?[t] ?? 0)]
            row += named.map { cell($0, outcomes.columns[$0]?[t] ?? .nan) }
            row += next.map { cell($0, outcomes.next[$0]?[t] ?? .nan) }
            if !next.isEmpty { row.append(outcomes.terminated[t] != 0 ? "1" : "0") }
            row += ledger.map { "\($0[t])" } + ["\(ledger.reduce(0.0) { $0 + $1[t] })"]
            rows.append(row)
        }
    }
}
