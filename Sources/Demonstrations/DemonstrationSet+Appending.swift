/// Growing a set: each call checks that counts agree and traps with both of them where they do not.
extension DemonstrationSet {
    /// Adds an episode with its observations [(T + 1) x F].
    package mutating func append(_ episode: Steps, observations values: [Float], ending: EpisodeEnding, name: String) {
        precondition(observationRows == nil, "this set's episodes name rows of a table; give rows, not observations")
        precondition(
            values.count == (episode.actions.count + 1) * observationCount,
            "\(values.count) values of \(observationCount) observations for \(episode.actions.count) actions: expected one observation more than actions")
        observations.append(contentsOf: values)
        add(episode, ending, name)
    }

    /// Room for so many more episodes and steps.
    package mutating func reserve(episodes count: Int, steps more: Int) {
        if observationRows == nil {
            observations.reserveCapacity(observations.count + (more + count) * observationCount)
        } else {
            observationRows!.reserveCapacity(observationRows!.count + more + count)
            ownObservations.reserveCapacity(ownObservations.count + (more + count) * ownCount)
        }
        actions.reserveCapacity(steps + more)
        labels.reserveCapacity(steps + more)
        masks.reserveCapacity(steps + more)
        rewards.reserveCapacity(steps + more)
        regimes.reserveCapacity(steps + more)
        scriptStates.reserveCapacity(steps + more)
        flags.reserveCapacity(steps + more)
    }

    /// Adds observations on `rows` of the table, whose own columns `write` fills (zeros at first, [rows x ownCount]), ahead of the episode that they belong to.
    package mutating func appendObservations(_ rows: Range<Int>, _ write: (UnsafeMutablePointer<Float>) -> Void) {
        precondition(ownCount > 0, "this set has no columns of its own; give rows with the episode")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of a table of \(rowCount)")
        let place = ownObservations.count
        ownObservations.append(contentsOf: repeatElement(0, count: rows.count * ownCount))
        ownObservations.withUnsafeMutableBufferPointer { write($0.baseAddress! + place) }
        observationRows!.append(contentsOf: rows.lazy.map { Int32($0) })
    }

    /// Adds an episode whose T + 1 observations `appendObservations` added, in the order of the episodes.
    package mutating func append(_ episode: Steps, ending: EpisodeEnding, name: String) {
        let known = observationRows?.count ?? 0
        precondition(
            ownCount > 0 && steps + episodes + episode.actions.count + 1 <= known,
            "\(known) observations for \(steps) + \(episode.actions.count) steps in \(episodes) + 1 episodes: expected one more than steps in each")
        add(episode, ending, name)
    }

    /// Adds an episode whose observations are `rows` of the table, T + 1 of them.
    package mutating func append(_ episode: Steps, rows: [Int32], ending: EpisodeEnding, name: String) {
        precondition(isShared, "this set's episodes bring observations of their own; give those, not rows")
        precondition(rows.count == episode.actions.count + 1, "\(rows.count) observations, \(episode.actions.count) actions: expected one observation more than actions")
        let limit = rowCount
        precondition(!rows.contains { $0 < 0 || Int($0) >= limit }, "an observation's row outside the table's \(limit)")
        observationRows!.append(contentsOf: rows)
        add(episode, ending, name)
    }

    /// Adds all episodes of `other`, which must have the same names, and the same table where it has one.
    package mutating func append(contentsOf other: DemonstrationSet) {
        precondition(other.names == names, "demonstrations with other names cannot be joined")
        precondition((observationRows == nil) == (other.observationRows == nil) && ownCount == other.ownCount, "demonstrations with a table and without one cannot be joined")
        if let rows = other.observationRows {
            precondition(other.observations == observations, "demonstrations on different tables cannot be joined")
            observationRows!.append(contentsOf: rows)
            ownObservations.append(contentsOf: other.ownObservations)
        } else {
            observations.append(contentsOf: other.observations)
        }
        actions += other.actions
        labels += other.labels
        masks += other.masks
        rewards += other.rewards
        regimes += other.regimes
        scriptStates += other.scriptStates
        flags += other.flags
        lengths += other.lengths
        endings += other.endings
        episodeNames += other.episodeNames
    }

    private mutating func add(_ episode: Steps, _ ending: EpisodeEnding, _ name: String) {
        let count = episode.actions.count
        precondition(count > 0, "an episode needs at least one action")
        precondition(
            episode.labels.count == count && episode.masks.count == count && episode.rewards.count == count && episode.regimes.count == count
                && episode.scriptStates.count == count && episode.flags.count == count,
            "\(count) actions, but \(episode.labels.count) labels, \(episode.masks.count) masks, \(episode.rewards.count) rewards, \(episode.regimes.count) regimes, "
                + "\(episode.scriptStates.count) script states, \(episode.flags.count) flags")
        actions.append(contentsOf: episode.actions)
        labels.append(contentsOf: episode.labels)
        let everything = allowed
        for i in 0..<count {
            let mask = episode.masks[i] & everything
            precondition(
                mask >> UInt32(min(31, episode.actions[i])) & 1 == 1 && mask >> UInt32(min(31, episode.labels[i])) & 1 == 1,
                "step \(i): action \(episode.actions[i]), label \(episode.labels[i]), allowed actions \(mask): both must be allowed")
        }
        masks.append(contentsOf: episode.masks.lazy.map { $0 & everything })
        rewards.append(contentsOf: episode.rewards)
        regimes.append(contentsOf: episode.regimes)
        scriptStates.append(contentsOf: episode.scriptStates)
        flags.append(contentsOf: episode.flags)
        lengths.append(count)
        endings.append(ending)
        episodeNames.append(name)
    }
}
