/// A stage's time-out ended the run: `on_timeout: fail`.
public struct CurriculumFailure: Error, Sendable, CustomStringConvertible {
    public let stage: String
    public let steps: Int
    public let file: String
    public var description: String { "\(file): stage '\(stage)' was not passed within \(steps) steps, and its on_timeout is fail" }
}

/// A stage lies past the collapse fold of the policy that would enter it, and the curriculum's gate is strict.
public struct CurriculumFold: Error, Sendable, CustomStringConvertible {
    public let stage: String
    public let step: Int
    public let warning: String
    public let file: String
    public var description: String { "\(file): stage '\(stage)' was not begun at step \(step), and 'gate: strict' ends the run: \(warning)" }
}
