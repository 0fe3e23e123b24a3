import Foundation
import TestSupport
import Testing

/// `assay check`: sound files pass, faults carry code, place and help.
@Suite struct CheckTests {
    static let shipped: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/rewards")) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()

    @Test(arguments: shipped) func shippedRewardsPass(_ name: String) async throws {
        let run = try await assay("check", "rewards/\(name)", "--no-lints")
        #expect(run.out.hasPrefix("rewards/\(name): ok, "))
        #expect(run.errors.isEmpty)
        let json = try await assay("check", "rewards/\(name)", "--json", "--no-lints")
        #expect(json.out.filter { !$0.isWhitespace } == #"{"issues":[],"schema_version":1}"#)
    }

    @Test func theSummaryNamesTermsAndSwitches() async throws {
        let run = try await assay("check", "rewards/btc-s3.yaml")
        let lines = run.out.split(separator: "\n").map { flat(String($0)) }
        #expect(lines.contains("base_return 200 bar uncertain direction * next_return"), "\(run.out)")
        #expect(lines.contains("trade_cost -0.01 bar guaranteed when action != HOLD"), "\(run.out)")
        #expect(lines.contains("switch cost_accrual = bar (options: bar, change)"), "\(run.out)")
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        let name: String, text: String, code: String, place: String, message: String
        var help = ""
        var testDescription: String { name }
    }

    private static let head = "schema: 1\nname: x\nenvironment: spot\n"
    private static func terms(_ lines: String) -> String { head + "terms:\n  - id: a\n    weight: 1\n" + lines }

