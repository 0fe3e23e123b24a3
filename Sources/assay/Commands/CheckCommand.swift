import ArgumentParser
import ComponentKit
import Curricula
import Foundation
import RewardParity
import RewardSolving
import Reports
import RewardLints
import Rewards
import RunRecords
import Sweeps
import Teachers
import TradingTypes
import Training

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read rewards, teacher scripts, curricula and experiments and report every fault; lint rewards.",
        discussion: """
            Every fault of every file at once, with file, line and column. Sound
            rewards are linted on bars: farmable cycles, leaks, terms that never
            fire, units, scale, and what the policy cannot see. An experiment's
            reward is linted on its own bars, with its costs and its observation.

            Examples:
              assay check rewards/btc-s3.yaml
              assay check my-reward.yaml --bars btc.csv.gz --fail-on warning
              assay check rewards/freqai-example.yaml --explain
              assay check rewards/scalp-audited.yaml --explain --teacher my-script.yaml
              assay check rewards/btc-s3.yaml --explain --run runs/btc-s3-mlp
              assay check teacher-scripts/*.yaml curricula/*.yaml experiments/*.yaml
              assay check my-reward.yaml --against transitions.csv

            --against scores recorded transitions by the reward file and compares,
            term by term, with what your own implementation paid; it ends with 1
            and the first row that differs, if there is one.
            """)

    @Argument(help: ArgumentHelp("Reward, teacher script, curriculum and experiment files.", valueName: "file"))
    var files: [String]

    @Option(name: .customLong("switch"), help: ArgumentHelp("Choose a reading of an ambiguous reward: NAME=OPTION. Repeatable.", valueName: "name=option"))
    var switches: [String] = []

    @Option(help: ArgumentHelp("Transitions that your own implementation of the reward has scored (CSV): columns of the names it reads, each term's pay under its id, reward.", valueName: "csv"))
    var against: String?

    @Option(help: ArgumentHelp("With --against: relative difference that counts as equal.", valueName: "x"))
    var tolerance = ImplementationComparison.standardTolerance

    @Option(help: ArgumentHelp("With --against: discount of potentials; 0.99, for options 0.92.", valueName: "x"))
    var gamma: Double?

    @OptionGroup var market: MarketOptions
    @OptionGroup var environment: EnvironmentOptions

    @Flag(help: "One JSON document on standard output.")
    var json = false

    @Option(help: ArgumentHelp("Folder for a diagram of every farm.", valueName: "folder"))
    var out: String?

    @Flag(help: "Also how often each term pays under several policies, and the best policy of the abstract process.")
    var explain = false

    @Option(name: .customLong("run"), help: ArgumentHelp("A trained run, whose bars everything is then judged on: the policies of its seeds join the table of how often each term pays.", valueName: "folder"))
    var trainedRun: String?

    @Option(help: ArgumentHelp("A teacher script that joins that table. Repeatable.", valueName: "script"))
    var teacher: [String] = []

    @Flag(help: "Read the files only; no lints, no market.")
    var noLints = false

    @Option(help: ArgumentHelp("Exit with 2 when there is a warning.", valueName: "warning"))
    var failOn: FailOn?

    enum FailOn: String, ExpressibleByArgument, CaseIterable { case warning }

    func validate() throws {
        if against != nil, files.count != 1 { throw ValidationError("--against compares one reward file, and \(files.count) files are named") }
        if !(tolerance >= 0 && tolerance < 1) { throw ValidationError("--tolerance must lie between 0 and 1, not \(tolerance)") }
        if trainedRun != nil, market.bars != MarketOptions.standardBars || market.from != nil || market.to != nil {
            throw ValidationError("--run judges on the bars that the run was trained on; leave --bars, --from and --to out")
        }
        if let gamma, !(0...1).contains(gamma) { throw ValidationError("--gamma must lie between 0 and 1, not \(gamma)") }
    }

    func run() async throws {
        if let against { return try compare(files[0], against) }
        let choices = try SwitchChoices(switches)
        var issues: [InputIssue] = []
        var designs: [RewardDesign] = []
        var curricula: [Curriculum] = [], others: [String] = [], reports: [(design: RewardDesign, report: LintReport)] = []
        var waiting: [(design: RewardDesign, experiment: Experiment?)] = []
        let linting = RewardLinting(market, environment, runs: try trainedPolicies(), teachers: teacher, explains: explain)
        var isMissing = false
        for file in files {
            do {
                switch try kind(of: file) {
                case .curriculum:
                    curricula.append(try Curriculum(file: file, dayScope: StageDays.scope))
                    continue
                case .teacher:
                    let card = try TeacherScript(file: file, scope: readableNames).card
                    others.append("\(visible(file)): ok, \(card.summary)")
                    continue
                case .experiment:
                    let experiment = try Experiment(file: file, overrides: [])
                    others.append("\(visible(file)): ok, \(experiment.kind.rawValue), reward \(visible(experiment.reward)), \(experiment.steps) steps")
                    if !noLints {
                        waiting.append((try RewardDesign(file: experiment.reward, scope: readableNames(experiment.kind), gamma: experiment.ppo.gamma, choices: experiment.switches), experiment))
                    }
                    continue
                case .target:
                    let target = try SolveTarget(file: file)
                    others.append("\(visible(file)): ok, target bands of \(target.regimes.map { Regime.names[$0] }.joined(separator: ", "))")
                    continue
                case .sweep:
                    let plan = try SweepPlan(file: file)
                    others.append("\(visible(file)): ok, sweep of \(visible(plan.experiment)), \(try plan.points().count) points")
                    continue
                case .reward: break
                }
                let design = try RewardDesign(file: file, scope: readableNames(RewardDesign.environment(of: file) ?? .spot), gamma: 0.99, choices: choices.chosen)
                designs.append(design)
                issues += design.warnings
                if !noLints { waiting.append((design, nil)) }
            } catch let found as InputIssues {
                issues += found.issues
            } catch let missing as InputMissing where json {
                issues.append(missing.issue)
                isMissing = true
            }
        }
        if issues.isEmpty { try choices.requireKnown(in: designs) }
        // Faults first: what is sound is judged when there are none.
        if !issues.contains(where: { $0.severity == .error }) {
            for (design, experiment) in waiting {
                let report = try linting.lint(design, experiment, gamma: experiment?.ppo.gamma ?? (design.environment == .options ? 0.92 : 0.99))
                reports.append((design, report))
                issues += report.issues
            }
        }
        for remark in linting.remarks { Console.error("note: \(visible(remark))") }
        if let out {
            for (design, report) in reports {
                for (i, farm) in report.farms.enumerated() {
                    guard let figure = farmFigure(FarmDiagram(farm, name: "farm-\(slug(design.name))-\(i + 1)", of: design, on: report.market)) else { continue }
                    try await writeFigure(figure, to: out)
                    if !json { Console.error("wrote \(visible(out))/\(figure.name).svg and .png") }
                }
            }
        }
        if json {
            Console.print(try jsonText(checkFields(issues, reports)))
            if issues.contains(where: { $0.severity == .error }) { throw ExitCode(isMissing ? 66 : 65) }
            if failOn == .warning, !issues.isEmpty { throw ExitCode(2) }
            return
        }
        for line in others { Console.print(line) }
        for curriculum in curricula { Console.print(Self.summary(curriculum), terminator: "") }
        for design in designs { Console.print(Self.summary(design), terminator: "") }
        if issues.contains(where: { $0.severity == .error }) { throw InputIssues(issues) }
        if explain { for (design, report) in reports { Console.print(lintDetails(design, report), terminator: "") } }
        for warning in issues { Console.error(warning.rendered + "\n") }
        if !issues.isEmpty {
            Console.error("\(issues.count) warning\(issues.count == 1 ? "" : "s")" + (reports.first.map { " (judged on \(visible($0.report.market)))" } ?? "") + (explain ? "" : "; --explain shows how often each term pays"))
            if failOn == .warning { throw ExitCode(2) }
        }
    }

    /// The policies of `--run`, one a seed.
    private func trainedPolicies() throws -> [TrainedPolicy] {
        guard let trainedRun else { return [] }
        var policies: [TrainedPolicy] = []
        let folders = seedFolders(of: trainedRun)
        for folder in folders.isEmpty ? [trainedRun] : folders { policies.append(try TrainedPolicy(folder: folder, threads: market.threadCount, inputs: policies.first?.sharedInputs)) }
        return policies
    }

    private enum FileKind { case reward, teacher, curriculum, experiment, target, sweep }

    /// What a file is, by the keys that only its kind has; a reward where none says more.
    private func kind(of file: String) throws -> FileKind {
        var issues: [InputIssue] = []
        let keys = Set(try YAMLDocument(file: file).root.mapping("the file", &issues)?.keys ?? [])
        if keys.contains("stages") { return .curriculum }
        if keys.contains("terms") { return .reward }
        if keys.contains("bands") { return .target }
        if keys.contains("vary") { return .sweep }
        if !keys.isDisjoint(with: ["entry", "take_profit", "invalidation", "sizing", "cooldown"]) { return .teacher }
        return keys.isDisjoint(with: ["ppo", "policy", "data", "steps", "reward"]) ? .reward : .experiment
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
