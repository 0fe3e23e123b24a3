internal import Environments
internal import NumericKernels
public import RewardAnalysis
internal import RealModule
public import Rewards
internal import TradingTypes

/// A reward on the spot market, probed in every abstract state: what each action is paid there on a sample of each regime's bars, as they came and mirrored.
///
/// Age is told apart where a term reads `bars_in_position` or `bars_flat`, in buckets that double; profit where one reads `unrealized` or `realized`, on a grid in units of
/// the bars' deviation. So a reward that reads only the position makes 12 states, and one that reads no path 12 too, of which position does not matter.
public struct SpotAbstraction: Sendable {
    public struct Settings: Sendable {
        /// Bars scored in each regime, spread evenly.
        public var barsPerRegime = 512
        /// Weight of each entry of the regime chain before anything is counted.
        public var prior = 0.5
        /// Names to tell apart beside those that the reward reads, so that two rewards share their states.
        public var names: Set<String> = []
        public init() {}
    }

    let path: [PathState]
    let start: Int
    let chain: [[Double]]
    let shares: [Double]
    let terms: [AbstractPay]
    let noise: [[Double]]
    let averaged, blurred: [String]
    /// Mean size of the return on the bars scored, by regime, [G].
    package let scoredSizes: [Double]
    /// Sizes of returns by regime: equally likely quantiles of |r|, [G][Q].
    let moves: [[Double]]
    let keeps: Bool
    private let ages: Int
    private let profits: [Double]

    static let agesTold = 10
    static let quantiles = 24
    /// Profits told apart on either side of none, in units of a bar's return.
    private static let grid = [0, 0.5, 1, 2, 4, 8, 16, 32]

    /// Ages and whether profits are told apart, as far as the reward reads them.
    private static func told(_ stack: RewardStack, _ settings: Settings) -> (ages: Int, profits: Bool) {
        let names = stack.statelessNames.union(settings.names)
        return (names.isDisjoint(with: ["bars_in_position", "bars_flat"]) ? 1 : agesTold, !names.isDisjoint(with: ["unrealized", "realized"]))
    }

    /// States that a reward tells apart: known before anything is counted.
    public static func stateCount(_ stack: RewardStack, regimes: Int, _ settings: Settings = Settings()) -> Int {
        let told = told(stack, settings)
        return regimes * told.ages * (1 + 2 * (told.profits ? 2 * grid.count - 1 : 1))
    }

    /// `market` must have been made with a reference path where a term keeps a memory or reads the drawdown.
    public init(_ stack: RewardStack, _ market: AnalysisMarket, _ settings: Settings = Settings()) {
        let environment = market.environment
        let (ages, tellsProfits) = Self.told(stack, settings)
        let usable = market.rows
        let spread = rootMeanSquare(usable.map { environment.nextReturn[$0] })
        let grid = Self.grid.map { $0 * spread }
        let profits = !tellsProfits ? [0] : grid.dropFirst().reversed().map { max(-0.99, -$0) } + grid
        self.ages = ages
        self.profits = profits
        keeps = environment.configuration.hold == .keep
        var path: [PathState] = []
        func age(_ i: Int) -> ClosedRange<Int> { ages == 1 ? 1...Int.max : (1 << i)...(i + 1 == ages ? Int.max : (1 << (i + 1)) - 1) }
        for i in 0..<ages { path.append(PathState(position: 0, age: age(i), profit: 0)) }
        for position in [1, -1] { for i in 0..<ages { for u in profits { path.append(PathState(position: position, age: age(i), profit: u)) } } }
        self.path = path
        start = 0
        let regimes = market.regimeNames.count
        chain = regimeChain(market.labels[usable], regimes: regimes, prior: settings.prior)
        let counts = market.regimeCounts
        shares = counts.map { Double($0) / Double(max(1, usable.count)) }
        var rowsOf = Array(repeating: [Int](), count: regimes)
        for t in usable { rowsOf[Int(market.labels[t])].append(t) }
        moves = rowsOf.map { rows in
            let sizes = rows.map { abs(environment.nextReturn[$0]) }.sorted()
            guard !sizes.isEmpty else { return [0] }
            // The mean of each slice, so that the mean size is kept.
            return (0..<Self.quantiles).compactMap { q in
                let slice = sizes[(q * sizes.count / Self.quantiles)..<((q + 1) * sizes.count / Self.quantiles)]
                return slice.isEmpty ? nil : slice.reduce(0, +) / Double(slice.count)
            }
        }
        let sample = rowsOf.map { rows -> [Int] in
            let n = min(settings.barsPerRegime, rows.count)
            return (0..<n).map { rows[$0 * rows.count / n] }
        }
        scoredSizes = sample.map { rows in rows.reduce(0) { $0 + abs(environment.nextReturn[$1]) } / Double(max(1, rows.count)) }
        let probe = SpotProbe(stack, market, rows: sample)
        var terms = stack.design.terms.map { _ in AbstractPay(regimes: regimes, pairs: path.count * 3) }
        var noise = Array(repeating: [Double](repeating: 0, count: path.count * 3), count: regimes)
        for (p, state) in path.enumerated() {
            for action in SpotAction.allCases { probe.score(state, action, pair: p * 3 + Int(action.rawValue), into: &terms, noise: &noise) }
        }
        self.noise = noise
        let remembering = stack.design.terms.indices.filter { stack.keepsMemory($0) }
        if !remembering.isEmpty { averageOverPath(stack, market, terms: remembering, path: path, into: &terms) }
        self.terms = terms
        averaged = remembering.map { stack.design.terms[$0].id }
        blurred = stack.statelessNames.intersection(["drawdown"]).sorted()
    }

