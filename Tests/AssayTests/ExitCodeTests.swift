import Foundation
import TestSupport
import Testing

/// Exit codes and the messages beside them.
@Suite struct ExitCodeTests {
    struct Usage: CustomTestStringConvertible, Sendable {
        let arguments: [String], message: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let wrongUsage = [
        Usage(arguments: ["bogus"], message: "Error: Unexpected argument 'bogus'"),
        Usage(arguments: ["ev"], message: "name at least one reward file, such as rewards/btc-s3.yaml, or give --transitions FILE"),
        Usage(arguments: ["ev", "a.yaml", "--transitions", "b.csv"], message: "--transitions holds the rewards already paid; give it without reward files"),
        Usage(arguments: ["ev", "a.yaml", "--splitt", "all"], message: "Unknown option '--splitt'. Did you mean '--split'?"),
        Usage(arguments: ["ev", "a.yaml", "--split", "tran"], message: "The value 'tran' is invalid for '--split <split>'"),
        Usage(arguments: ["ev", "a.yaml", "--gamma", "1.5"], message: "--gamma must lie between 0 and 1, not 1.5"),
        Usage(arguments: ["ev", "a.yaml", "--replicates", "10"], message: "--replicates must lie between 200 and 1,000,000, not 10"),
        Usage(arguments: ["ev", "a.yaml", "--threads", "0"], message: "--threads must lie between 1 and 256, not 0"),
        Usage(arguments: ["ev", "rewards/btc-s1.yaml", "--from", "yesterday"], message: "--from 'yesterday' is not a date; write 2020-01-01 or 2020-01-01T12:00Z"),
        Usage(arguments: ["ev", "rewards/btc-s1.yaml", "--detector", "balancd"], message: "unknown regime detector 'balancd'; did you mean 'balanced'?"),
        Usage(arguments: ["ev", "rewards/btc-s3.yaml", "--switch", "cost"], message: "--switch 'cost' is not of the form NAME=OPTION, such as cost_accrual=change"),
        Usage(arguments: ["explain", "differntial_sharpe"], message: "nothing is called 'differntial_sharpe'; did you mean 'differential_sharpe'?"),
        Usage(arguments: ["list", "termz"], message: "The value 'termz' is invalid for '<kind>'"),
        Usage(arguments: ["plot", "--template", "ev-value", "a.tsv", "b.svg"], message: "unknown template 'ev-value'; did you mean 'ev-values'?"),
        Usage(arguments: ["check"], message: "Missing expected argument '<file> ...'"),
    ]

    @Test(arguments: wrongUsage) func wrongUsageIs64(_ usage: Usage) async throws {
        let run = try await assay(list: usage.arguments, exits: 64)
        #expect(flat(run.err).contains(usage.message), "\(run.err)")
        #expect(run.err.contains("Usage: assay"))
        #expect(run.output.isEmpty)
    }

    struct Missing: CustomTestStringConvertible, Sendable {
        let arguments: [String], message: String
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let missingInputs = [
        Missing(arguments: ["ev", "rewards/btc-s33.yaml"], message: "rewards/btc-s33.yaml: error: no such file\nhelp: did you mean 'rewards/btc-s3.yaml'?\n"),
        Missing(arguments: ["check", "rewards/btcs1.yaml"], message: "rewards/btcs1.yaml: error: no such file\nhelp: did you mean 'rewards/btc-s1.yaml'?\n"),
        Missing(arguments: ["check", "rewards"], message: "rewards: error: is a directory\nhelp: name a file inside it\n"),
        Missing(arguments: ["data", "nothing.csv"], message: "nothing.csv: error: no such file\nhelp: check the path; relative paths start at the current directory\n"),
        Missing(arguments: ["data", "Sources"], message: "Sources: error: is a directory\nhelp: name a .csv or .csv.gz file inside it\n"),
        Missing(arguments: ["ev", "--transitions", "nothing.csv"], message: "nothing.csv: error: no such file\nhelp: check the path; relative paths start at the current directory\n"),
        Missing(arguments: ["plot", "nothing"], message: "nothing: error: no such file or folder\nhelp: name a folder that 'assay ev --out' wrote\n"),
        Missing(arguments: ["plot", "rewards"], message: "rewards: error: holds no .gp script\nhelp: name a folder that 'assay ev --out' wrote\n"),
    ]

