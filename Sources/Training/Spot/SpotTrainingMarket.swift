package import Environments
package import Features
package import MaskablePPO
package import NetworkKernels
package import Policies
package import Rewards
package import TradingTypes

/// A prepared market as training sees it: one row of standardised features a bar, its regime, and what each action pays there.
///
/// T bars, F features (44, and 4 for the regime where the policy sees it that way), A = 3 actions, K terms. Features are standardised on the
/// training bars only; a missing value becomes the mean. Where no term depends on the agent's own path, all pay is known beforehand.
package final class SpotTrainingMarket {
    package let prepared: PreparedMarket
    package let environment: SpotEnvironment
    package let stack: RewardStack
    package let normalizer: Normalizer
    package let table: ObservationTable
    package let observationNames: [String]
    /// What a policy sees of its own state, after the table's columns.
    package let observedState: [SpotState]
    /// [T x A x width]: the total, then every term's weighted pay, padded to whole vectors; nil where pay depends on the path.
    package let pay: FloatBlock?
    package let payWidth: Int
    /// First bar of `pay`.
    package let firstPaid: Int
    private let block: FloatBlock
    /// Columns that the reward reads, whole series long.
    package let columns: [String: Column]

    package var termNames: [String] { stack.design.terms.map(\.id) }
    package var barDurationSeconds: Int { prepared.bars.barDurationSeconds }

    package init(_ prepared: PreparedMarket, _ configuration: SpotConfiguration, _ design: RewardDesign, observesRegime: Bool, observedState: [SpotState] = []) {
        self.prepared = prepared
        environment = configuration == prepared.environment.configuration ? prepared.environment : SpotEnvironment(prepared.bars, configuration)
        let stack = RewardStack(design)
        self.stack = stack
        normalizer = Normalizer(prepared.features, fittedOn: prepared.split.train)
        let bars = prepared.bars.count, base = prepared.features.names.count
        let width = base + (observesRegime ? Regime.names.count : 0)
        let block = FloatBlock(count: bars * width)
        let matrix = block.matrix(rows: bars, columns: width)
        for (f, column) in normalizer.apply(prepared.features, rows: 0..<bars).columns.enumerated() {
            for t in 0..<bars { matrix.base[t * width + f] = Float(column[t]) }
        }
        if observesRegime { for t in 0..<bars { matrix.base[t * width + base + Int(prepared.regimes.labels[t])] = 1 } }
        self.block = block
        table = ObservationTable(features: matrix, regimes: prepared.regimes.labels)
        observationNames = prepared.features.names + (observesRegime ? Regime.names.map { "regime_\($0)" } : []) + observedState.map(\.rawValue)
        self.observedState = observedState
        columns = prepared.columns().filter { stack.names.contains($0.key) }
        payWidth = (design.terms.count + 1 + 15) / 16 * 16
        firstPaid = prepared.split.train.lowerBound
        // Where HOLD keeps the position, even the direction depends on the path.
        pay = stack.readsPath || stack.isStateful || configuration.hold == .keep
            ? nil : Self.score(stack, environment, columns, rows: firstPaid..<environment.usableRows, width: payWidth)
    }

    /// The same market under other costs or weights: observations are shared, pay is tabled anew. `design` has this market's terms.
    package init(_ base: SpotTrainingMarket, _ configuration: SpotConfiguration, _ design: RewardDesign) {
        prepared = base.prepared
        environment = configuration == base.environment.configuration ? base.environment : SpotEnvironment(base.prepared.bars, configuration)
        stack = RewardStack(design)
        normalizer = base.normalizer
        block = base.block
        table = base.table
        observationNames = base.observationNames
        observedState = base.observedState
        columns = base.columns
        payWidth = base.payWidth
        firstPaid = base.firstPaid
        pay = base.pay == nil ? nil : Self.score(stack, environment, columns, rows: firstPaid..<environment.usableRows, width: payWidth)
    }

    /// Observations of `rows` standardised by running statistics, in a copy of the whole table [T x F] that is 0 elsewhere.
    package func observations(_ rows: Range<Int>, under normalizer: RunningNormalizer) -> FloatBlock {
        let source = table.features, width = source.columns
        let copy = FloatBlock(count: source.rows * width)
        let target = copy.matrix(rows: source.rows, columns: width)
        for t in rows { for c in 0..<width { target[t, c] = normalizer.normalise(source[t, c], column: c) } }
        return copy
    }

    /// What an agent that is about to decide at bar `row` observes, [1 x width]: the table's row, then its own state.
    package func observe(row: Int, _ agent: SpotAgent, into observation: MatrixView) {
        let width = table.features.columns
        for c in 0..<width { observation[0, c] = table.features[row, c] }
        for (k, state) in observedState.enumerated() { observation[0, width + k] = state.value(agent) }
    }

    /// What each action pays on each of `rows`.
    private static func score(
        _ stack: RewardStack, _ environment: SpotEnvironment, _ columns: [String: Column], rows: Range<Int>, width: Int
    ) -> FloatBlock {
        let actions = SpotAction.allCases.count
        let block = FloatBlock(count: rows.count * actions * width)
        let pay = block.matrix(rows: rows.count * actions, columns: width)
        let chunk = 65_536
        var start = rows.lowerBound
        while start < rows.upperBound {
            let part = start..<min(rows.upperBound, start + chunk)
            for action in SpotAction.allCases {
                let outcomes = environment.outcomes(of: action, rows: part, along: nil, market: columns, needsNext: stack.needsNext)
                let ledger = stack.ledger(outcomes)
                for t in 0..<part.count {
                    let row = ((part.lowerBound - rows.lowerBound + t) * actions + Int(action.rawValue)) * width
                    var total = 0.0
                    for k in ledger.indices {
                        total += ledger[k][t]
                        pay.base[row + 1 + k] = Float(ledger[k][t])
                    }
                    pay.base[row] = Float(total)
                }
            }
            start = part.upperBound
        }
        return block
    }
}
