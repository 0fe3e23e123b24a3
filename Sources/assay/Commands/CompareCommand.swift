import ArgumentParser
import ComponentKit
import Foundation
import RewardLints
import Rewards
import TradingTypes

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "How far two rewards are apart: EPIC and STARC, where the greedy action flips, which lints come and go.",
        discussion: """
            Both distances run from 0 (they rank all policies the same: one is a
            positive multiple of the other, plus a constant or a potential) to 1.

            Examples:
              assay compare rewards/btc-s2.yaml rewards/btc-s3.yaml
              assay compare old.yaml new.yaml --bars btc.csv.gz --json
            """)

    @Argument(help: "The first reward file.")
    var first: String

    @Argument(help: "The second.")
    var second: String

    @OptionGroup var market: MarketOptions
    @OptionGroup var environment: EnvironmentOptions

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Option(help: "Discount; 0.99, for options 0.92.")
    var gamma: Double?

    @Flag(help: "One JSON document on standard output.")
    var json = false

    func validate() throws {
        if let gamma, !(0..<1).contains(gamma) { throw ValidationError("--gamma must be at least 0 and below 1, not \(gamma)") }
    }

    func run() throws {
        let kinds = Set([first, second].compactMap { RewardDesign.environment(of: $0) })
        if kinds.count > 1 { throw ValidationError("a reward for the spot and one for the options environment have no transitions in common") }
        let kind = kinds.first ?? .spot, discount = gamma ?? (kind == .options ? 0.92 : 0.99)
        let designs = try loadDesigns([first, second], for: kind, gamma: discount, choices: SwitchChoices(switches))
        let linting = RewardLinting(market, environment)
        let result: RewardComparison
        switch kind {
        case .spot:
            // Costs of one environment for both: assumed where either reads them.
            let reads = designs.first { SpotLintMarket.withFees(environment.configuration, for: $0) != environment.configuration } ?? designs[0]
            result = compareRewards(designs[0], designs[1], on: try linting.spotMarket(for: reads), gamma: discount)
        case .options: result = compareRewards(designs[0], designs[1], on: try linting.optionsMarket(gamma: discount))
        }
        if json {
            Console.print(try jsonText(Self.fields(result)))
        } else {
            Console.print(Self.text(result, designs.map(\.name)), terminator: "")
        }
    }

    private struct Flip: Encodable {
        let regime: String
        let hitRate, until: Double
        let from, to: String
        enum CodingKeys: String, CodingKey { case regime, hitRate = "hit_rate", until, from, to }
    }

    private struct Finding: Encodable { let code, message: String }

    private static func fields(_ r: RewardComparison) -> [String: any Encodable] {
        var fields: [String: any Encodable] = [
            "epic": r.epic, "starc": r.starc, "sentence": r.sentence,
            "flips": r.flips.map { Flip(regime: $0.regime, hitRate: $0.hitRate, until: $0.until, from: $0.from, to: $0.to) },
            "lints": ["lost": r.lost.map { Finding(code: $0.code, message: $0.message) }, "gained": r.gained.map { Finding(code: $0.code, message: $0.message) }],
        ]
        if let reason = r.epicReason { fields["epic_reason"] = reason }
        if let reason = r.starcReason { fields["starc_reason"] = reason }
        return fields
    }

    private static func text(_ r: RewardComparison, _ names: [String]) -> String {
        func number(_ x: Double?) -> String { x.map { $0 == 0 ? "0" : String(format: "%.4f", $0) } ?? "-" }
        var text = "\(visible(names[0])) against \(visible(names[1])): \(r.sentence)\n\nEPIC  \(number(r.epic))   (over the bars' transitions, random actions)\nSTARC \(number(r.starc))   (on the abstract process)\n"
        if !r.flips.isEmpty {
            text += "\n" + plainTable(["regime", "hit rates", names[0], names[1]], r.flips.map { flip in
                [flip.regime, flip.hitRate == flip.until ? rate(flip.hitRate) : "\(rate(flip.hitRate)) to \(rate(flip.until))", flip.from, flip.to]
            }, textColumns: 4)
        }
        for (title, list) in [("only \(visible(names[0]))", r.lost), ("only \(visible(names[1]))", r.gained)] where !list.isEmpty {
            text += "\n\(title):\n" + list.map { "  \($0.code): \(visible($0.message))\n" }.joined()
        }
        return text
    }

    private static func rate(_ p: Double) -> String { String(format: "%.1f%%", 100 * p) }
}
