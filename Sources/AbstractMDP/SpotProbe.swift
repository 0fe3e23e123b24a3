internal import Environments
internal import Expressions
internal import NumericKernels
internal import RewardAnalysis
internal import Rewards
internal import TradingTypes

/// Scores a reward on chosen bars of each regime, in any state of the agent.
struct SpotProbe {
    private let stack: RewardStack
    private let environment: SpotEnvironment
    private let returns: [Double]
    private let regimeOf: [Int]
    private let counts: [Int]
    private let columns, nextColumns: [String: Column]
    private let drawdown: Column

    /// - Parameter rows: bars to score, by regime.
    init(_ stack: RewardStack, _ market: AnalysisMarket, rows: [[Int]]) {
        self.stack = stack
        environment = market.environment
        let all = rows.flatMap { $0 }
        regimeOf = rows.enumerated().flatMap { g, list in list.map { _ in g } }
        counts = rows.map(\.count)
        returns = all.map { market.environment.nextReturn[$0] }
        let first = market.rows.lowerBound
        let whole = market.columns(stack.names, rows: first..<min(market.rows.upperBound + 1, market.labels.count))
        func gather(_ shift: Int) -> [String: Column] {
            whole.mapValues { column in
                guard case .values(let values) = column else { return column }
                return .values(all.map { values[min(values.count - 1, $0 - first + shift)] })
            }
        }
        columns = gather(0)
        nextColumns = stack.needsNext ? gather(1) : [:]
        // What the agent's state does not hold is as it was on the reference path.
        drawdown = market.path.map { path in .values(all.map { path.drawdown[$0 - first] }) } ?? .constant(0)
    }

    /// Adds the mean weighted pay of every term without a memory, for `action` in `state`, and the variance of them together, over the bars as they came and mirrored.
    func score(_ state: PathState, _ action: SpotAction, pair: Int, into terms: inout [AbstractPay], noise: inout [[Double]]) {
        let real = outcomes(state, action, mirrored: false), mirrored = outcomes(state, action, mirrored: true)
        let direction = environment.configuration.hold == .keep && action == .hold ? Double(state.position) : action.direction
        var came = [Double](repeating: 0, count: returns.count), mirror = came
        for (k, term) in stack.design.terms.enumerated() where term.weight != 0 && !stack.keepsMemory(k) {
            for (a, b) in zip(stack.parts(of: k, tried: real, taken: real), stack.parts(of: k, tried: mirrored, taken: mirrored)) {
                for i in returns.indices {
                    let g = regimeOf[i], share = term.weight / Double(counts[g])
                    let x = a.pay[i] * share, y = b.pay[i] * share
                    came[i] += a.pay[i] * term.weight
                    mirror[i] += b.pay[i] * term.weight
                    switch a.provenance {
                    case .guaranteed, .path: terms[k].certain[g][pair] += x
                    case .shaping: terms[k].shaping[g][pair] += 0.5 * (x + y)
                    case .uncertain:
                        // Without a position no move is favourable: both are the mean, unless they differ, when the lower is the adverse one.
                        let wins = direction * returns[i] > 0 || (direction == 0 && x > y) || (direction != 0 && returns[i] == 0 && x > y)
                        terms[k].favourable[g][pair] += wins ? x : y
                        terms[k].adverse[g][pair] += wins ? y : x
                    }
                }
            }
        }
        var mean = [Double](repeating: 0, count: counts.count), square = mean
        for i in returns.indices {
            let share = 0.5 / Double(counts[regimeOf[i]])
            mean[regimeOf[i]] += share * (came[i] + mirror[i])
            square[regimeOf[i]] += share * (came[i] * came[i] + mirror[i] * mirror[i])
        }
        for g in counts.indices { noise[g][pair] = max(0, square[g] - mean[g] * mean[g]) }
    }

