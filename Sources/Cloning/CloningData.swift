package import ComponentKit
package import Demonstrations
internal import NetworkKernels
package import Policies

/// Demonstrations as a policy learns them: observations in a table, and for every step its row, label, mask and regime.
///
/// The last episodes are held out. Where episodes share rows of one table (a market that several episodes cross), steps whose row a held-out
/// episode also visits are left out of learning, so that the held-out accuracy is about bars not learned.
package final class CloningData {
    package let names: DemonstrationNames
    package let table: ObservationTable
    /// [N]
    package let rows: [Int32]
    /// What was done, explored steps included; `labels` is what the script wanted.
    package let actions: [UInt8]
    package let labels: [UInt8]
    package let masks: [UInt32]
    package let regimes: [UInt8]
    package let flags: [UInt8]
    package let rewards: [Float]
    /// First step of each episode, and N, [E + 1].
    package let firstSteps: [Int]
    /// Episodes that were cut, with the row of the observation after their last step; only where a policy with this context can read it.
    package let cutRows: [(episode: Int, row: Int32)]
    package let hasMasks: Bool
    /// Whether the rows are those of a table that the episodes share.
    package let isShared: Bool
    /// Steps to learn from, and held out.
    package let training, heldOut: [Int32]
    package let episodes: Int
    /// What each episode is: a day, a first bar, [E].
    package let episodeNames: [String]
    package let heldOutEpisodes: Int
    private let block: FloatBlock

    /// `contextRows` rows before a decision's own are what a policy with a memory reads; steps that lack them are left out.
    ///
    /// Throws `InputIssues` when nothing is left to learn from or to hold out.
    package init(_ set: DemonstrationSet, heldOut share: Double, contextRows: Int, file: String) throws(InputIssues) {
        func refused(_ message: String, _ help: String) -> InputIssues { InputIssues(InputIssue(code: "demonstrations", file: file, message: message, help: help)) }
        guard set.observationCount > 0, set.episodes >= 2 else {
            throw refused("holds \(set.episodes) episodes of \(set.observationCount) observations; at least 2 episodes are needed, since one is held out", "record more with 'assay teach --episodes'")
        }
        names = set.names
        let F = set.observationCount
        block = FloatBlock(set.observationTable)
        rows = set.decisionRows
        actions = set.actions
        labels = set.labels
        masks = set.masks
        regimes = set.regimes
        flags = set.flags
        rewards = set.rewards
        episodes = set.episodes
        episodeNames = set.episodeNames
        let everything = set.allowed
        hasMasks = set.masks.contains { $0 != everything }
        let rowCount = block.count / F
        var regimeOfRow = [UInt8](repeating: 0, count: rowCount)
        for (i, row) in rows.enumerated() { regimeOfRow[Int(row)] = set.regimes[i] }
        table = ObservationTable(features: block.matrix(rows: rowCount, columns: F), regimes: regimeOfRow)
        let starts = set.firstSteps
        firstSteps = starts
        cutRows = (0..<set.episodes).compactMap { e in
            guard set.endings[e] == .truncated else { return nil }
            let place = starts[e + 1] + e, row = set.isShared ? set.observationRows![place] : Int32(place)
            return (set.isShared ? Int(row) : set.lengths[e]) >= contextRows ? (e, row) : nil
        }
        var first = set.episodes
        while first > 1, first == set.episodes || Double(set.steps - starts[first]) < share * Double(set.steps) { first -= 1 }
        heldOutEpisodes = set.episodes - first
        let isShared = set.isShared
        self.isShared = isShared
        var isHeldOut = [Bool](repeating: false, count: isShared ? rowCount : 0)
        if isShared { for i in starts[first]..<set.steps { isHeldOut[Int(rows[i])] = true } }
        var training: [Int32] = [], heldOut: [Int32] = []
        for e in 0..<set.episodes {
            for i in starts[e]..<starts[e + 1] {
                let row = Int(rows[i])
                // Own observations: the episode's rows lie side by side. A table: its rows are the market's bars.
                guard isShared ? row >= contextRows : i - starts[e] >= contextRows else { continue }
                if e >= first { heldOut.append(Int32(i)) } else if !isShared || !isHeldOut[row] { training.append(Int32(i)) }
            }
        }
        self.training = training
        self.heldOut = heldOut
        guard !training.isEmpty, !heldOut.isEmpty else {
            throw refused(
                "leaves \(training.count) steps to learn from and \(heldOut.count) held out", "record more or longer episodes, hold out fewer, or use episodes that overlap less")
        }
    }

    /// How much each step counts: 1, or by the rarity of its label (see `CloningSettings.classBalance`), [N]; the mean over `training` is 1.
    package func weights(balance: Double, power: (Double, Double) -> Double) -> [Float] {
        var counts = [Double](repeating: 0, count: names.actions.count)
        for i in training { counts[Int(labels[Int(i)])] += 1 }
        let present = Double(counts.count { $0 > 0 }), all = Double(training.count)
        var weights = counts.map { $0 > 0 ? power(all / (present * $0), balance) : 1 }
        let mean = zip(weights, counts).reduce(0) { $0 + $1.0 * $1.1 } / all
        weights = weights.map { $0 / mean }
        return labels.map { Float(weights[Int($0)]) }
    }
}
