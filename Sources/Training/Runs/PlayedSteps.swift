internal import ComponentKit
internal import Demonstrations
internal import Foundation
internal import MaskablePPO
internal import NumericKernels
package import OptionsEnvironment
internal import Policies
internal import RunRecords
internal import TradingTypes

extension TrainedPolicy {
    /// Its sampled actions on some bars of its own market, [T].
    package func actions(rows: Range<Int>) -> [UInt8] {
        inputs.evaluate(policy, rows: rows, normalizer: normalizer, seed: seed, team: team).sampledActions
    }

    /// Its sampled actions on whole days of its own market.
    package func trajectory(days: [Int]) -> OptionsTrajectory {
        guard case .options(let market) = inputs.world else { preconditionFailure("\(folder) was not trained on options") }
        var random = RandomStream(seed: seed, purpose: "evaluation"), play = OptionsPlay(market, days: days, isRecording: true)
        let inference = OptionsInference(policy, market, capacity: days.count, normalizer: normalizer, team: team)
        play.run { _, states, masks in
            inference.see(states, masks: masks)
            return states.indices.map { UInt8(MaskedCategorical.sample(inference.probabilities, row: $0, uniform: Float(random.next() >> 40) * 0x1p-24)) }
        }
        var trajectory = OptionsTrajectory()
        for (steps, final) in zip(play.recorded ?? [], play.finals) { trajectory.append(steps[...], after: final) }
        return trajectory
    }

    /// Whether the bars are still those that it was trained on, by their SHA-256.
    package func requireItsBars() throws {
        guard try sawTheseBars(RunManifest(file: folder + "/manifest.json")) else {
            throw InputIssues(InputIssue(code: "data_changed", file: folder, message: "\(inputs.experiment.bars) is not what it was when the run was trained (SHA-256)", help: "bring the bars back, or leave the run out"))
        }
    }
}

/// What the teacher of an experiment did in the demonstrations that it names, to be paid by any reward.
package struct DemonstratedSteps<Steps: Sendable>: Sendable {
    /// Name of the script that played.
    package let script: String
    package let steps: Steps

    /// The set in the experiment's folder and its first episodes, `limit` steps or a few more; nil where the folder does not exist yet. Throws `InputIssues` for a damaged one.
    fileprivate static func read(_ experiment: Experiment, atMost limit: Int) throws -> (set: DemonstrationSet, first: [Int], episodes: [Int], folder: String)? {
        guard let folder = experiment.cloning?.demonstrations, FileManager.default.fileExists(atPath: folder + "/" + DemonstrationFolder.manifestName) else { return nil }
        let set = try DemonstrationFolder.read(folder), first = set.firstSteps
        return (set, first, (0..<set.episodes).prefix { first[$0] < limit }.filter { first[$0 + 1] > first[$0] }, folder)
    }

    fileprivate static func refused(_ folder: String, _ why: String) -> InputIssues {
        InputIssues(InputIssue(code: "demonstrations_differ", file: folder, message: "the demonstrations are not of the experiment's market: \(why)", help: "record them again: assay teach SCRIPT --experiment FILE"))
    }

    fileprivate static func script(of set: DemonstrationSet) -> String { set.provenance["script"]?.text ?? "demonstrations" }
}

extension DemonstratedSteps where Steps == [(rows: Range<Int>, actions: [UInt8])] {
    /// On the spot market: stretches of bars, each begun flat, with one action a bar. `sha256`: of the experiment's bars. Throws `InputIssues` for demonstrations of other bars.
    package static func onBars(_ sha256: String, of experiment: Experiment, atMost limit: Int) throws -> Self? {
        guard let (set, first, episodes, folder) = try read(experiment, atMost: limit) else { return nil }
        guard set.names.actions == EnvironmentKind.spot.actionNames, set.observationRows != nil, set.provenance["bars_sha256"]?.text == sha256 else { throw refused(folder, "their bars are others") }
        let rows = set.decisionRows
        return Self(script: script(of: set), steps: episodes.map { e in
            let start = Int(rows[first[e]])
            return (start..<start + first[e + 1] - first[e], Array(set.actions[first[e]..<first[e + 1]]))
        })
    }
}

extension DemonstratedSteps where Steps == OptionsTrajectory {
    /// On options: the demonstrated days played again. Throws `InputIssues` for days that the market has not, or that come out otherwise.
    package static func onDays(of market: OptionsMarket, rules: EpisodeRules, _ experiment: Experiment, atMost limit: Int) throws -> Self? {
        guard let (set, first, episodes, folder) = try read(experiment, atMost: limit) else { return nil }
        let days = Dictionary(market.days.enumerated().map { (DemonstratedStates.name($1), $0) }) { a, _ in a }
        var trajectory = OptionsTrajectory()
        for e in episodes {
            guard let day = days[set.episodeNames[e]] else { throw refused(folder, "'\(set.episodeNames[e])' is no day of it") }
            var session = OptionsSession(market, day: day, rules: rules), played: [RecordedStep] = []
            for step in first[e]..<first[e + 1] {
                guard !session.isOver, session.mask == set.masks[step], let action = OptionAction(rawValue: set.actions[step]) else { throw refused(folder, "'\(set.episodeNames[e])' does not play as it was recorded") }
                let before = session.state
                played.append(RecordedStep(before: before, facts: session.step(action)))
            }
            trajectory.append(played[...], after: session.state)
        }
        return Self(script: script(of: set), steps: trajectory)
    }
}
