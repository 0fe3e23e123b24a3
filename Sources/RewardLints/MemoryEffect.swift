internal import NumericKernels
internal import RealModule
internal import Rewards
internal import TradingTypes

/// How much the memory of a term moves what entering is worth over staying out, against how much the steps themselves do.
///
/// The difference D of the two actions' pay at zero edge depends on the memory and on the step it is paid at. Every memory met is paired with two steps drawn at random: the covariance of the two
/// differences is the variance of the memory's own effect (the variance component of a two-way layout), whatever the steps add. Against it stands the deviation of the difference as the steps came.
struct MemoryEffect {
    /// Deviations, in units of the reward.
    let memory, steps: Double
    var share: Double { steps + memory > 0 ? memory / max(steps, memory) : 0 }

    /// Steps left out at the start, while the memory fills.
    static let warmUp = 200

    /// - Parameters:
    ///   - entering, holding: outcomes of either action on each of the `taken` steps, as the future came and mirrored.
    ///   - flat: steps without a position: memories and steps are compared there only.
    init(_ stack: RewardStack, term k: Int, taken: OutcomeColumns, entering: [OutcomeColumns], holding: [OutcomeColumns], flat: [Int]) {
        func pay(_ outcomes: OutcomeColumns) -> [Double] { stack.unshapedPay(of: [k], tried: outcomes, taken: taken) }
        let used = flat.filter { $0 >= Self.warmUp }
        guard used.count > 1 else { (memory, steps) = (0, 0); return }
        let came = zip(pay(entering[0]), pay(holding[0])).map { $0 - $1 }
        steps = moments(used.map { came[$0] }).deviation
        var random = RandomStream(seed: 1, purpose: "memory effect")
        func paired() -> [Double] {
            // Each flat step's outcomes are those of another flat step; the memory stays.
            var source = Array(0..<taken.count)
            for t in used { source[t] = used[Int(random.below(UInt64(used.count)))] }
            let into = entering.map { pay($0.gathered(source)) }, out = holding.map { pay($0.gathered(source)) }
            return used.map { t in 0.5 * (into[0][t] + into[1][t] - out[0][t] - out[1][t]) }
        }
        let a = paired(), b = paired()
        let both = zip(a, b).filter { $0.isFinite && $1.isFinite }
        let means = (moments(both.map(\.0)).mean, moments(both.map(\.1)).mean)
        let covariance = both.reduce(0) { $0 + ($1.0 - means.0) * ($1.1 - means.1) } / Double(max(1, both.count))
        memory = max(0, covariance).squareRoot()
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
