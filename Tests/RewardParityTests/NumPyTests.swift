import ComponentKit
import Foundation
import RewardParity
import Rewards
import TestSupport
import Testing

/// The generated module: its text, what Python made of it (recorded), and that nothing of the catalogue is left out.
@Suite struct NumPyTests {
    func everything() throws -> RewardDesign {
        try RewardDesign(file: "everything.yaml", text: readTextFile(fixture("numpy-reward/everything.yaml")), scope: spotScope, gamma: 0.99)
    }

    /// The text as it was when Python ran it; renewed by the commands in Tests/Parity/numpy-reward/generate.py.
    @Test func textIsAsRecorded() throws {
        let text = try NumPyModule(everything(), scope: spotScope, version: "0.1.0").text
        #expect(text == (try readTextFile(fixture("numpy-reward/everything.py"))), "renew the fixture: the commands stand in Tests/Parity/numpy-reward/generate.py")
    }

    /// What that module paid under NumPy 2.4.6 on 400 transitions, all terms of the catalogue and all ways of accruing.
    @Test func pythonsPayIsOurs() throws {
        let found = try ImplementationComparison(everything(), scope: spotScope, against: fixture("numpy-reward/scored.csv"))
        #expect(found.isEqual && found.rows == 400 && found.columns.count == 33 && found.missingTerms.isEmpty)
        for column in found.columns where column.differingRows > 0 { Issue.record("\(column.id ?? "total"): \(column.differingRows) rows, \(column.hint ?? "")") }
    }

    /// A term added to the catalogue must be added to the fixture's reward, and so must have a NumPy form.
    @Test func nothingIsLeftOut() throws {
        let used = Set(try everything().terms.map(\.formula))
        for name in RewardCatalog.standard.names where name != "kl_to_teacher" { #expect(used.contains(name), "\(name) is not in Tests/Parity/numpy-reward/everything.yaml") }
    }

    /// User text cannot leave its comment or string.
    @Test func hostileTextStaysText() throws {
        let id = "a\"]\\nimport os"
        let design = try RewardDesign(
            file: "x\"\"\".yaml", text: "schema: 1\nname: 'n\"\"\"'\nabout: 'evil \"\"\" \\ text'\nenvironment: spot\nterms:\n  - id: '\(id)'\n    weight: 1\n    value: close\n", scope: spotScope, gamma: 0.99)
        let text = try NumPyModule(design, scope: spotScope, version: "0").text
        #expect(text.components(separatedBy: "\"\"\"").count == 5)
        #expect(text.contains("\"a\\\"]\\\\nimport os\": term_0_a___nimport_os"))
    }

    @Test func sharedValuesGetAVariable() throws {
        let design = try reward("- {id: a, weight: 1, value: \"if(close > 2 * open, close - 2 * open, 0)\"}")
        let text = try NumPyModule(design, scope: spotScope, version: "0").text
        #expect(text.contains("return np.where(c[\"close\"] > 2.0 * c[\"open\"], c[\"close\"] - 2.0 * c[\"open\"], 0.0)"))
        // The value shared through 'clamp'.
        let clamped = try NumPyModule(reward("- {id: a, weight: 1, value: \"tier(close / open, 1 -> 0.5, 2 -> 1)\"}"), scope: spotScope, version: "0").text
        #expect(clamped.contains("x1 = c[\"close\"] / c[\"open\"]") && clamped.contains("np.where(x1 >= 2.0, 1.0, np.where(x1 >= 1.0, 0.5, 0.0))"))
    }
}
