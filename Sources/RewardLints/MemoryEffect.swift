internal import NumericKernels
internal import RealModule
internal import Rewards
internal import TradingTypes

/// How much the hidden memory of a term moves what entering pays at once, beyond staying out.
public struct MemoryRow: Sendable {
    public let term: String
    /// One deviation of that pay by the memory alone, and by the steps as they came, in units of the reward.
    public let memory, steps: Double
    /// The one over the other.
    public var share: Double { steps > 0 ? memory / steps : memory > 0 ? .infinity : 0 }

    /// Above this share a policy that does not see the memory is misled. Were the steps normal, a share s would move the hit rate at which entering breaks even by s / (2 E|z|), E|z| = .798: here by ten
    /// points, the most that certain pay for holding may ask of a trade too (`one_sided_guarantee`).
    static let limit = 0.16
}

/// How much the memory of a term moves what entering pays, against how much the steps themselves do.
///
/// The difference D of the two actions' pay at zero edge depends on the memory and on the step it is paid at. Every memory met is paired with two steps drawn at random from those of the same regime, which
/// the policy sees: memories and steps of different regimes never meet. The covariance of the two differences within regimes is the variance of the memory's own effect (the variance component of a
/// two-way layout), whatever the steps add. Against it stands the deviation of the whole reward's difference within regimes as the steps came.
struct MemoryEffect {
    /// Deviations, in units of the reward.
    let memory, steps: Double

    /// Steps left out at the start, while the memory fills.
    static let warmUp = 200

    /// - Parameters:
    ///   - terms: all that pay.
    ///   - entering, holding: outcomes of either action on each of the `taken` steps, as the future came and mirrored.
    ///   - flat: steps without a position: memories and steps are compared there only.
    ///   - regimes: of every step, [T].
    init(_ stack: RewardStack, term k: Int, of terms: [Int], taken: OutcomeColumns, entering: [OutcomeColumns], holding: [OutcomeColumns], flat: [Int], regimes: [Int]) {
        var groups: [[Int]] = []
        for t in flat where t >= Self.warmUp {
            while groups.count <= regimes[t] { groups.append([]) }
            groups[regimes[t]].append(t)
        }
        // Fewer steps than this tell nothing of their own spread.
        groups.removeAll { $0.count < 30 }
        let count = Double(groups.reduce(0) { $0 + $1.count })
        guard count > 0 else { (memory, steps) = (0, 0); return }
        /// Mean over the regimes of the covariance within them.
        func within(_ x: [Double], _ y: [Double]) -> Double {
            groups.reduce(0) { sum, group in
                let both = group.filter { x[$0].isFinite && y[$0].isFinite }, n = Double(max(1, both.count))
                let means = both.reduce((0.0, 0.0)) { ($0.0 + x[$1] / n, $0.1 + y[$1] / n) }
                return sum + Double(group.count) / count * both.reduce(0) { $0 + (x[$1] - means.0) * (y[$1] - means.1) } / n
            }
        }
        let came = zip(stack.unshapedPay(of: terms, tried: entering[0], taken: taken), stack.unshapedPay(of: terms, tried: holding[0], taken: taken)).map { $0 - $1 }
        steps = within(came, came).squareRoot()
        var random = RandomStream(seed: 1, purpose: "memory effect")
        func paired() -> [Double] {
            // Each flat step's outcomes are those of another flat step of its regime; the memory stays.
            var source = Array(0..<taken.count)
            for group in groups { for t in group { source[t] = group[Int(random.below(UInt64(group.count)))] } }
            func pay(_ outcomes: OutcomeColumns) -> [Double] { stack.unshapedPay(of: [k], tried: outcomes.gathered(source), taken: taken) }
            let into = entering.map(pay), out = holding.map(pay)
            return source.indices.map { t in 0.5 * (into[0][t] + into[1][t] - out[0][t] - out[1][t]) }
        }
        memory = max(0, within(paired(), paired())).squareRoot()
    }
}

extension OutcomeColumns {
    /// The rows at `source`, in its order; episodes start where they did.
    fileprivate func gathered(_ source: [Int]) -> OutcomeColumns {
        func gather(_ columns: [String: Column]) -> [String: Column] {
            columns.mapValues { column in
                guard case .values(let values) = column else { return column }
                return .values(source.map { values[$0] })
            }
        }
        var other = self
        other.columns = gather(columns)
        other.next = gather(next)
        return other
    }
}
