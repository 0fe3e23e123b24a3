import ComponentKit
import Foundation
import Reports
import RewardLints
import Rewards

/// A farm in `assay check --json`.
struct FarmJSON: Encodable {
    struct Place: Encodable {
        let regime: String
        let payPerStep, holdingPerStep: Double
        enum CodingKeys: String, CodingKey { case regime, payPerStep = "pay_per_step", holdingPerStep = "holding_per_step" }
    }

    let code, reward, sentence, patch: String
    let cycle: [String]
    let regimes: [Place]
    let terms: [String: Double]
    let breakEvenFriction, worstPerStep: Double?
    enum CodingKeys: String, CodingKey {
        case code, reward, sentence, patch, cycle, regimes, terms, breakEvenFriction = "break_even_friction", worstPerStep = "worst_per_step"
    }

    init(_ story: FarmStory, reward: String) {
        code = story.code.rawValue
        self.reward = reward
        sentence = story.sentence
        patch = story.patch
        cycle = story.actions
        regimes = story.regimes.map { Place(regime: $0.name, payPerStep: $0.pay, holdingPerStep: $0.holding) }
        terms = Dictionary(story.terms.map { ($0.id, $0.pay) }) { a, _ in a }
        breakEvenFriction = story.breakEvenFriction
        worstPerStep = story.worst
    }
}

/// How often a term pays in `assay check --json`: shares of the steps by policy.
struct ReachJSON: Encodable {
    let reward, term: String
    let weight: Double
    let hits: [String: Double]

    init(_ row: ReachRow, _ policies: [ReachPolicy], reward: String) {
        self.reward = reward
        term = row.term
        weight = row.weight
        hits = Dictionary(zip(policies.map(\.name), row.hits)) { a, _ in a }
    }
}

/// A policy of that table in `assay check --json`.
struct ReachPolicyJSON: Encodable {
    let reward, policy, kind: String
    let steps: Int
}

/// What of a term's certain pay the observation tells, in `assay check --json`.
struct CoverageJSON: Encodable {
    let reward, term, action: String
    let entropyBits, toldBits, share: Double
    let by: String?
    enum CodingKeys: String, CodingKey { case reward, term, action, by, share, entropyBits = "entropy_bits", toldBits = "told_bits_at_least" }
}

/// What the memory of a term does to the pay of entering, in `assay check --json`: deviations, and the one over the other.
struct MemoryJSON: Encodable {
    let reward, term: String
    let memory, steps: Double
    let share: Double?
    enum CodingKeys: String, CodingKey { case reward, term, memory = "deviation_by_memory", steps = "deviation_by_steps", share }
}

/// The fields of `assay check --json`: the issues, and of linted rewards the farms and how often terms pay.
func checkFields(_ issues: [InputIssue], _ reports: [(design: RewardDesign, report: LintReport)]) -> [String: any Encodable] {
    var fields: [String: any Encodable] = ["issues": issues.map(IssueJSON.init)]
    if !reports.isEmpty {
        fields["farms"] = reports.flatMap { design, report in report.farms.map { FarmJSON($0, reward: design.name) } }
        fields["policies"] = reports.flatMap { design, report in report.policies.map { ReachPolicyJSON(reward: design.name, policy: $0.name, kind: $0.kind.rawValue, steps: $0.steps) } }
        fields["coverage"] = reports.flatMap { design, report in
            report.coverage.map { CoverageJSON(reward: design.name, term: $0.term, action: $0.action, entropyBits: $0.entropyBits, toldBits: $0.toldBits, share: $0.share, by: $0.by) }
        }
        fields["memories"] = reports.flatMap { design, report in
            report.memories.map { MemoryJSON(reward: design.name, term: $0.term, memory: $0.memory, steps: $0.steps, share: $0.share.isFinite ? $0.share : nil) }
        }
        fields["reach"] = reports.flatMap { design, report in report.reach.map { ReachJSON($0, report.policies, reward: design.name) } }
    }
    return fields
}

/// What `--explain` adds: how often each term pays, and what the abstract process says.
func lintDetails(_ design: RewardDesign, _ report: LintReport) -> String {
    guard !report.reach.isEmpty else { return "" }
    var text = "\n\(visible(design.name)), judged on \(visible(report.market))\n\nshare of steps on which a term pays, by policy\n\n"
    text += plainTable(["term", "weight"] + report.policies.indices.map { "\($0 + 1)" }, report.reach.map { row in [row.term, shortNumber(row.weight)] + row.hits.map(percent) })
    text += "\n" + plainTable(["policy", "name", "kind", "steps"], report.policies.enumerated().map { ["\($0 + 1)", visible($1.name), $1.kind.rawValue, grouped(Double($1.steps))] }, textColumns: 3)
    if !report.coverage.isEmpty {
        text += "\nwhat the observation tells of certain pay: bits of its entropy, at least\n\n"
        text += plainTable(
            ["term", "action", "entropy", "told", "share", "first by"],
            report.coverage.map { [$0.term, $0.action, String(format: "%.3f", $0.entropyBits), String(format: "%.3f", $0.toldBits), percent($0.share), $0.by ?? "-"] }, textColumns: 2)
    }
    if !report.memories.isEmpty {
        text += "\nwhat entering pays at once beyond holding: its deviation by the memory of a term, and by the steps\n\n"
        text += plainTable(
            ["term", "by the memory", "by the steps", "share"], report.memories.map { [$0.term, String(format: "%.3g", $0.memory), String(format: "%.3g", $0.steps), $0.share.isFinite ? percent($0.share) : "-"] },
            textColumns: 1)
    }
    if !report.process.isEmpty { text += "\n" + report.process.joined(separator: "\n") + "\n\n" }
    return text
}

private func percent(_ share: Double) -> String { share == 0 ? "0" : share < 0.001 ? String(format: "%.2g%%", 100 * share) : String(format: "%.1f%%", 100 * share) }

extension FarmDiagram {
    /// The sentence up to its numbers heads the figure; what would stop the farm stands below.
    init(_ farm: FarmStory, name: String, of design: RewardDesign, on market: String) {
        let parts = farm.sentence.split(separator: "; ").map(String.init), head = parts.first ?? ""
        let end = [" for certain", " even when", " on a market"].compactMap { head.firstRange(of: $0)?.lowerBound }.min() ?? head.endIndex
        let place = farm.regimes.first.map { " in \($0.name)" } ?? ""
        self.init(
            name: name, heading: String(head[..<end]), story: parts.dropFirst().last ?? "", patch: farm.patch.split(separator: "; or ").first.map(String.init) ?? farm.patch,
            caption: "\(design.name)\(place), term by term on \(market)", steps: farm.steps)
    }
}