    static let faults = [
        Fault(name: "unknown key", text: head + "abuot: x\nterms:\n  - id: a\n    weight: 1\n    value: 1\n", code: "unknown_key", place: "4:1", message: "unknown key 'abuot' in a reward file", help: "did you mean 'about'?"),
        Fault(name: "unknown key of a term", text: terms("    vlaue: 1\n    value: 1\n"), code: "unknown_key", place: "7:5", message: "unknown key 'vlaue' in a term", help: "did you mean 'value'?"),
        Fault(name: "duplicate id", text: terms("    value: 1\n  - id: a\n    weight: 2\n    value: 2\n"), code: "duplicate_id", place: "8:5", message: "the term id 'a' is already used on line 5"),
        Fault(name: "unknown term", text: terms("    term: differential_sharp\n"), code: "unknown_term", place: "7:11", message: "unknown reward term 'differential_sharp'", help: "did you mean 'differential_sharpe'?"),
        Fault(name: "unknown name", text: terms("    value: 2 * next_retrun\n"), code: "unknown_name", place: "7:16", message: "unknown name 'next_retrun'", help: "did you mean 'next_return'?"),
        Fault(name: "type error", text: terms("    value: action + 1\n"), code: "type", place: "7:12", message: "'+' needs a number on its left, but 'action' is an action"),
        Fault(name: "condition is a number", text: terms("    when: next_return\n"), code: "type", place: "7:11", message: ""),
        Fault(name: "value is a condition", text: terms("    value: action == HOLD\n"), code: "type", place: "7:12", message: ""),
        Fault(name: "weight missing", text: head + "terms:\n  - id: a\n    value: 1\n", code: "missing_key", place: "5:5", message: "a term lacks 'weight'", help: "add the line 'weight: ...'"),
        Fault(name: "weight is text", text: head + "terms:\n  - id: a\n    weight: heavy\n    value: 1\n", code: "type", place: "6:13", message: "'weight' must be a number, not 'heavy'"),
        Fault(name: "weight not finite", text: head + "terms:\n  - id: a\n    weight: .inf\n    value: 1\n", code: "type", place: "6:13", message: "'weight' must be a number, not '.inf'"),
        Fault(name: "tab", text: "schema: 1\nname: x\n\tenvironment: spot\n", code: "syntax", place: "3:1", message: "", help: "YAML forbids tab characters for indentation; use spaces"),
        Fault(name: "duplicate key", text: "schema: 1\nname: x\nname: y\nenvironment: spot\n", code: "duplicate_key", place: "3:1", message: "the key 'name' appears twice in one mapping", help: "keep one of the two"),
        Fault(name: "duplicate key of a term", text: terms("    value: 1\n    weight: 2\n"), code: "duplicate_key", place: "8:5", message: "the key 'weight' appears twice in one mapping"),
        Fault(name: "schema missing", text: "name: x\nenvironment: spot\nterms:\n  - id: a\n    weight: 1\n    value: 1\n", code: "missing_key", place: "1:1", message: "a reward file lacks 'schema'"),
        Fault(name: "schema of another version", text: "schema: 7\n" + head.dropFirst(10) + "terms:\n  - id: a\n    weight: 1\n    value: 1\n", code: "schema", place: "1:9", message: "schema 7 is not one this version reads"),
        Fault(name: "unknown environment", text: "schema: 1\nname: x\nenvironment: spto\nterms:\n  - id: a\n    weight: 1\n    value: 1\n", code: "choice", place: "3:14", message: "'environment' is 'spto', which is none of ", help: "did you mean 'spot'?"),
        Fault(name: "unknown accrual", text: terms("    value: 1\n    accrual: chnge\n"), code: "choice", place: "8:14", message: "'accrual' is 'chnge', which is none of ", help: "did you mean 'change'?"),
        Fault(name: "no terms", text: head + "terms: []\n", code: "type", place: "4:8", message: "'terms' must be a list with at least one term"),
        Fault(name: "terms missing", text: head, code: "missing_key", place: "1:1", message: "a reward file lacks 'terms'"),
        Fault(name: "terms is a mapping", text: head + "terms:\n  a: 1\n", code: "type", place: "5:3", message: "'terms' must be a list"),
        Fault(name: "a list instead of a file", text: "- 1\n- 2\n", code: "type", place: "1:1", message: "a reward file must be a mapping"),
        Fault(name: "empty file", text: "", code: "", place: "", message: ""),
        Fault(name: "empty term", text: terms(""), code: "empty_term", place: "5:5", message: "the term 'a' has neither 'value', 'when' nor 'term'"),
        Fault(name: "term and value", text: terms("    term: log_return\n    value: 1\n"), code: "both", place: "8:12", message: "a term has either 'term' or 'value', not both"),
        Fault(name: "an unclosed bracket", text: terms("    value: max(1, 2\n"), code: "syntax", place: "7:15", message: ""),
        Fault(name: "an expression in braces", text: terms("    value: {a: 1}\n"), code: "type", place: "7:12", message: "'value' must be an expression, not a mapping"),
        Fault(name: "in a folded scalar", text: terms("    value: >-\n      direction *\n      next_retrun\n"), code: "unknown_name", place: "9:7", message: "unknown name 'next_retrun'"),
        Fault(name: "patch of no term", text: head + "switches:\n  - id: s\n    default: o\n    options:\n      - id: o\n        set:\n          b:\n            weight: 2\nterms:\n  - id: a\n    weight: 1\n    value: 1\n", code: "unknown_term", place: "11:21", message: "a switch patches the term 'b', which is not in the list"),
    ]

    @Test(arguments: faults) func faultsHaveTheirPlace(_ fault: Fault) async throws {
        let folder = try Workspace()
        try folder.write("x.yaml", fault.text)
        let run = try await assay("check", "x.yaml", "--json", in: folder, exits: 65)
        #expect(run.errors.isEmpty)
        let root = try JSONView(run.output)
        let issues = root["issues"].items
        #expect(root["schema_version"].int == 1)
        try #require(!issues.isEmpty)
        for issue in issues {
            #expect(issue["severity"].string == "error")
            #expect(issue["code"].string?.isEmpty == false)
            #expect(issue["file"].string == "x.yaml")
            #expect(issue["line"].int != nil && issue["column"].int != nil)
            #expect(issue["message"].string?.isEmpty == false)
        }
        if fault.code.isEmpty { return }
        let places = issues.map { "\($0["code"].string ?? "") \($0["line"].int ?? -1):\($0["column"].int ?? -1)" }
        #expect(places == ["\(fault.code) \(fault.place)"], "\(run.out)")
        #expect(issues[0]["message"].string?.hasPrefix(fault.message) == true, "\(run.out)")
        #expect(fault.help.isEmpty || issues[0]["help"].string?.contains(fault.help) == true, "\(run.out)")
    }

