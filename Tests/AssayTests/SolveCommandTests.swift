import Foundation
import TestSupport
import Testing

@Suite struct SolveCommandTests {
    let folder: Workspace

    init() throws {
        folder = try Workspace()
        try folder.write("plain.yaml", plainReward)
        try writeExperiment(folder, reward: "plain.yaml", steps: 40_960)
    }

    func target(_ text: String) throws { try folder.write("target.yaml", "schema: 1\nname: wide\n" + text) }

    func solve(_ arguments: String..., code: Int32 = 0) async throws -> ProgramRun {
        try await assay(list: ["solve", "plain.yaml", "--target", "target.yaml", "--experiment", "small.yaml"] + arguments, in: folder, exits: code)
    }

    /// The members that DESIGN section 12 names, and a file that trains.
    @Test func theDocumentAndTheFile() async throws {
        try target("bands:\n  LOW_VOL:\n    HOLD: [35%, 70%]\nadd: [hold_bonus]\nmove: [hold]\n")
        let run = try await solve("--json", "--out", "solved.yaml", "--search-seeds", "2", "--rounds", "6", "--seeds", "2", "--set", "ppo.ent_coef=0.2", "--set", "ppo.gamma=0")
        let root = try JSONView(run.output)
        #expect(root["status"].string == "solved" && root["conflicts"].items.isEmpty && root["added"].items.count == 1)
        #expect(root["weights"]["base_return"].double == 100 && (root["weights"]["low_vol_hold"].double ?? 0) > 0 && root["changes"]["low_vol_hold"]["from"].double == 0)
        let regime = root["forecast"]["rewards"].items[0]["regimes"].items[0], shares = ["HOLD", "LONG", "SHORT"].compactMap { regime["sampled"][$0].double }
        #expect(regime["regime"].string == "LOW_VOL" && shares.count == 3 && abs(shares.reduce(0, +) - 1) < 1e-9 && (0.35...0.7).contains(shares[0]))
        #expect(regime["target"]["HOLD"].items.compactMap(\.double) == [0.35, 0.7] && root["verified"]["train"]["seeds"].items.count == 2)
        #expect(root["verified"]["test"]["seeds"].items[1]["sampled"]["CRISIS"]["LONG"].double != nil)
        let band = regime["band90"]["HOLD"].items.compactMap(\.double)
        #expect(band.count == 2 && band[0] < shares[0] && shares[0] < band[1] && (0...1).contains(root["confidence"].double ?? -1))
        // One lever, with two weights, and no setting was moved: the document says so, and the file.
        #expect(root["levers"]["bonus"].items.compactMap(\.string) == ["hold", "low_vol_hold"] && root["levers"]["entropy"].items.isEmpty && root["settings"].items.isEmpty && root["ent_coef"].double == 0.2)
        for id in ["hold", "low_vol_hold"] { #expect(root["changes"][id]["to"].double == root["weights"][id].double && root["weights"][id].double != root["changes"][id]["from"].double) }
        #expect(root["changes"]["base_return"]["to"].double == nil)
        let inside = root["verified"]["train"]["seeds"].items.filter { (0.35...0.7).contains($0["hold"]["LOW_VOL"].double ?? -1) }.count
        #expect(inside == 2 && root["verified"]["train"]["inside"].int == 2 && root["verified"]["train"]["seeds"].items.compactMap { $0["seed"].int } == [1, 2])
        #expect(root["rounds"].items.contains { $0["by"].string == "forecast" } && root["rounds"].items.contains { $0["by"].string == "training" && $0["seeds"].int == 2 })
        let file = try folder.text("solved.yaml")
        #expect(file.contains("# Solved by: assay solve plain.yaml") && file.contains("name: solved\n") && file.contains("# Seeds:     90001 to 90") && file.contains(" in the search, 1 to 2 to verify it.\n# Outcome:   2 of 2 fresh seeds inside all bands on the training bars.\n"))
        #expect(file.contains("  - id: low_vol_hold\n    weight: \(root["weights"]["low_vol_hold"].double ?? 0)\n    when: action == HOLD and regime == LOW_VOL\n") && !file.contains("Train with:"))
        try await assay("check", "solved.yaml", "--no-lints", in: folder)
        let again = try await solve("--out", "solved.yaml", code: 65)
        #expect(again.err.contains("'solved.yaml' exists") && again.err.contains("--force"))
    }

    /// Each preference pulls another lever, and the text says which.
    @Test(arguments: [("bonus", "moved: pay for holding (hold"), ("cost", "moved: cost of trading (crisis_trade)"), ("entropy", "the reward's own weights come nearest to the bands there: entropy coefficient 0.1 -> 0.02")])
    func leversAreNamed(_ preference: String, _ words: String) async throws {
        let moved = preference == "cost" ? "move: [ppo.ent_coef]\n" : "move: [hold, ppo.ent_coef]\n"
        try target("bands:\n  CRISIS:\n    HOLD: [70%, 80%]\nadd: [trade_cost]\n\(moved)bounds:\n  ppo.ent_coef: [0.02, 0.3]\n")
        let run = try await solve("--analytic", "--prefer", preference, "--set", "ppo.ent_coef=0.1")
        #expect(run.out.contains(words) && run.out.hasSuffix("\nsolved\n"), "\(run.out)")
        #expect(run.out.contains("entropy coefficient (ppo.ent_coef)") == (preference == "entropy"))
        #expect(run.out.contains("pay for holding") == (preference != "cost") && (preference == "entropy" || run.out.contains("cost of trading") == (preference == "cost")), "\(run.out)")
    }

    @Test func whatCannotBeHadIsExplained() async throws {
        try target("bands:\n  CRISIS:\n    HOLD: [50%, 60%]\n    LONG: [5%, 10%]\nmove: [hold]\nno_farm: false\n")
        let run = try await solve("--analytic", "--set", "ppo.ent_coef=0.2", code: 1)
        for text in ["not solved: these cannot hold together", "CRISIS holds at most 60.0%", "LONG in CRISIS takes at most 10.0%", "no weight that may move tells LONG from SHORT"] { #expect(run.out.contains(text), "\(run.out)") }
        #expect(run.out.contains("CRISIS HOLD") && run.out.contains("CRISIS LONG") && !run.out.contains("\nsolved\n"))
        let document = try JSONView(try await solve("--analytic", "--json", "--out", "never.yaml", "--set", "ppo.ent_coef=0.2", code: 1).output)
        #expect(document["status"].string == "infeasible" && document["conflicts"].items.count >= 3 && document["weights"]["hold"].double == document["changes"]["hold"]["from"].double ?? document["weights"]["hold"].double)
        #expect(document["changes"]["hold"]["to"].double == nil && !folder.contents.contains("never.yaml"))
        let cost = try await solve("--analytic", "--prefer", "cost", code: 65)
        #expect(cost.err.contains("no weight that may move is one") && cost.err.contains("add 'trade_cost'"))
        let entropy = try await solve("--analytic", "--prefer", "entropy", code: 65)
        #expect(entropy.err.contains("does not let the entropy coefficient move") && entropy.err.contains("add ppo.ent_coef to its 'move'"))
        try target("bands:\n  CRISIS:\n    HOLD: [80%, 90%]\n    LONG: [30%, 40%]\n")
        let much = try await solve("--analytic", code: 65)
        #expect(flat(much.err).contains("the bands of CRISIS cannot hold together: at least HOLD 80.0% and LONG 30.0% make 110.0% of its bars"), "\(much.err)")
    }
}
