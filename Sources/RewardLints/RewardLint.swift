public import ComponentKit
internal import Rewards

/// The codes of reward lints (DESIGN 12), most severe first: what comes first is shown first.
public enum LintCode: String, Sendable, CaseIterable, Codable {
    case farmAdversarial = "farm_adversarial"
    case farmGuaranteed = "farm_guaranteed"
    case farmMartingale = "farm_martingale"
    case convexityLeak = "convexity_leak"
    case notFinite = "not_finite"
    case neverFires = "never_fires"
    case unreachableTerm = "unreachable_term"
    case unitMismatch = "unit_mismatch"
    case doubleCounting = "double_counting"
    case scale
    case oneSidedGuarantee = "one_sided_guarantee"
    case notObserved = "not_observed"
    case nonMarkov = "non_markov"
    case notIdentifiable = "not_identifiable"

    /// Whether it is a farm: pay without skill, by repeating some actions.
    public var isFarm: Bool { self == .farmAdversarial || self == .farmGuaranteed || self == .farmMartingale }
}

/// A cycle of actions that is paid without skill.
public struct FarmStory: Sendable {
    public let code: LintCode
    /// Actions of the cycle, in order; one that keeps a position is named once.
    public let actions: [String]
    /// Where it pays, with the mean pay a step of the cycle and of holding instead.
    public let regimes: [(name: String, pay: Double, holding: Double)]
    /// What each term adds to a step of the cycle in the first regime, largest first; terms that add nothing are left out.
    public let terms: [(id: String, pay: Double)]
    /// Friction of a round trip, fraction of the price (of the premium), above which the cycle is worth no more than holding; nil where the cycle never trades, or nothing in
    /// the reward reads what a trade earns.
    public let breakEvenFriction: Double?
    /// What a step pays when every move goes against the position; nil where that is no gain.
    public let worst: Double?
    /// Steps of the cycle as a diagram: state before, action, pay.
    public let steps: [(state: String, action: String, pay: Double)]
    /// The story as one sentence, and what to change.
    public let sentence: String
    public let patch: String
}

/// What the lints found in one reward.
public struct LintReport: Sendable {
    /// Warnings, most severe first, then by place in the file.
    public internal(set) var issues: [InputIssue] = []
    public internal(set) var farms: [FarmStory] = []
    /// Policies that were played, and how often each term pays under each of them.
    public internal(set) var policies: [ReachPolicy] = []
    public internal(set) var reach: [ReachRow] = []
    /// What of the terms' certain pay the observation tells.
    public internal(set) var coverage: [CoverageRow] = []
    /// What the memories of terms do to the pay of entering.
    public internal(set) var memories: [MemoryRow] = []
    /// The abstract process in lines of text: its states, its best policy, what PPO would come to rest at.
    public internal(set) var process: [String] = []
    /// The market that they were found on, in words.
    public internal(set) var market = ""

    mutating func add(_ code: LintCode, _ term: RewardTerm, _ design: RewardDesign, _ message: String, help: String?) {
        let lines = design.text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = term.line > 0 && term.line <= lines.count ? String(lines[term.line - 1]) : nil
        let length = line.map { max(1, $0.drop { $0 == " " || $0 == "-" }.count) } ?? 1
        issues.append(
            InputIssue(
                severity: .warning, code: code.rawValue, file: design.file, line: term.line, column: term.column, length: length, message: message, help: help, sourceLine: line))
    }

    mutating func sort() {
        func rank(_ issue: InputIssue) -> Int { LintCode(rawValue: issue.code).flatMap { LintCode.allCases.firstIndex(of: $0) } ?? LintCode.allCases.count }
        issues = issues.enumerated().sorted { a, b in
            (rank(a.element), a.element.line, a.offset) < (rank(b.element), b.element.line, b.offset)
        }.map(\.element)
    }
}
