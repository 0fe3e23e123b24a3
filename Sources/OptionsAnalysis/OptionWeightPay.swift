internal import OptionsEnvironment
internal import RewardAnalysis
internal import Rewards
internal import TradingTypes

extension WeightPay {
    /// What one unit of every weight pays on option decisions: HOLD, BUY_CALL, BUY_PUT while flat in `regimes`; HOLD, TRIM, EXIT in a trade in `inTrade`.
    ///
    /// - Parameter blockLength: decisions of a block, the bootstrap's at the file's weights.
    init(_ stack: RewardStack, _ market: OptionsMarket, _ decisions: OptionDecisions, rules: EpisodeRules, blockLength: Double) {
        let block = max(1, Int(blockLength.rounded()))
        func regimes(_ trajectories: [OptionsTrajectory], _ rows: [Int]) -> [Regime] {
            guard !rows.isEmpty else { return [] }
            let real = trajectories.map { market.outcomes(of: $0, names: stack.names, rules: rules, needsNext: stack.needsNext) }
            let hasMirror = !stack.names.isDisjoint(with: ["net_profit", "next_premium_return"])
            let mirror = hasMirror ? zip(real, trajectories).map { mirrored($0, market, $1) } : real
            var sums = UnitPaySums(
                terms: stack.design.terms.count, labels: rows.map { market.regimes[$0] }, regimes: TradingTypes.Regime.names.count, nextReturn: [], blockLength: block)
            for k in stack.design.terms.indices {
                func parts(_ outcomes: [OutcomeColumns]) -> [[(provenance: Provenance, pay: Column)]] { outcomes.map { stack.parts(of: k, tried: $0, taken: $0) } }
                sums.add(term: k, parts(real), mirrored: parts(mirror))
            }
            return Self.regimes([sums])
        }
        self.init(regimes: regimes(decisions.flat, decisions.flatRows), text: stack.design.weightedText)
        inTrade = regimes(decisions.inTrade, decisions.tradeRows)
    }
}