    @Test func aMissingFileInJSON() async throws {
        let run = try await assay("check", "rewards/btc-s9.yaml", "--json", exits: 66)
        let issue = try JSONView(run.output)["issues"][0]
        #expect(issue["code"].string == "missing")
        #expect(issue["file"].string == "rewards/btc-s9.yaml")
    }

    @Test func faultsOfAllFilesInJSON() async throws {
        let folder = try Workspace()
        try folder.write("one.yaml", plainReward.replacing("direction", with: "directoin"))
        try folder.write("two.yaml", plainReward)
        try folder.write("three.yaml", plainReward.replacing("HOLD", with: "HODL"))
        let run = try await assay("check", "one.yaml", "two.yaml", "three.yaml", "--json", in: folder, exits: 65)
        #expect(try JSONView(run.output)["issues"].items.map { $0["file"].string } == ["one.yaml", "three.yaml"])
    }

    // Switches

    @Test func aSwitchChangesTheKindOfPay() async throws {
        let run = try await assay("check", "rewards/btc-s3.yaml", "--switch", "cost_accrual=change")
        let line = try #require(run.out.split(separator: "\n").first { $0.hasPrefix("trade_cost") })
        #expect(flat(String(line)).hasPrefix("trade_cost -0.01 change path"), "\(line)")
        #expect(run.out.contains("switch cost_accrual = change (options: bar, change)"))
    }

    @Test func aSwitchReachesTheAnalysis() async throws {
        let market = "synthetic:btc-hourly,bars=6000"
        let run = try await assay("ev", "rewards/btc-s3.yaml", "--bars", market, "--switch", "cost_accrual=change", "--json")
        let standard = try await assay("ev", "rewards/btc-s3.yaml", "--bars", market, "--json")
        func provenance(_ run: ProgramRun) throws -> [String?] {
            try JSONView(run.output)["rewards"][0]["terms"].items.first { $0["id"].string == "trade_cost" }?["provenance"].items.map(\.string) ?? []
        }
        #expect(try provenance(run) == ["path"])
        #expect(try provenance(standard) == ["guaranteed"])
    }

    /// Every shipped file of every kind is sound, and said to be what it is.
    @Test func theShippedFiles() async throws {
        for (folder, word) in [("teacher-scripts", ": ok, "), ("curricula", " stages, order "), ("experiments", " steps"), ("rewards", " terms")] {
            let files = try FileManager.default.contentsOfDirectory(atPath: packageRoot + "/" + folder).filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
            #expect(files.count >= 3)
            let run = try await assay(list: ["check", "--no-lints"] + files)
            for file in files { #expect(run.out.split(separator: "\n").contains { $0.hasPrefix("\(file): ok, ") && ($0 + " ").contains(word) }, "\(file)") }
        }
    }

    /// A fault of a teacher script and one of an experiment, each at its place.
    @Test func faultsOfOtherKinds() async throws {
        let folder = try Workspace()
        try folder.write("t.yaml", "schema: 1\nname: t\nenvironment: spot\nabout: x\nentry:\n  action: LONG\n  steps:\n    - id: a\n      when: next_return > 0\n")
        try folder.write("e.yaml", "schema: 1\nname: e\nreward: r.yaml\nppo:\n  gama: 0.9\n")
        let run = try await assay("check", "t.yaml", "e.yaml", in: folder, exits: 65)
        #expect(run.err.contains("t.yaml:9:13") && run.err.contains("known only after the action"))
        #expect(run.err.contains("e.yaml:5:3") && run.err.contains("did you mean 'gamma'?"))
    }

    @Test(arguments: ["check", "ev"]) func anUnknownSwitch(_ verb: String) async throws {
        let run = try await assay(verb, "rewards/btc-s3.yaml", "--switch", "cost_acrual=change", exits: 64)
        #expect(flat(run.err).contains("no reward given has a switch 'cost_acrual'; did you mean 'cost_accrual'?"))
        #expect(flat(run.err).contains("Known: activity_accrual, cost_accrual, trend_bonus"))
    }

    @Test func anUnknownOption() async throws {
        let run = try await assay("ev", "rewards/btc-s3.yaml", "--switch", "cost_accrual=chnge", exits: 65)
        #expect(run.err.contains("error: switch 'cost_accrual' has no option 'chnge'"))
        #expect(run.err.contains("did you mean 'change'?"))
        #expect(run.err.contains("help: options: bar, change"))
    }
}
