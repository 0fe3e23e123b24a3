package import Environments
internal import RealModule

/// A part of the agent's own state that a policy on the spot market may observe, under the name by which rewards read it.
///
/// Scaled to a few units at most and cut at +-10, so that it needs no fitting: what a policy will hold is not known before it is trained.
public enum SpotState: String, Sendable, CaseIterable {
    /// -1, 0 or +1.
    case position
    /// ln(1 + bars) / 5: .14 after one bar, .64 after a day of hours, 1 after six days.
    case barsInPosition = "bars_in_position"
    case barsFlat = "bars_flat"
    /// Ten times the fraction: 1 at 10%.
    case unrealized
    case drawdown

    package func value(_ agent: SpotAgent) -> Float {
        let value = switch self {
        case .position: agent.position
        case .barsInPosition: Double.log(onePlus: agent.barsInPosition) / 5
        case .barsFlat: Double.log(onePlus: agent.barsFlat) / 5
        case .unrealized: 10 * agent.unrealized
        case .drawdown: 10 * agent.drawdown
        }
        return Float(min(10, max(-10, value)))
    }
}