    private func outcomes(_ state: PathState, _ action: SpotAction, mirrored: Bool) -> OutcomeColumns {
        let held = Double(state.position), age = representative(state.age)
        let target = environment.configuration.hold == .keep && action == .hold ? held : action.direction
        let changes = target != held
        let next = returns.map { mirrored ? -$0 : $0 }
        var now = columns
        now["action"] = .constant(Double(action.rawValue))
        now["direction"] = .constant(target)
        now["next_return"] = .values(next)
        now["position"] = .constant(held)
        now["changed"] = .constant(changes ? 1 : 0)
        now["bars_in_position"] = .constant(held == 0 ? 0 : age)
        now["bars_flat"] = .constant(held == 0 ? age : 0)
        now["unrealized"] = .constant(state.profit)
        now["drawdown"] = drawdown
        now["cost"] = .constant(environment.cost(from: held, to: target))
        let leaving = environment.cost(from: abs(held), to: 0)
        now["realized"] = .constant(changes && held != 0 ? state.profit - leaving : 0)
        var after: [String: Column] = [:]
        if stack.needsNext {
            after = nextColumns
            after["position"] = .constant(target)
            after["bars_in_position"] = .constant(target == 0 ? 0 : changes ? 1 : age + 1)
            after["bars_flat"] = .constant(target != 0 ? 0 : changes ? 1 : age + 1)
            let base = changes ? 1 : 1 + state.profit
            after["unrealized"] = target == 0 ? .constant(0) : .values(next.map { base * (1 + target * $0) - 1 })
            after["drawdown"] = drawdown
        }
        // One action everywhere, so programs specialised to it apply; where HOLD keeps, the direction is a constant all the same.
        return OutcomeColumns(count: returns.count, action: Int(action.rawValue), columns: now, next: after)
    }

    /// The age that stands for a bucket: its middle, its start where it has no end.
    private func representative(_ age: ClosedRange<Int>) -> Double {
        age.upperBound == Int.max ? Double(age.lowerBound) : 0.5 * Double(age.lowerBound + age.upperBound)
    }
}

/// Fills in terms with a memory: their mean pay on the coin-flip path by regime, position and action tried, the same at every age and profit.
func averageOverPath(_ stack: RewardStack, _ market: AnalysisMarket, terms remembering: [Int], path states: [PathState], into terms: inout [AbstractPay]) {
    guard let path = market.path else { preconditionFailure("terms with a memory need a market with a reference path") }
    let rows = market.rows, environment = market.environment, regimes = market.regimeNames.count
    let steps = SpotSteps(stack, market, rows: rows, actions: market.pathActions, path: path), taken = steps.taken()
    let position = path.position.map { Int($0) }
    for action in SpotAction.allCases {
        let tried = [false, true].map { steps.tried(action, mirrored: $0) }
        for k in remembering where stack.design.terms[k].weight != 0 {
            let weight = stack.design.terms[k].weight
            for (a, b) in zip(stack.parts(of: k, tried: tried[0], taken: taken), stack.parts(of: k, tried: tried[1], taken: taken)) {
                var favourable = Array(repeating: [0.0, 0, 0], count: regimes), adverse = favourable, counts = favourable
                for t in 0..<rows.count {
                    let g = Int(market.labels[rows.lowerBound + t]), side = position[t] + 1
                    let x = weight * a.pay[t], y = weight * b.pay[t]
                    guard x.isFinite, y.isFinite else { continue }
                    let wins = action == .hold ? x > y : action.direction * environment.nextReturn[rows.lowerBound + t] > 0
                    favourable[g][side] += wins ? x : y
                    adverse[g][side] += wins ? y : x
                    counts[g][side] += 1
                }
                for (p, state) in states.enumerated() {
                    let side = state.position + 1, pair = p * 3 + Int(action.rawValue)
                    for g in 0..<regimes where counts[g][side] > 0 {
                        let high = favourable[g][side] / counts[g][side], low = adverse[g][side] / counts[g][side]
                        switch a.provenance {
                        case .guaranteed, .path: terms[k].certain[g][pair] += 0.5 * (high + low)
                        case .shaping: terms[k].shaping[g][pair] += 0.5 * (high + low)
                        case .uncertain:
                            terms[k].favourable[g][pair] += high
                            terms[k].adverse[g][pair] += low
                        }
                    }
                }
            }
        }
    }
}
