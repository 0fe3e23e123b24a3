package import RunRecords

/// How a demonstrated episode ended.
package enum EpisodeEnding: UInt8, Sendable, CaseIterable {
    /// The task was over: nothing follows.
    case terminated = 1
    /// The recording was cut; the market went on.
    case truncated = 2
}

/// What is known about a step besides its action, one bit each.
package struct DemonstrationFlags: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// No position was held when the action was chosen.
    package static let flat = DemonstrationFlags(rawValue: 1)
    /// The setup was strong when the action was chosen.
    package static let strongSetup = DemonstrationFlags(rawValue: 2)
    /// The action taken was drawn by the teacher's exploration, not by its script.
    package static let explored = DemonstrationFlags(rawValue: 4)

    /// Names in the order of the bits, as the manifest lists them.
    package static let names = ["flat", "strong_setup", "explored"]
}

/// Names of what the columns of a demonstration set hold, in the order of their codes.
package struct DemonstrationNames: Sendable, Equatable {
    /// One an observation column, [F].
    package var observations: [String]
    /// 2 to 32, [A].
    package var actions: [String]
    package var regimes: [String]
    /// Steps of the teacher's script ("gap", "pullback", ..., "in trade").
    package var scriptStates: [String]

    package init(observations: [String], actions: [String], regimes: [String], scriptStates: [String]) {
        precondition((2...32).contains(actions.count), "\(actions.count) actions; a mask has room for 2 to 32")
        precondition(regimes.count <= 256 && scriptStates.count <= 256, "\(regimes.count) regimes and \(scriptStates.count) script states; codes have 8 bits")
        self.observations = observations
        self.actions = actions
        self.regimes = regimes
        self.scriptStates = scriptStates
    }
}

