import ArgumentParser
import ComponentKit
import Curricula
import Foundation
import Rewards
import TradingTypes
import Training

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read reward and curriculum files and report every fault with file, line and column.",
        discussion: "Example:\n  assay check rewards/btc-s3.yaml")

    @Argument(help: ArgumentHelp("Reward and curriculum files.", valueName: "file"))
    var files: [String]

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Flag(help: "One JSON document on standard output.")
    var json = false

    func run() throws {
        let choices = try SwitchChoices(switches)
        var issues: [InputIssue] = []
        var designs: [RewardDesign] = []
        var curricula: [Curriculum] = []
        var isMissing = false
        for file in files {
            do {
                if try isCurriculum(file) {
                    curricula.append(try Curriculum(file: file, dayScope: StageDays.scope))
                    continue
                }
                let design = try RewardDesign(file: file, scope: readableNames(RewardDesign.environment(of: file) ?? .spot), gamma: 0.99, choices: choices.chosen)
                designs.append(design)
                issues += design.warnings
            } catch let found as InputIssues {
                issues += found.issues
            } catch let missing as InputMissing where json {
                issues.append(missing.issue)
                isMissing = true
            }
        }
        if issues.isEmpty { try choices.requireKnown(in: designs) }
        if json {
            Console.print(try jsonText(["issues": issues.map(IssueJSON.init)]))
            if issues.contains(where: { $0.severity == .error }) { throw ExitCode(isMissing ? 66 : 65) }
            return
        }
        for curriculum in curricula { Console.print(Self.summary(curriculum), terminator: "") }
        for design in designs { Console.print(Self.summary(design), terminator: "") }
        if issues.contains(where: { $0.severity == .error }) { throw InputIssues(issues) }
        for warning in issues { Console.error(warning.rendered) }
    }

    /// A file with stages is a curriculum.
    private func isCurriculum(_ file: String) throws -> Bool {
        var issues: [InputIssue] = []
        return try YAMLDocument(file: file).root.mapping("the file", &issues)?.keys.contains("stages") ?? false
    }

    /// The stages of a sound curriculum, in order.
    static func summary(_ curriculum: Curriculum) -> String {
        let rows = curriculum.stages.map { stage -> [String] in
            let knobs = stage.knobs.sorted { $0.key < $1.key }.map { "\($0.key) \(shortNumber($0.value))" }
                + (stage.actions.map { ["actions " + $0.joined(separator: " ")] } ?? []) + stage.reward.sorted { $0.key < $1.key }.map { "reward.\($0.key) \(shortNumber($0.value))" }
            let draws = [
                stage.regimes.map { $0.map { Regime.names[Int($0)] }.joined(separator: " ") }, stage.days?.text,
                stage.start.map { "up to \($0.stepsBeforeExit) steps before an exit" },
            ].compactMap { $0 }
            return [
                stage.id, draws.isEmpty ? "anything" : draws.joined(separator: ", "), knobs.isEmpty ? "-" : knobs.joined(separator: ", "), stage.promote?.text ?? "-",
                stage.timeoutSteps.map { "\($0) steps: \(stage.onTimeout.rawValue)" } ?? "-",
            ]
        }
        return "\(visible(curriculum.file)): ok, \(curriculum.stages.count) stages, order \(curriculum.order.rawValue)\n\n"
            + plainTable(["stage", "draws", "knobs", "promoted when", "time-out"], rows, textColumns: 5)
    }

    /// The terms of a sound file, as they will be judged.
    static func summary(_ design: RewardDesign) -> String {
        let stack = RewardStack(design)
        let rows = design.terms.enumerated().map { k, term in
            [
                term.id, shortNumber(term.weight) + (term.weight == 0 ? " (shadow)" : ""), term.accrual.rawValue,
                stack.provenance(of: k).map(\.rawValue).joined(separator: " + "), term.formula,
            ]
        }
        var text = "\(visible(design.file)): ok, \(design.terms.count) terms\n\n"
        text += plainTable(["term", "weight", "paid per", "kind of pay", "formula"], rows, textColumns: 5)
        for option in design.switches {
            text += "switch \(visible(option.id)) = \(visible(option.chosen)) (options: \(option.options.map(visible).joined(separator: ", ")))\n"
        }
        return text
    }
}

/// An issue in the fixed form of `assay check --json`.
struct IssueJSON: Encodable {
    let severity: String, code: String, file: String?, line: Int, column: Int, message: String, help: String?

    init(_ issue: InputIssue) {
        severity = issue.severity.rawValue
        code = issue.code
        file = issue.file
        line = issue.line
        column = issue.column
        message = issue.message
        let parts = [issue.note, issue.help].compactMap { $0 }
        help = parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}
