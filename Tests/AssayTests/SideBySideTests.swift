import Foundation
import TestSupport
import Testing

/// `assay report RUN RUN ... --out DIR`.
@Suite struct SideBySideTests {
    @Test func twoRunsInOnePage() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 2_048, seeds: "[1, 2]")
        try await assay("train", "small.yaml", "--no-report", "--out", "a", "--quiet", in: folder)
        try await assay("train", "small.yaml", "--no-report", "--out", "b", "--set", "ppo.gamma=0.5", "--reward", "\(packageRoot)/rewards/btc-s2.yaml", "--quiet", in: folder)
        let run = try await assay("report", "a/", "b", "--out", "both", "--json", in: folder)
        let root = try JSONView(run.output)
        #expect(root["schema_version"].int == 1 && root["runs"].items.map { $0["run"].string } == ["a", "b"])
        #expect(root["runs"][0]["reward"].string == "btc-s3" && root["runs"][1]["reward"].string == "btc-s2")
        let page = try folder.text("both/report.html")
        #expect(page.contains("2 runs side by side") && page.contains("ppo.gamma") && page.contains("assay report a/ b --out both --json"))
        #expect(page.ranges(of: "<svg ").count == 2 && !page.contains("<script") && !page.contains("://"))
        // Settings that are the same stay out of the table of differences.
        #expect(!page.contains("ppo.n_epochs"))
        for figure in ["runs-hold", "runs-learning"] { #expect(folder.contents.contains("both/plots/\(figure).png")) }
        // The mix of the page is that of the run's own document.
        let own = try JSONView(try await assay("report", "a", "--json", "--quiet", in: folder).output)
        let share = try #require(own["regimes"][0]["sampled"]["HOLD"].double)
        #expect(root["runs"][0]["regimes"][0]["sampled"]["HOLD"].double == share && page.contains(String(format: "%.1f%%", 100 * share)))

        let again = try await assay("report", "a", "b", "--out", "both", in: folder, exits: 65)
        #expect(again.err.contains("'both' already holds a report"))
        #expect(try await assay("report", "a", "b", in: folder, exits: 64).err.contains("several runs need --out FOLDER"))
        #expect(try await assay("report", "a", "--out", "x", in: folder, exits: 64).err.contains("--out is for several runs"))
        #expect(try await assay("report", "a", "a/", "--out", "x", in: folder, exits: 64).err.contains("'a' is named twice"))
        let missing = try await assay("report", "a", "nowhere", "--out", "x", in: folder, exits: 66)
        #expect(missing.err.contains("nowhere"))
    }
}
