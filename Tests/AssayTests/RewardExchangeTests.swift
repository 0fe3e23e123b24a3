import Foundation
import TestSupport
import Testing

/// Rewards as Python and back: `export --numpy`, `export --transitions`, `check --against`.
@Suite struct RewardExchangeTests {
    static let shipped = ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/rewards")) ?? []).filter { $0.hasSuffix(".yaml") }.sorted()

    /// Whether `python3` has NumPy.
    private static let python: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import numpy"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Of every shipped reward: our own transitions agree, and where there is a NumPy so do those that the exported module has scored anew.
    @Test(arguments: shipped) func everyShippedRewardRoundTrips(_ name: String) async throws {
        let folder = try Workspace(), reward = "\(packageRoot)/rewards/\(name)"
        try await assay("export", reward, "--transitions", "--episodes", "2", "--out", "t.csv", in: folder)
        let own = try await assay("check", reward, "--against", "t.csv", in: folder)
        #expect(own.out.contains("agree term by term on all"))
        try await assay("export", reward, "--numpy", "--out", "module.py", in: folder)
        guard Self.python else {
            print("skipped: no python3 with numpy to run the exported \(name)")
            return
        }
        let lines = try folder.text("t.csv").split(separator: "\n", omittingEmptySubsequences: false)
        // Without our pay: Python's is all there is.
        let paid = lines[0].split(separator: ",").lastIndex(of: "action").map { _ in lines[0].split(separator: ",").map(String.init) } ?? []
        let terms = try await assay("check", reward, "--against", "t.csv", "--json", in: folder)
        let document = try #require(JSONSerialization.jsonObject(with: terms.output) as? [String: Any])
        let columns = Set(try #require(document["terms"] as? [[String: Any]]).compactMap { $0["column"] as? String })
        let kept = paid.indices.filter { !columns.contains(paid[$0]) }
        try folder.write("inputs.csv", lines.map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            return cells.count < paid.count ? "" : kept.map { String(cells[$0]) }.joined(separator: ",")
        }.joined(separator: "\n"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "module.py", "inputs.csv"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardOutput = FileHandle(forWritingAtPath: try folder.write("scored.csv", ""))
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let scored = try await assay("check", reward, "--against", "scored.csv", in: folder)
        #expect(scored.out.contains("agree term by term on all"))
    }

    @Test func aDifferenceEndsWithOne() async throws {
        let folder = try Workspace()
        try folder.write("r.yaml", plainReward)
        try folder.write("t.csv", "action,direction,next_return,base_return,hold,reward\nHOLD,0,0.01,0,0.01,0.01\nLONG,1,0.01,1,0,1\nSHORT,-1,0.02,2,0,2\n")
        let run = try await assay("check", "r.yaml", "--against", "t.csv", in: folder, exits: 1)
        let text = flat(run.out)
        #expect(text.contains("base_return (direction * next_return) first differs on row 3, t.csv:4 ours -2.0, theirs 2.0 it read direction = -1, next_return = 0.02"))
        #expect(text.contains("t.csv and r.yaml differ"))
        let json = try await assay("check", "r.yaml", "--against", "t.csv", "--json", in: folder, exits: 1)
        let document = try #require(JSONSerialization.jsonObject(with: json.output) as? [String: Any])
        #expect(document["equal"] as? Bool == false && document["rows"] as? Int == 3)
        let terms = try #require(document["terms"] as? [[String: Any]])
        #expect(terms.map { $0["rows_differing"] as? Int } == [1, 0, 1])
        #expect((terms[0]["first"] as? [String: Any])?["line"] as? Int == 4)
        let missing = try await assay("check", "r.yaml", "--against", "none.csv", in: folder, exits: 66)
        #expect(missing.err.contains("no such file"))
        let two = try await assay("check", "r.yaml", "r.yaml", "--against", "t.csv", in: folder, exits: 64)
        #expect(two.err.contains("--against compares one reward file"))
        let what = try await assay("export", "r.yaml", in: folder, exits: 64)
        #expect(what.err.contains("say what to export"))
    }
}
