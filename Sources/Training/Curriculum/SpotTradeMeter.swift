package import Environments
package import MaskablePPO

/// Round trips and their net return in the roll-outs of a spot run.
///
/// A position open at a roll-out's end is counted with the trade it belongs to, in whichever roll-out that ends; one that an episode's end cuts is no round trip.
package struct SpotTradeMeter: Sendable, Equatable {
    /// Position and net return so far of the trade under way in each environment, [N].
    private var position: [Double], running: [Double]
    package private(set) var roundTrips = 0
    package private(set) var net = 0.0

    package init(environments: Int) {
        position = [Double](repeating: 0, count: environments)
        running = position
    }

    /// Takes in the roll-out just played; counts start anew.
    package mutating func measure(_ rollout: Rollout, _ environment: SpotEnvironment) {
        roundTrips = 0
        net = 0
        let N = rollout.environments, next = environment.nextReturn, keeps = environment.configuration.hold == .keep
        let fee = (environment.configuration.feeBasisPoints + environment.configuration.slippageBasisPoints) / 10_000
        for n in 0..<N {
            for t in 0..<rollout.steps {
                let i = t * N + n
                if rollout.isFirst[i] { (position[n], running[n]) = (0, 0) }
                let wanted = switch rollout.actions[i] {
                case 1: 1.0
                case 2: -1.0
                default: keeps ? position[n] : 0
                }
                if wanted != position[n] {
                    if position[n] != 0 {
                        roundTrips += 1
                        net += running[n] - fee * abs(position[n])
                    }
                    running[n] = wanted == 0 ? 0 : -fee * abs(wanted)
                    position[n] = wanted
                }
                let r = next[Int(rollout.rows[i])]
                if wanted != 0, r.isFinite { running[n] += wanted * r }
            }
        }
    }

    /// Mean net return of a round trip, a fraction; 0 without any.
    package var expectancy: Double { roundTrips > 0 ? net / Double(roundTrips) : 0 }

    package var words: [Double] { position + running }
    package init(words: [Double]) {
        position = Array(words.prefix(words.count / 2))
        running = Array(words.dropFirst(words.count / 2))
    }
}
