import ArgumentParser
import ComponentKit
import Foundation
import Rewards
import TradingTypes

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read a reward file and report every fault with file, line and column.",
        discussion: "Example:\n  assay check rewards/btc-s3.yaml")

    @Argument(help: ArgumentHelp("Reward files.", valueName: "file"))
    var files: [String]

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Flag(help: "One JSON document on standard output.")
    var json = false

    func run() throws {
        let choices = try SwitchChoices(switches)
        var issues: [InputIssue] = []
        var designs: [RewardDesign] = []
        var isMissing = false
        for file in files {
            do {
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
        for design in designs { Console.print(Self.summary(design), terminator: "") }
        if issues.contains(where: { $0.severity == .error }) { throw InputIssues(issues) }
        for warning in issues { Console.error(warning.rendered) }
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
