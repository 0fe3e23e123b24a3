import ComponentKit
import Foundation
import RunRecords
import Testing

import Demonstrations

@Suite struct FolderTests {
    @Test(arguments: Sample.all)
    func writtenThenReadIsEqual(_ set: DemonstrationSet) throws {
        let scratch = Scratch(), folder = scratch.path + "/demos"
        try DemonstrationFolder.write(set, to: folder)
        #expect(try DemonstrationFolder.read(folder) == set)
        // Nothing but the folder is left beside it.
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["demos"])
    }

    @Test func sameSetSameBytes() throws {
        let scratch = Scratch()
        try DemonstrationFolder.write(Sample.ownObservations(), to: scratch.path + "/a", includingTrajectories: true)
        try DemonstrationFolder.write(Sample.ownObservations(), to: scratch.path + "/b", includingTrajectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/a") {
            #expect(FileManager.default.contents(atPath: "\(scratch.path)/a/\(name)") == FileManager.default.contents(atPath: "\(scratch.path)/b/\(name)"), "\(name)")
        }
    }

    @Test func anotherFolderIsNeverReplaced() throws {
        let scratch = Scratch()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: scratch.path + "/notes.txt"))
        #expect(throws: InputIssues.self) { try DemonstrationFolder.write(Sample.ownObservations(), to: scratch.path, force: true) }
        #expect(FileManager.default.contents(atPath: scratch.path + "/notes.txt") == Data("mine".utf8))
    }

    @Test func onlyForceReplaces() throws {
        let scratch = Scratch(), folder = scratch.path + "/demos"
        try DemonstrationFolder.write(Sample.ownObservations(), to: folder)
        #expect(throws: InputIssues.self) { try DemonstrationFolder.write(Sample.onTable(), to: folder) }
        #expect(try DemonstrationFolder.read(folder) == Sample.ownObservations())
        try DemonstrationFolder.write(Sample.onTable(), to: folder, force: true)
        #expect(try DemonstrationFolder.read(folder) == Sample.onTable())
        #expect(!FileManager.default.fileExists(atPath: folder + "/flags.npy.old"))
    }

    struct Damage: CustomTestStringConvertible, Sendable {
        var name: String
        var file: String
        var change: @Sendable (inout [UInt8]) -> Void
        var code: String
        var testDescription: String { name }
    }

    static let damages = [
        Damage(name: "flipped bit", file: "rewards.npy", change: { $0[$0.count - 1] ^= 1 }, code: "demonstrations_damaged"),
        Damage(name: "cut short", file: "observations.npy", change: { $0.removeLast(4) }, code: "demonstrations_damaged"),
        Damage(name: "no manifest JSON", file: "manifest.json", change: { $0 = Array("{".utf8) }, code: "manifest"),
        Damage(name: "another kind", file: "manifest.json", change: { $0 = Array("{\"kind\": \"run\"}".utf8) }, code: "manifest"),
        Damage(name: "another schema", file: "manifest.json", change: { $0 = replaced($0, "\"schema_version\": 1", "\"schema_version\": 2") }, code: "schema"),
        Damage(name: "fewer names than columns", file: "manifest.json", change: { $0 = replaced($0, "\"vwap_dist\", ", "") }, code: "observations"),
        Damage(name: "fewer regimes than codes", file: "manifest.json", change: { $0 = replaced($0, ", \"TRENDING\"", "") }, code: "regimes"),
        Damage(name: "an episode less", file: "manifest.json", change: { $0 = replaced($0, "\"day 0\", ", "") }, code: "endings"),
    ]

    private static func replaced(_ bytes: [UInt8], _ old: String, _ new: String) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        precondition(text.contains(old), "'\(old)' is not in the manifest")
        return Array(text.replacing(old, with: new).utf8)
    }

    @Test(arguments: damages) func damageIsNamed(_ damage: Damage) throws {
        let scratch = Scratch(), folder = scratch.path + "/demos", file = "\(folder)/\(damage.file)"
        try DemonstrationFolder.write(Sample.ownObservations(), to: folder)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        damage.change(&bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let error = #expect(throws: InputIssues.self) { try DemonstrationFolder.read(folder) }
        #expect(error?.issues.first?.code == damage.code)
        #expect(error?.issues.first?.file?.hasPrefix(folder) == true)
    }

    @Test func whatIsGoneIsNamed() throws {
        let scratch = Scratch(), folder = scratch.path + "/demos"
        var error = #expect(throws: InputMissing.self) { try DemonstrationFolder.read(folder) }
        #expect(error?.issue.code == "missing")
        try DemonstrationFolder.write(Sample.ownObservations(), to: folder)
        error = #expect(throws: InputMissing.self) { try DemonstrationFolder.read(scratch.path + "/demo") }
        #expect(error?.issue.help?.contains("did you mean") == true)
        try FileManager.default.removeItem(atPath: folder + "/labels.npy")
        error = #expect(throws: InputMissing.self) { try DemonstrationFolder.read(folder) }
        #expect(error?.issue.file == folder + "/labels.npy")
    }

    /// Actions that the mask forbids, an ending of no kind, lengths that do not sum up: columns from elsewhere are checked as ours are.
    @Test(arguments: ["masks", "endings", "episode_lengths", "observations", "labels", "own_observations"]) func columnsThatDoNotFit(_ column: String) throws {
        let set = Sample.ownObservations()
        var steps = DemonstrationSet.Steps(
            actions: set.actions, labels: set.labels, masks: set.masks, rewards: set.rewards, regimes: set.regimes, scriptStates: set.scriptStates, flags: set.flags)
        var lengths = set.lengths, endings = set.endings.map(\.rawValue), observations = set.observations, own = (count: 0, values: [Float]())
        switch column {
        case "masks": steps.masks[2] = 0
        case "endings": endings[1] = 3
        case "episode_lengths": lengths[0] += 1
        case "observations": observations.removeLast(3)
        case "own_observations": own = (1, [0, 0])
        default: steps.labels[0] = 9
        }
        let error = #expect(throws: DemonstrationFault.self) {
            try DemonstrationSet(
                names: set.names, provenance: [:], observations: observations, observationRows: nil, ownObservations: own.values, ownCount: own.count, steps: steps, lengths: lengths,
                endings: endings, episodeNames: set.episodeNames)
        }
        #expect(error?.column == column)
    }

    @Test func decisionRowsSkipTheLastObservation() {
        #expect(Sample.ownObservations().decisionRows == [0, 1, 2, 4, 6, 7, 8, 9])
        #expect(Sample.onTable().decisionRows == [0, 1, 2, 2, 4, 5, 6, 7])
        #expect(Sample.besideTable().decisionRows == [0, 1, 2, 4, 6, 7, 8, 9])
        #expect(Sample.onTable().firstSteps == [0, 3, 4, 8])
    }

    /// Every observation is its row of the table with its own column behind it.
    @Test func ownColumnsStandBehindTheTables() throws {
        let set = Sample.besideTable(), laid = set.observationsInOrder, rows = try #require(set.observationRows)
        #expect(rows == [0, 1, 2, 3, 2, 3, 4, 5, 6, 7, 8] && laid.count == 33 && set.rowCount == 9)
        for (i, row) in rows.enumerated() {
            #expect(Array(laid[3 * i..<3 * i + 3]) == Array(set.observations[2 * Int(row)..<2 * Int(row) + 2]) + [set.ownObservations[i]])
        }
        #expect(!set.isShared && set.observationTable == laid && Sample.onTable().isShared)
    }

    @Test(arguments: Sample.all)
    func joinedIsOneAfterTheOther(_ set: DemonstrationSet) {
        var twice = set
        twice.append(contentsOf: set)
        #expect(twice.steps == 16 && twice.episodes == 6)
        #expect(twice.actions == set.actions + set.actions && twice.episodeNames == set.episodeNames + set.episodeNames)
        let rows = twice.decisionRows, first = set.decisionRows, F = set.observationCount
        for i in 0..<8 {
            let again = Int(rows[8 + i]) * F, once = Int(first[i]) * F
            #expect(twice.observationTable[again..<again + F].elementsEqual(set.observationTable[once..<once + F]))
        }
    }
}
