public import ArgumentParser
public import Environments

extension SpotConfiguration.Hold: ExpressibleByArgument {}
extension SpotConfiguration.Fill: ExpressibleByArgument {}

/// Flags of the spot environment: what trading costs, when orders fill, what HOLD does.
struct EnvironmentOptions: ParsableArguments {
    @Option(help: ArgumentHelp(
        "Fee on every unit of position changed, basis points. Rewards read it in 'cost' and 'realized'.", valueName: "bps"))
    var feeBps = 0.0

    @Option(help: ArgumentHelp("Slippage on every unit of position changed, basis points.", valueName: "bps"))
    var slippageBps = 0.0

    @Option(help: "What HOLD does: flat closes the position, keep keeps it.")
    var hold: SpotConfiguration.Hold = .flat

    @Option(help: "Orders fill at the close they are decided on, or at the next bar's open.")
    var fill: SpotConfiguration.Fill = .close

    @Option(parsing: .unconditional, help: ArgumentHelp("Funding that longs pay to shorts, basis points every 8 hours.", valueName: "bps"))
    var fundingBps = 0.0

    @Option(help: ArgumentHelp("Borrowing that shorts pay, basis points a year.", valueName: "bps"))
    var borrowBps = 0.0

    func validate() throws {
        for (name, value, range) in [
            ("--fee-bps", feeBps, 0...10_000), ("--slippage-bps", slippageBps, 0...10_000), ("--funding-bps", fundingBps, -10_000...10_000),
            ("--borrow-bps", borrowBps, 0...1_000_000),
        ] as [(String, Double, ClosedRange<Double>)] where !range.contains(value) {
            throw ValidationError("\(name) must lie between \(Int(range.lowerBound)) and \(Int(range.upperBound)), not \(value)")
        }
    }

    var configuration: SpotConfiguration {
        SpotConfiguration(
            feeBasisPoints: feeBps, slippageBasisPoints: slippageBps, hold: hold, fill: fill, fundingBasisPointsPer8h: fundingBps,
            borrowBasisPointsPerYear: borrowBps)
    }
}
