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
    package internal(set) var observations: [Float] = []
    /// Row of every observation, T + 1 an episode; nil where `observations` holds them in order.
    package internal(set) var observationRows: [Int32]?
    /// How many of the last columns stand beside the table, and their values, [(N + E) x ownCount].
    package let ownCount: Int
    package internal(set) var ownObservations: [Float] = []

    // Per step, [N].
    package internal(set) var actions: [UInt8] = []
    package internal(set) var labels: [UInt8] = []
    package internal(set) var masks: [UInt32] = []
    package internal(set) var rewards: [Float] = []
    package internal(set) var regimes: [UInt8] = []
    package internal(set) var scriptStates: [UInt8] = []
    package internal(set) var flags: [UInt8] = []

    // Per episode, [E].
    package internal(set) var lengths: [Int] = []
    package internal(set) var endings: [EpisodeEnding] = []
    /// What each episode is: a day, a symbol, a first bar.
    package internal(set) var episodeNames: [String] = []
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

    /// The mask that allows every action.
    package var allowed: UInt32 { names.actions.count == 32 ? .max : (1 << UInt32(names.actions.count)) - 1 }
}