    @Test(arguments: missingInputs) func missingInputIs66(_ missing: Missing) async throws {
        let run = try await assay(list: missing.arguments, exits: 66)
        #expect(run.err == missing.message)
        #expect(run.output.isEmpty)
    }

    /// Every fault of the file, in file order, with its underline; the terminal form.
    @Test func allFaultsOfARewardAtOnce() async throws {
        let folder = try Workspace()
        try folder.write(
            "bad.yaml",
            """
            schema: 1
            name: bad
            environment: spot
            colour: red
            terms:
              - id: a
                weight: 1
                value: next_retrun
              - id: a
                weight: heavy
                when: action == HOLD
              - id: d
                weight: 1
                whne: action == HOLD
                value: 1

            """)
        let run = try await assay("ev", "bad.yaml", "--bars", "synthetic:btc-hourly,bars=6000", in: folder, exits: 65)
        #expect(
            run.err == """
                bad.yaml:4:1: error: unknown key 'colour' in a reward file
                4 | colour: red
                  | ^~~~~~
                help: keys here: schema, name, environment, about, switches, terms
                bad.yaml:8:12: error: unknown name 'next_retrun'
                8 |     value: next_retrun
                  |            ^~~~~~~~~~~ did you mean 'next_return'?
                help: 'assay list names --environment spot' shows every name
                bad.yaml:9:5: error: the term id 'a' is already used on line 6
                9 |   - id: a
                  |     ^
                help: every term needs its own id
                bad.yaml:10:13: error: 'weight' must be a number, not 'heavy'
                10 |     weight: heavy
                   |             ^~~~~
                bad.yaml:14:5: error: unknown key 'whne' in a term
                14 |     whne: action == HOLD
                   |     ^~~~ did you mean 'when'?
                help: keys here: id, weight, accrual, term, value, when, parameters
                5 errors

                """)
        #expect(run.output.isEmpty)
    }

    /// Faults of several files come in one go.
    @Test func faultsOfSeveralFiles() async throws {
        let folder = try Workspace()
        try folder.write("one.yaml", plainReward.replacing("direction", with: "directoin"))
        try folder.write("two.yaml", plainReward.replacing("HOLD", with: "HODL"))
        let run = try await assay("ev", "one.yaml", "two.yaml", in: folder, exits: 65)
        #expect(run.err.contains("one.yaml:7:12: error: unknown name 'directoin'"))
        #expect(run.err.contains("two.yaml:10:21: error: unknown name 'HODL'"))
        #expect(run.err.hasSuffix("2 errors\n"))
    }

    @Test func anUnwritableOutputIsFoundFirst() async throws {
        let folder = try Workspace()
        try folder.write("file", "x")
        try folder.write("plain.yaml", plainReward)
        let run = try await assay("ev", "plain.yaml", "--out", "file", in: folder, exits: 65)
        #expect(run.err == "error: --out 'file' is a file\nhelp: name a folder\n")
        let inside = try await assay("ev", "plain.yaml", "--out", "file/inner", in: folder, exits: 65)
        #expect(inside.err.hasPrefix("error: --out 'file/inner' cannot be created"))
    }

    @Test func faultyMarketArguments() async throws {
        let run = try await assay("ev", "rewards/btc-s1.yaml", "--bars", "synthetic:btc-hourli,sed=1,bars=x", exits: 65)
        #expect(run.err.contains("unknown synthetic market 'btc-hourli'"))
        #expect(run.err.contains("did you mean 'btc-hourly'?"))
        #expect(run.err.contains("unknown parameter 'sed'"))
        #expect(run.err.contains("bars 'x' is not a whole number"))
        #expect(run.err.hasSuffix("3 errors\n"))
    }
}
