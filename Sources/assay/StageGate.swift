import ComponentKit
import Curricula
import Logging
import RewardLints
import Rewards
import Training

/// Before a curriculum's stages are trained, the reward of each passes `check`: what the stage pays, with its weights in place of the file's.
enum StageGate {
    /// One stage's finding.
    struct Finding {
        let stage: String
        let issue: InputIssue
    }

    /// Farms in the rewards of `curriculum`'s stages, each stage's own once: a farm that the stage before had in the same words is not told again.
    static func findings(_ curriculum: Curriculum, _ design: RewardDesign, lint: (RewardDesign) throws -> LintReport) rethrows -> [Finding] {
        var findings: [Finding] = [], judged: [[String: Double]: [InputIssue]] = [:], last: [InputIssue] = []
        for stage in curriculum.stages {
            let issues = try judged[stage.reward] ?? lint(design.reweighted(stage.reward)).issues.filter { LintCode(rawValue: $0.code)?.isFarm ?? false }
            judged[stage.reward] = issues
            findings += issues.filter { !last.contains($0) }.map { Finding(stage: stage.id, issue: $0) }
            last = issues
        }
        return findings
    }

    /// Warns of farms, or with `gate: strict` throws them as errors.
    static func check(_ inputs: TrainingInputs, _ log: Logger) throws {
        guard let curriculum = inputs.curriculum else { return }
        let experiment = inputs.experiment
        let linting = RewardLinting(try MarketOptions.parse([]), try EnvironmentOptions.parse([]))
        linting.use(inputs)
        let found = try findings(curriculum, inputs.design) { try linting.lint($0, experiment, gamma: experiment.ppo.gamma) }
        let issues = found.map { finding -> InputIssue in
            var issue = finding.issue
            issue.message = "stage '\(finding.stage)': \(issue.message)"
            return issue
        }
        if curriculum.gate == .strict, !issues.isEmpty {
            throw InputIssues(issues.map { issue in
                var issue = issue
                issue.severity = .error
                return issue
            })
        }
        for issue in issues { log.warning("\(issue.rendered)") }
    }
}
