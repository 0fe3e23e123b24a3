internal import Intraday
package import NetworkKernels
internal import RealModule
internal import TradingTypes

/// Observations of the options environment, [F]: features of the underlying, of the contract, of the put beside it, and the agent's own state.
///
/// Market and contract features are standardised by mean and deviation over the days given (the training days; contracts as the rule picks them minute by
/// minute), cut at +-10; a feature without a value becomes 0, the mean. State features are divided by fixed scales. All tables are made beforehand: an
/// observation is three copies and the state.
public final class OptionsObservation: Sendable {
    public let set: ObservationSet
    public let names: [String]
    public var count: Int { names.count }
    /// Mean and deviation of the standardised features by name, in the order of `names`; state features are not among them.
    public let standardized: [(name: String, mean: Double, deviation: Double)]
    /// The first columns, which depend on the row alone; the others are the agent's own.
    package let marketCount: Int
    package var ownCount: Int { count - marketCount }
    let contractCount, putCount: Int
    /// [R x market], [Q x contract]
    package let marketTable: FloatBlock
    let contractTable: FloatBlock
    // Their memory: an observation reads it without counting references.
    private nonisolated(unsafe) let marketBase, contractBase: UnsafeMutablePointer<Float>
    private let lot, tiers, stopFactor: Float
    private let profit: Float

    /// - Parameter observesRegime: adds the regime, one column each, after the features of the underlying.
    public init(_ market: OptionsMarket, set: ObservationSet = .full, fittedOn days: [Int], observesRegime: Bool = false) {
        self.set = set
        let columns = set.market.compactMap { name in market.column(name).map { (name, $0) } }
        let regimes = observesRegime ? Regime.names.map { "regime_\($0)" } : []
        marketCount = columns.count + regimes.count
        contractCount = set.contract.count
        putCount = set.putCount
        names = columns.map(\.0) + regimes + set.contract.map(\.name) + set.contract.prefix(set.putCount).map { "put_\($0.name)" } + StateFeature.allCases.map(\.name)
        let rows = market.rowCount, entries = market.quotes.count / 2
        let fitted = days.flatMap { market.days[$0].rows }
        var found: [(String, Double, Double)] = []
        let block = FloatBlock(count: rows * marketCount)
        let target = block.matrix(rows: rows, columns: marketCount)
        for (f, (name, column)) in columns.enumerated() {
            let scale = Standardization(fitted.lazy.map { column[$0] })
            found.append((name, scale.mean, scale.deviation))
            for r in 0..<rows { target.base[r * marketCount + f] = scale(column[r]) }
        }
        if observesRegime { for r in 0..<rows { target.base[r * marketCount + columns.count + Int(market.regimes[r])] = 1 } }
        marketTable = block
        let all = ContractFeature.allCases.count
        let contractBlock = FloatBlock(count: entries * set.contract.count)
        let source = market.contractFeatures.matrix(rows: entries, columns: all), into = contractBlock.matrix(rows: entries, columns: set.contract.count)
        let picked = fitted.flatMap { r in
            [market.callContract[r], market.putContract[r]].map { Int(market.contracts[Int($0)].entry(r)) }
        }
        for (f, feature) in set.contract.enumerated() {
            let scale = Standardization(picked.lazy.map { Double(source.base[$0 * all + feature.rawValue]) })
            found.append((feature.name, scale.mean, scale.deviation))
            for e in 0..<entries { into.base[e * set.contract.count + f] = scale(Double(source.base[e * all + feature.rawValue])) }
        }
        contractTable = contractBlock
        marketBase = block.all.base
        contractBase = contractBlock.all.base
        standardized = found
        lot = Float(market.configuration.contracts)
        tiers = Float(max(1, market.configuration.tiers.count))
        stopFactor = Float(1 - market.configuration.stop)
        profit = 1 / StateFeature.profitScale
    }

    /// Writes the observation of a state to a row of F floats.
    package func write(_ s: borrowing AgentState, mask: UInt32, _ dynamics: TradeDynamics, to row: MatrixView) {
        precondition(row.rows == 1 && row.columns == count, "a row [\(row.rows) x \(row.columns)] for \(count) features")
        write(s, mask: mask, dynamics, to: row.base)
    }

    /// Writes the observation of a state to `row` (F floats).
    @inline(__always)
    package func write(_ s: borrowing AgentState, mask: UInt32, _ dynamics: TradeDynamics, to row: UnsafeMutablePointer<Float>) {
        row.update(from: marketBase + Int(s.row) * marketCount, count: marketCount)
        writeOwn(s, mask: mask, dynamics, to: row + marketCount)
    }

    /// Writes the columns that are not the market's to `out` (`ownCount` floats).
    @inline(__always)
    package func writeOwn(_ s: borrowing AgentState, mask: UInt32, _ dynamics: TradeDynamics, to out: UnsafeMutablePointer<Float>) {
        var out = out
        let r = Int(s.row)
        let facts = dynamics.rows[r], isFlat = s.contract < 0
        let shown = isFlat ? facts.call : s.contract
        out.update(from: contractBase + (dynamics.contracts[Int(shown)].offset + r) * contractCount, count: contractCount)
        out += contractCount
        if isFlat {
            out.update(from: contractBase + (dynamics.contracts[Int(facts.put)].offset + r) * contractCount, count: putCount)
        } else {
            out.update(repeating: 0, count: putCount)
        }
        out += putCount
        if isFlat {
            for k in 0..<8 { out[k] = 0 }
            out[8] = min(StateFeature.limit, Float(s.row - s.sinceRow) * (1 / StateFeature.minuteScale))
            out[9] = 0
        } else {
            let q = dynamics.quote(s.contract, s.row)
            let entry = Float(s.entryTicks), middle = Float(q.middleTwice) / 2, peak = Float(s.peakTicksTwice) / 2
            out[0] = Float(dynamics.contracts[Int(s.contract)].sign)
            out[1] = Float(s.held) / lot
            out[2] = min(StateFeature.limit, (middle / entry - 1) * profit)
            out[3] = min(StateFeature.limit, (Float(q.bid) / entry - 1) * profit)
            out[4] = min(StateFeature.limit, (peak / entry - 1) * profit)
            out[5] = min(StateFeature.limit, (1 - middle / peak) * profit)
            out[6] = min(StateFeature.limit, (middle - entry * stopFactor) / middle * profit)
            out[7] = min(StateFeature.limit, Float(s.row - s.sinceRow) * (1 / StateFeature.minuteScale))
            out[8] = 0
            out[9] = Float(s.tiersPaid) / tiers
        }
        for k in 1..<5 { out[9 + k] = (mask >> UInt32(k)) & 1 == 0 ? 0 : 1 }
    }
}

/// `(x - mean) / deviation`, cut at +-10; 0 where x has no value or the deviation is 0.
struct Standardization {
    let mean: Double
    let deviation: Double

    /// Over the values that are finite; population deviation.
    init(_ values: some Sequence<Double>) {
        var count = 0.0, sum = 0.0, low = Double.infinity, high = -Double.infinity
        for x in values where x.isFinite {
            count += 1
            sum += x
            low = min(low, x)
            high = max(high, x)
        }
        let mean = count > 0 ? sum / count : 0
        var squares = 0.0
        for x in values where x.isFinite { squares += (x - mean) * (x - mean) }
        self.mean = mean
        deviation = count == 0 || low == high ? 0 : (squares / count).squareRoot()
    }

    func callAsFunction(_ x: Double) -> Float {
        guard x.isFinite, deviation > 0 else { return 0 }
        return Float(min(10, max(-10, (x - mean) / deviation)))
    }
}
