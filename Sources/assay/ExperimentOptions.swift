import ArgumentParser
import ComponentKit
import Training

/// Where a verb's experiment differs from its file.
struct ExperimentOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bars instead of the experiment's, dates included.", valueName: "file|synthetic:..."))
    var bars: String?

    @Option(help: ArgumentHelp("First bar (with --bars).", valueName: "date"))
    var from: String?

    @Option(help: ArgumentHelp("End of the bars, exclusive (with --bars).", valueName: "date"))
    var to: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Any part of the experiment, by name. Repeatable.", valueName: "name=value"))
    var settings: [String] = []

    func validate() throws {
        if bars == nil, from != nil || to != nil { throw ValidationError("--from and --to go with --bars; change the experiment's dates with --set data.from=...") }
    }

    var isGiven: Bool { bars != nil || !settings.isEmpty }

    /// As NAME=VALUE. Of two for one name the later one holds: bars go over `--set`.
    var assignments: [String] { settings + (bars.map { Self.market($0, from: from, to: to) } ?? []) }

    /// These, then those of flags that the verb has itself, as NAME=VALUE. Throws `InputIssues` for text of another form.
    func overrides(_ more: [String] = []) throws -> [ExperimentOverride] { try (assignments + more).map { try ExperimentOverride($0) } }

    /// Bars and their dates, in place of all of the experiment's.
    static func market(_ bars: String, from: String?, to: String?) -> [String] {
        ["data.bars=\(yamlQuoted(bars))", "data.from=\(from.map(yamlQuoted) ?? "null")", "data.to=\(to.map(yamlQuoted) ?? "null")"]
    }
}