/// Episodes that a teacher played: what it saw, what it was allowed to do, what it did and what its script said.
///
/// E episodes of lengths T_1 ... T_E, N = sum of the lengths, F observation columns. Per step: the action taken, the script's label (the two
/// differ on explored steps: clone the label), the mask (one bit an action, 1 = allowed), reward, regime, script state, flags. An episode of T
/// steps has T + 1 observations, the last being the one after its last step. They are stored one after the other; or, so that a market that
/// everybody shares is not copied, as rows of a table, beside which the last `ownCount` columns may be each observation's own (the agent's
/// position, its contract). A set is grown an episode at a time; each `append` checks that its counts agree and traps with both of them when they do not.
package struct DemonstrationSet: Sendable, Equatable {
    package let names: DemonstrationNames
    /// Row-major: observations of the episodes one after the other, [R x F], or the table that `observationRows` names rows of, [R x (F - ownCount)].
    package private(set) var observations: [Float] = []
    /// Row of every observation, T + 1 an episode; nil where `observations` holds them in order.
    package private(set) var observationRows: [Int32]?
    /// How many of the last columns stand beside the table, and their values, [(N + E) x ownCount].
    package let ownCount: Int
    package private(set) var ownObservations: [Float] = []

    // Per step, [N].
    package private(set) var actions: [UInt8] = []
    package private(set) var labels: [UInt8] = []
    package private(set) var masks: [UInt32] = []
    package private(set) var rewards: [Float] = []
    package private(set) var regimes: [UInt8] = []
    package private(set) var scriptStates: [UInt8] = []
    package private(set) var flags: [UInt8] = []

    // Per episode, [E].
    package private(set) var lengths: [Int] = []
    package private(set) var endings: [EpisodeEnding] = []
    /// What each episode is: a day, a symbol, a first bar.
    package private(set) var episodeNames: [String] = []
    /// Where the set comes from: script, market, seed, reward and the like.
    package var provenance: [String: JSONValue]

    /// An empty set whose episodes bring their own observations.
    package init(names: DemonstrationNames, provenance: [String: JSONValue] = [:]) {
        self.names = names
        self.provenance = provenance
        ownCount = 0
    }

    /// An empty set whose episodes name rows of `table`, [R x (F - ownCount)], and bring the last `ownCount` columns themselves.
    package init(names: DemonstrationNames, table: [Float], ownCount: Int = 0, provenance: [String: JSONValue] = [:]) {
        let shared = names.observations.count - ownCount
        precondition(ownCount >= 0 && shared >= 0, "\(ownCount) columns of \(names.observations.count)")
        precondition(shared == 0 ? table.isEmpty : table.count % shared == 0, "a table of \(table.count) values in rows of \(shared)")
        self.names = names
        self.provenance = provenance
        self.ownCount = ownCount
        observations = table
        observationRows = []
    }

    package var episodes: Int { lengths.count }
    package var steps: Int { actions.count }
    package var observationCount: Int { names.observations.count }
    /// Columns and rows of `observations`.
    package var storedCount: Int { observationCount - ownCount }
    package var rowCount: Int { storedCount == 0 ? 0 : observations.count / storedCount }
    /// Whether an observation is a row that other episodes may visit too.
    package var isShared: Bool { observationRows != nil && ownCount == 0 }

    /// The observations that `decisionRows` names rows of, [R x F]: the table where episodes share its rows whole, else all observations in order.
    package var observationTable: [Float] { ownCount == 0 ? observations : observationsInOrder }

    /// Every observation, T + 1 an episode, one after the other, [(N + E) x F].
    package var observationsInOrder: [Float] {
        guard let rows = observationRows else { return observations }
        let F = observationCount, shared = storedCount
        return [Float](unsafeUninitializedCapacity: rows.count * F) { target, initialized in
            guard F > 0 else { return }
            observations.withUnsafeBufferPointer { table in
                ownObservations.withUnsafeBufferPointer { own in
                    for (i, row) in rows.enumerated() {
                        let out = target.baseAddress! + i * F
                        if shared > 0 { out.initialize(from: table.baseAddress! + Int(row) * shared, count: shared) }
                        if ownCount > 0 { (out + shared).initialize(from: own.baseAddress! + i * ownCount, count: ownCount) }
                    }
                }
            }
            initialized = rows.count * F
        }
    }

    /// The step at which each episode starts, and N at the end, [E + 1].
    package var firstSteps: [Int] {
        var starts = [0]
        starts.reserveCapacity(episodes + 1)
        for length in lengths { starts.append(starts.last! + length) }
        return starts
    }

    /// The row of `observationTable` that each step's decision saw, [N].
    package var decisionRows: [Int32] {
        var rows: [Int32] = []
        rows.reserveCapacity(steps)
        var place = 0
        for length in lengths {
            if isShared, let named = observationRows { rows.append(contentsOf: named[place..<place + length]) } else { for k in 0..<length { rows.append(Int32(place + k)) } }
            place += length + 1
        }
        return rows
    }

    /// One episode's columns, T steps each.
    package struct Steps: Sendable {
        package var actions, labels: [UInt8]
        package var masks: [UInt32]
        package var rewards: [Float]
        package var regimes, scriptStates, flags: [UInt8]

        /// `labels` nil: the script wanted what was done. `masks` nil: everything was allowed. Script states and flags nil: 0.
        package init(
            actions: [UInt8], labels: [UInt8]? = nil, masks: [UInt32]? = nil, rewards: [Float], regimes: [UInt8], scriptStates: [UInt8]? = nil, flags: [UInt8]? = nil
        ) {
            let count = actions.count
            self.actions = actions
            self.labels = labels ?? actions
            self.masks = masks ?? [UInt32](repeating: .max, count: count)
            self.rewards = rewards
            self.regimes = regimes
            self.scriptStates = scriptStates ?? [UInt8](repeating: 0, count: count)
            self.flags = flags ?? [UInt8](repeating: 0, count: count)
        }
    }

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

    /// The mask that allows every action.
    package var allowed: UInt32 { names.actions.count == 32 ? .max : (1 << UInt32(names.actions.count)) - 1 }

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