    /// The process when a share `hitRate` of the bars goes the position's way; one half is zero edge.
    public func model(hitRate: Double = 0.5) -> AbstractModel {
        var pay = AbstractPay(regimes: shares.count, pairs: path.count * 3)
        for term in terms { pay.add(term) }
        let kernel = shares.indices.map { g in
            path.flatMap { state in SpotAction.allCases.map { successors(of: state, $0, regime: g, hitRate: hitRate) } }
        }
        return AbstractModel(
            environment: .spot, path: path, start: start, actions: 3, allowed: path.map { _ in 0b111 }, chain: chain, shares: shares, hitRate: hitRate, pay: pay, terms: terms,
            noise: noise, averaged: averaged, blurred: blurred, kernel: kernel)
    }

    private func ageIndex(_ state: PathState) -> Int { ages == 1 ? 0 : min(ages - 1, state.age.lowerBound.trailingZeroBitCount) }

    private func index(position: Int, age: Int, profit: Int) -> Int {
        position == 0 ? age : ages + ((position > 0 ? 0 : 1) * ages + age) * profits.count + profit
    }

    private func successors(of state: PathState, _ action: SpotAction, regime g: Int, hitRate: Double) -> [(state: Int, probability: Double)] {
        let target = keeps && action == .hold ? state.position : Int(action.direction)
        let same = target == state.position
        // A bucket of width w is left with probability 1/w a bar.
        var aged: [(Int, Double)] = [(0, 1)]
        if same, ages > 1 {
            let i = ageIndex(state), leaving = i + 1 == ages ? 0 : 1 / Double(1 << i)
            aged = [(i, 1 - leaving), (min(ages - 1, i + 1), leaving)].filter { $0.1 > 0 }
        }
        if target == 0 || profits.count == 1 { return aged.map { (index(position: target, age: $0.0, profit: 0), $0.1) } }
        let from = same ? state.profit : 0
        var weights = [Double](repeating: 0, count: profits.count)
        for size in moves[g] {
            for (gain, chance) in [(size, hitRate), (-size, 1 - hitRate)] where chance > 0 {
                spread((1 + from) * (1 + gain) - 1, chance / Double(moves[g].count), &weights)
            }
        }
        return aged.flatMap { age, chance in weights.enumerated().filter { $0.1 > 0 }.map { (index(position: target, age: age, profit: $0.0), chance * $0.1) } }
    }

    /// Parts a profit between its two neighbours of the grid so that the mean is kept; beyond the ends it stays at them.
    private func spread(_ profit: Double, _ chance: Double, _ weights: inout [Double]) {
        guard let above = profits.firstIndex(where: { $0 >= profit }) else {
            weights[profits.count - 1] += chance
            return
        }
        if above == 0 || profits[above] == profit {
            weights[above] += chance
            return
        }
        let share = (profit - profits[above - 1]) / (profits[above] - profits[above - 1])
        weights[above - 1] += chance * (1 - share)
        weights[above] += chance * share
    }
}

/// Root of the mean square of the finite entries.
private func rootMeanSquare(_ x: [Double]) -> Double {
    let finite = x.filter(\.isFinite)
    return finite.isEmpty ? 0.01 : (finite.reduce(0) { $0 + $1 * $1 } / Double(finite.count)).squareRoot()
}

extension RewardStack {
    /// Whether term `k` keeps a memory of the episode.
    package func keepsMemory(_ k: Int) -> Bool {
        if case .stateful = design.terms[k].body { return true }
        return false
    }

    /// Names read by terms without a memory.
    package var statelessNames: Set<String> {
        design.terms.reduce(into: []) { names, term in
            switch term.body {
            case .expression(let expression): names.formUnion(expression.names)
            case .potential(let phi, _): names.formUnion(phi.names)
            case .stateful: break
            }
        }
    }
}
