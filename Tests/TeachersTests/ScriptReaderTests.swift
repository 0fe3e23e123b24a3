import ComponentKit
import Foundation
import Teachers
import TestSupport
import Testing
import TradingTypes

@Suite struct ScriptReaderTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let name: String, text: String, code: String, line: Int, column: Int, message: String
        var note: String? = nil
        var testDescription: String { name }
    }

    private static let head = "schema: 1\nname: x\nenvironment: options\n"
    private static let entry = "entry:\n  action: BUY_CALL\n  steps:\n    - id: a\n      when: "
    static let all = [
        Fault(name: "outcome", text: head + entry + "next_premium_return > 0\n", code: "outcome", line: 8, column: 13, message: "entry rule reads 'next_premium_return', which is known only after the action"),
        Fault(name: "outcome in an invalidation", text: head + "invalidation:\n  - id: i\n    when: close < 3 and stopped_out\n", code: "outcome", line: 6, column: 25, message: "invalidation rule reads 'stopped_out', which is known only after the action"),
        Fault(name: "outcome in take-profit", text: head + "take_profit:\n  - at: 10%\n    sell: 50%\n    when: net_profit > 0\n", code: "outcome", line: 7, column: 11, message: "take-profit rule reads 'net_profit', which is known only after the action"),
        Fault(name: "the action itself", text: head + entry + "action == HOLD\n", code: "action", line: 8, column: 13, message: "entry rule reads 'action', which follows from the action that it decides"),
        Fault(name: "unknown name", text: head + entry + "gap_pc >= 0.3%\n", code: "unknown_name", line: 8, column: 13, message: "unknown name 'gap_pc'", note: "did you mean 'gap_pct'?"),
        Fault(name: "unknown key of a step", text: head + entry + "close > 1\n      withn: 3 min\n", code: "unknown_key", line: 9, column: 7, message: "unknown key 'withn' in a step", note: "did you mean 'within'?"),
        Fault(name: "limit of the first step", text: head + entry + "close > 1\n      within: 3 min\n", code: "within", line: 9, column: 15, message: "the first step has nothing before it to count from"),
        Fault(name: "limit without a unit", text: head + entry + "close > 1\n    - id: b\n      when: close > 2\n      within: 3\n", code: "type", line: 11, column: 15, message: "a duration is needed here, but this is a number"),
        Fault(name: "limit that is none", text: head + entry + "close > 1\n    - id: b\n      when: close > 2\n      within: 0 min\n", code: "range", line: 11, column: 15, message: "'within' must be a fixed length of time above 0, such as 45 min or 2 h"),
        Fault(name: "back to a later step", text: head + entry + "close > 1\n    - id: b\n      when: close > 2\n      back_to: b\n", code: "back_to", line: 11, column: 16, message: "'back_to' must name an earlier step"),
        Fault(name: "duplicate step", text: head + entry + "close > 1\n    - id: a\n      when: close > 2\n", code: "duplicate_id", line: 9, column: 7, message: "the step id 'a' is already used by step 1"),
        Fault(name: "an action that enters nothing", text: head + "entry:\n  action: TRIM\n  steps:\n    - id: a\n      when: close > 1\n", code: "choice", line: 5, column: 11, message: "'action' must be an action that enters: BUY_CALL, BUY_PUT"),
        Fault(name: "tiers that fall", text: head + "take_profit:\n  - at: 50%\n    sell: 1/3\n  - at: 30%\n    sell: 1/3\n", code: "order", line: 7, column: 5, message: "the tiers must rise, but 30% follows 50%"),
        Fault(name: "share above one", text: head + "take_profit:\n  - at: 50%\n    sell: 3/2\n", code: "type", line: 6, column: 11, message: "'sell' must be a share above 0 and at most 1, such as 1/3, 50% or 0.5"),
        Fault(name: "tier behind the runner", text: head + "take_profit:\n  - runner: 20%\n  - at: 50%\n    sell: 1/2\n", code: "order", line: 6, column: 5, message: "a tier stands behind the runner"),
        Fault(name: "trim on the spot market", text: "schema: 1\nname: x\nenvironment: spot\ntake_profit:\n  - at: 5%\n    sell: 1/2\n", code: "sell", line: 5, column: 5, message: "a spot position is closed as a whole: 'sell' must be 100%"),
        Fault(name: "contracts on the spot market", text: "schema: 1\nname: x\nenvironment: spot\ninvalidation:\n  - id: i\n    when: close > 1\nsizing:\n  contracts: 6\n", code: "sizing", line: 8, column: 14, message: "spot positions have no contracts"),
        Fault(name: "delay that falls", text: head + entry + "close > 1\nnoise:\n  delay_bars: [2, 0]\n", code: "type", line: 10, column: 15, message: "'delay_bars' must be two whole numbers, smallest and largest, such as [0, 2]"),
        Fault(name: "probability above one", text: head + entry + "close > 1\nnoise:\n  explore: 120%\n", code: "range", line: 10, column: 12, message: "'explore' is 120%, outside 0 to 1"),
        Fault(name: "no parts", text: head, code: "empty_script", line: 1, column: 1, message: "the script has none of its parts"),
        Fault(name: "missing script", text: head + "take_profit: laddr\n", code: "missing", line: 4, column: 14, message: "there is no script 'laddr' beside this one"),
        Fault(name: "a path as a name", text: head + "take_profit: ../ladder\n", code: "script_name", line: 4, column: 14, message: "'../ladder' is not the name of a script"),
        Fault(name: "unknown environment", text: "schema: 1\nname: x\nenvironment: option\n", code: "choice", line: 3, column: 14, message: "'environment' is 'option', which is none of spot, options", note: "did you mean 'options'?"),
    ]

    @Test(arguments: all) func faultsAreNamedAtTheirPlace(_ fault: Fault) throws {
        let found = faults(fault.text)
        let issue = try #require(found.first { $0.code == fault.code }, "\(found.map(\.rendered).joined(separator: "\n"))")
        #expect(issue.line == fault.line && issue.column == fault.column, "\(issue.rendered)")
        #expect(issue.message == fault.message)
        if let note = fault.note { #expect(issue.note == note) }
        #expect(issue.file == "test.yaml")
    }

    @Test func allFaultsAtOnceInFileOrder() {
        let text = Self.head + Self.entry + "next_premium_return > 0\n      foo: 1\ntake_profit:\n  - at: 0\n    sell: 2\nnoise:\n  explore: 3\nbar: 1\n"
        let found = faults(text)
        #expect(found.map(\.line) == found.map(\.line).sorted())
        #expect(Set(found.map(\.code)) == ["outcome", "unknown_key", "range", "type"], "\(found.map(\.rendered).joined(separator: "\n"))")
        #expect(found.count == 6)
    }

    /// The example of DESIGN section 4 reads as it stands there.
    @Test func theDesignsExampleIsRead() throws {
        let text = """
            schema: 1
            name: gap-pullback-reclaim
            environment: options
            about: Gap up, pullback
            entry:
              action: BUY_CALL
              steps:
                - id: gap
                  when: gap_pct >= 0.3%
                - id: pullback
                  when: pullback >= 0.2 and pullback <= 0.5
                  within: 45 min
              reset_when: close < pm_low
            take_profit:
              - at: 30%
                sell: 1/3              # of what is left
              - at: 100%
                sell: 80%
              - runner: 25%            # the rest trails 25% off the premium's high
            invalidation:
              - id: lose_vwap
                when: for(2, close < vwap)
              - id: time_stop
                when: minutes_in_trade >= 30
            sizing:
              contracts: 6
            cooldown: 10 min
            noise:
              delay_bars: [0, 2]
              missed_entries: 5%
              early_exits: 5%
              explore: 2%
            """
        let script = try read(text)
        #expect(script.entries.count == 1 && script.entries[0].steps.map(\.id) == ["gap", "pullback"])
        #expect(script.entries[0].action == 1 && script.entries[0].steps[1].withinMinutes == 45)
        #expect(script.takeProfit?.tiers.map(\.gain) == [0.3, 1] && script.takeProfit?.tiers.map(\.sell) == [1.0 / 3, 0.8] && script.takeProfit?.trail == 0.25)
        #expect(script.invalidations.map(\.id) == ["lose_vwap", "time_stop"])
        #expect(script.contracts == 6 && script.cooldownMinutes == 10)
        var noise = TeacherNoise()
        noise.delayBars = 0...2
        noise.missedEntries = 0.05
        noise.earlyExits = 0.05
        noise.explore = 0.02
        #expect(script.noise == noise)
    }

    static let shipped: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/teacher-scripts")) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()

    @Test(arguments: shipped) func shippedScriptsAreSound(_ name: String) throws {
        let script = try TeacherScript(file: "\(packageRoot)/teacher-scripts/\(name)", scope: testScopeWithFeatures)
        #expect(script.name + ".yaml" == name)
        #expect(!script.about.isEmpty && script.text.hasPrefix("# What:") && script.text.contains("# Source:"))
    }

    @Test func thereAreShippedScripts() { #expect(Self.shipped.count >= 15) }

    @Test func partsAreTakenFromOtherScripts() throws {
        let script = try TeacherScript(file: "\(packageRoot)/teacher-scripts/gap-pullback-reclaim.yaml", scope: testScopeWithFeatures)
        #expect(script.takeProfit?.tiers.map(\.gain) == [0.3, 0.5, 0.7, 1] && script.takeProfit?.trail == 0.25)
        #expect(script.invalidations.map(\.id) == ["lose_vwap", "lose_vwap", "lose_structure", "lose_structure", "premium_floor", "time_stop"])
        #expect(script.invalidations[0].origin == "lose-vwap" && script.invalidations[1].side == 2)
    }

    @Test func aCircleIsAFault() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("circle-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, other) in [("a", "b"), ("b", "a")] {
            try (Self.head.replacing("name: x", with: "name: \(name)") + "take_profit: \(other)\n").write(toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
        }
        do {
            _ = try TeacherScript(file: "\(folder)/a.yaml", scope: testScope)
            Issue.record("a circle was read")
        } catch let found as InputIssues {
            #expect(found.description.contains("a circle"), "\(found)")
        }
    }
}
