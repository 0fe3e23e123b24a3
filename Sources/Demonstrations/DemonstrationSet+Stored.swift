package import RunRecords

extension DemonstrationSet {
    /// A set from stored columns; nil with a sentence when they do not fit together.
    package init(
        names: DemonstrationNames, provenance: [String: JSONValue], observations: [Float], observationRows: [Int32]?, ownObservations: [Float] = [], ownCount: Int = 0,
        steps: Steps, lengths: [Int], endings: [UInt8], episodeNames: [String]
    ) throws(DemonstrationFault) {
        self.names = names
        self.provenance = provenance
        let count = steps.actions.count
        guard lengths.allSatisfy({ $0 > 0 }), lengths.reduce(0, +) == count else {
            throw DemonstrationFault("episode_lengths", "the episodes' lengths sum to \(lengths.reduce(0, +)) steps (each must be at least 1), the actions are \(count)")
        }
        for (name, found) in [
            ("labels", steps.labels.count), ("masks", steps.masks.count), ("rewards", steps.rewards.count), ("regimes", steps.regimes.count),
            ("script_states", steps.scriptStates.count), ("flags", steps.flags.count),
        ] where found != count {
            throw DemonstrationFault(name, "\(count) actions, \(found) \(name): expected as many")
        }
        guard endings.count == lengths.count, episodeNames.count == lengths.count else {
            throw DemonstrationFault("endings", "\(lengths.count) episodes, \(endings.count) endings, \(episodeNames.count) names: expected as many")
        }
        let stored = names.observations.count - ownCount, needed = count + lengths.count
        let rows = stored == 0 ? 0 : observations.count / stored
        guard ownCount == 0 || observationRows != nil && ownObservations.count == needed * ownCount else {
            throw DemonstrationFault("own_observations", "\(ownObservations.count) values of \(ownCount) columns, \(count) actions in \(lengths.count) episodes: expected \(needed) rows, beside observation_rows")
        }
        if let observationRows {
            guard observationRows.count == needed else { throw DemonstrationFault("observation_rows", "\(observationRows.count) observation rows, \(count) actions in \(lengths.count) episodes: expected \(needed)") }
            if let bad = observationRows.first(where: { $0 < 0 || Int($0) >= rows }) { throw DemonstrationFault("observation_rows", "names row \(bad) of a table of \(rows)") }
        } else if rows != needed {
            throw DemonstrationFault("observations", "\(rows) observations, \(count) actions in \(lengths.count) episodes: expected \(needed)")
        }
        for (name, codes, words) in [
            ("actions", steps.actions, names.actions), ("labels", steps.labels, names.actions), ("regimes", steps.regimes, names.regimes),
            ("script_states", steps.scriptStates, names.scriptStates),
        ] {
            let limit = max(1, words.count)
            if let bad = codes.firstIndex(where: { Int($0) >= limit }) { throw DemonstrationFault(name, "step \(bad) has code \(codes[bad]), the manifest names \(words.count)") }
        }
        for i in 0..<count where steps.masks[i] >> UInt32(steps.labels[i]) & 1 == 0 || steps.masks[i] >> UInt32(steps.actions[i]) & 1 == 0 {
            throw DemonstrationFault("masks", "step \(i) forbids the action \(names.actions[Int(steps.actions[i])]) or the label \(names.actions[Int(steps.labels[i])])")
        }
        self.endings = []
        for (k, code) in endings.enumerated() {
            guard let ending = EpisodeEnding(rawValue: code) else { throw DemonstrationFault("endings", "episode \(k) has the ending \(code); 1 is terminated, 2 truncated") }
            self.endings.append(ending)
        }
        self.observations = observations
        self.observationRows = observationRows
        self.ownObservations = ownObservations
        self.ownCount = ownCount
        actions = steps.actions
        labels = steps.labels
        masks = steps.masks
        rewards = steps.rewards
        regimes = steps.regimes
        scriptStates = steps.scriptStates
        flags = steps.flags
        self.lengths = lengths
        self.episodeNames = episodeNames
    }
}

/// Columns that do not fit together: which, and why.
package struct DemonstrationFault: Error {
    package let column, message: String
    init(_ column: String, _ message: String) {
        self.column = column
        self.message = message
    }
}
