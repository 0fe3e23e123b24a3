import Foundation
import TestSupport
import Testing

@Suite struct SweepCommandTests {
    let arguments = ["sweep", "small.yaml", "--vary", "ppo.ent_coef=0,0.1", "--vary", "reward.crisis_hold=0..1/3", "--seeds", "2", "--quiet"]

    /// kill -9 at random moments and again until it ends: the rows of a sweep that was never stopped. Seed of the delays: 1.
    @Test func killedAtRandomMoments() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 16_384)
        try await assay(list: arguments + ["--out", "whole", "--threads", "2"], in: folder)
        let expected = try folder.text("whole/trials.csv")
        // A header; six points, two seeds, three splits.
        let lines = expected.split(separator: "\n")
        #expect(lines.count == 37)
        var delays = Delays(seed: 1), kills = 0
        for _ in 0..<40 {
            let run = try await runAssay(arguments + ["--out", "cut", "--threads", "1"], in: folder.path, signal: (SIGKILL, delays.next(0.1...0.8)))
            #expect(run.signal == SIGKILL || run.code == 0, "\(run.summary)")
            if run.signal == 0 { break }
            kills += 1
        }
        try await assay(list: arguments + ["--out", "cut", "--threads", "1"], in: folder)
        #expect(try folder.text("cut/trials.csv") == expected)
        #expect(kills >= 2)
    }

    @Test func tableDocumentAndFigure() async throws {
        let folder = try Workspace()
        try writeExperiment(folder, steps: 2_048)
        let run = try await assay(list: Array(arguments.dropLast()) + ["--out", "s", "--threads", "2"], in: folder)
        #expect(run.out.contains("ppo.ent_coef") && run.out.contains("CRISIS HOLD %") && run.out.contains("12 of 12 trainings"))
        #expect(run.err.contains("12/12") && run.err.contains("figure: s/plots/sweep-hold.svg"))
        #expect(folder.contents.contains("s/plots/sweep-hold.png"))
        let shown = try await assay(list: arguments + ["--out", "s", "--show", "--json"], in: folder)
        let document = try #require(JSONSerialization.jsonObject(with: shown.output) as? [String: Any])
        let points = try #require(document["points"] as? [[String: Any]])
        #expect(points.count == 6 && (points[5]["trials"] as? [Any])?.count == 2)
        let values = try #require(points[5]["values"] as? [String: Double])
        #expect(values == ["ppo.ent_coef": 0.1, "reward.crisis_hold": 1])
        // Faults of settings and of weights in one go.
        let refused = try await assay("sweep", "small.yaml", "--vary", "ppo.ent_cof=1,2", "--vary", "reward.crisis_hol=0,1", in: folder, exits: 65)
        #expect(refused.err.contains("did you mean 'ent_coef'?") && refused.err.contains("did you mean 'crisis_hold'?"))
    }
}
