internal import ComponentKit
internal import Foundation
internal import Training
internal import TradingTypes

/// The results of a sweep in SQLite. A trial's rows come in one transaction: after a kill each trial is there whole or not at all.
///
/// Tables: `sweep` (what it is), `point` (the values tried), `trial`, `result` (one row a split), `mix` (one row a split, regime and action), `timing`, which
/// alone differs between two runs of the same sweep.
package final class SweepStore {
    package let path: String
    private let database: Database
    /// Guards the database: trials end on several threads.
    private let lock = NSLock()

    private static let tables = [
        "CREATE TABLE IF NOT EXISTS sweep (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE IF NOT EXISTS point (point INTEGER, position INTEGER, name TEXT, value TEXT, PRIMARY KEY (point, position))",
        "CREATE TABLE IF NOT EXISTS trial (point INTEGER, seed TEXT, failure TEXT, steps INTEGER, advantage_deviation REAL, trade_advantage_deviation REAL, PRIMARY KEY (point, seed))",
        "CREATE TABLE IF NOT EXISTS result (point INTEGER, seed TEXT, split TEXT, class TEXT, entropy REAL, round_trips INTEGER, net_return REAL, sharpe REAL, max_drawdown REAL, PRIMARY KEY (point, seed, split))",
        "CREATE TABLE IF NOT EXISTS mix (point INTEGER, seed TEXT, split TEXT, regime TEXT, action TEXT, sampled REAL, argmax REAL, mean_probability REAL, PRIMARY KEY (point, seed, split, regime, action))",
        "CREATE TABLE IF NOT EXISTS timing (point INTEGER, seed TEXT, seconds REAL, finished_unix_seconds REAL, PRIMARY KEY (point, seed))",
    ]

    /// Opens the results at `path`, or begins them. `identity` says what the sweep is; results of another one are refused. Throws `InputIssues`.
    package init(_ path: String, identity: [(key: String, value: String)]) throws {
        self.path = path
        database = try Database(path)
        try database.transaction {
            for table in Self.tables { try database.run(table) }
            let known = Dictionary(try database.run("SELECT key, value FROM sweep").compactMap { row in row[0].text.flatMap { key in row[1].text.map { (key, $0) } } }) { $1 }
            if known.isEmpty {
                for (key, value) in identity { try database.run("INSERT INTO sweep VALUES (?, ?)", [.text(key), .text(value)]) }
            }
            let differing = known.isEmpty ? [] : identity.filter { known[$0.key] != $0.value }.map(\.key)
            if !differing.isEmpty {
                throw InputIssues(
                    InputIssue(
                        code: "another_sweep", file: path, message: "holds the results of another sweep: \(differing.joined(separator: ", ")) differ\(differing.count == 1 ? "s" : "")",
                        help: "choose another --out, or add --force to replace them"))
            }
        }
    }

    /// Writes down the values of every point; those known already are left.
    package func record(points: [[String]], names: [String]) throws {
        try database.transaction {
            for (k, point) in points.enumerated() {
                for (position, value) in point.enumerated() {
                    try database.run("INSERT OR IGNORE INTO point VALUES (?, ?, ?, ?)", [.integer(k), .integer(position), .text(names[position]), .text(value)])
                }
            }
        }
    }

    package func record(_ trial: TrialRecord, seconds: Double) throws {
        lock.lock()
        defer { lock.unlock() }
        let key: [Cell] = [.integer(trial.point), .text(String(trial.seed))]
        try database.transaction {
            try database.run(
                "INSERT INTO trial VALUES (?, ?, ?, ?, ?, ?)",
                key + [trial.failure.map { .text($0) } ?? .null, .integer(trial.steps), Cell(trial.advantageDeviation), Cell(trial.tradeAdvantageDeviation)])
            for s in trial.splits {
                try database.run(
                    "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    key + [.text(s.split.rawValue), .text(s.policyClass.rawValue), Cell(s.entropy), .integer(s.roundTrips), Cell(s.netReturn), Cell(s.sharpe), Cell(s.maxDrawdown)])
                for (g, regime) in s.sampled.regimes.enumerated() {
                    for (a, action) in s.sampled.actions.enumerated() {
                        try database.run(
                            "INSERT INTO mix VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                            key + [.text(s.split.rawValue), .text(regime), .text(action), .real(s.sampled.counts[g][a]), .real(s.argmax.counts[g][a]), .real(s.meanProbability.counts[g][a])])
                    }
                }
            }
            try database.run("INSERT INTO timing VALUES (?, ?, ?, ?)", key + [.real(seconds), .real(Date().timeIntervalSince1970)])
        }
    }

    /// Trials on record, in the order of points and seeds. Mixes hold bars (expected bars for mean probabilities), by regime and action.
    package func trials() throws -> [TrialRecord] {
        lock.lock()
        defer { lock.unlock() }
        struct Key: Hashable { let point: Int, seed: UInt64, split: String }
        func key(_ row: [Cell]) -> Key { Key(point: row[0].integer ?? -1, seed: row[1].text.flatMap { UInt64($0) } ?? 0, split: row[2].text ?? "") }
        let kinds = try database.run("SELECT DISTINCT regime FROM mix ORDER BY rowid").compactMap { $0[0].text }
        let actions = try database.run("SELECT DISTINCT action FROM mix ORDER BY rowid").compactMap { $0[0].text }
        let places = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, $0) }), codes = Dictionary(uniqueKeysWithValues: actions.enumerated().map { ($1, $0) })
        let none = ActionMix(regimes: kinds, actions: actions)
        var mixes: [Key: (ActionMix, ActionMix, ActionMix)] = [:]
        for row in try database.run("SELECT point, seed, split, regime, action, sampled, argmax, mean_probability FROM mix") {
            guard let g = row[3].text.flatMap({ places[$0] }), let a = row[4].text.flatMap({ codes[$0] }) else { continue }
            let key = key(row)
            mixes[key, default: (none, none, none)].0.counts[g][a] = row[5].real ?? 0
            mixes[key]?.1.counts[g][a] = row[6].real ?? 0
            mixes[key]?.2.counts[g][a] = row[7].real ?? 0
        }
        var splits: [Key: SplitRecord] = [:]
        for row in try database.run("SELECT point, seed, split, class, entropy, round_trips, net_return, sharpe, max_drawdown FROM result") {
            let key = key(row)
            guard let split = SplitName(rawValue: key.split), let kind = row[3].text.flatMap({ PolicyClass(rawValue: $0) }), let mix = mixes[key] else { continue }
            splits[key] = SplitRecord(
                split: split, policyClass: kind, entropy: row[4].real ?? .nan, roundTrips: row[5].integer ?? 0, netReturn: row[6].real ?? .nan, sharpe: row[7].real,
                maxDrawdown: row[8].real ?? .nan, sampled: mix.0, argmax: mix.1, meanProbability: mix.2)
        }
        return try database.run("SELECT point, seed, failure, steps, advantage_deviation, trade_advantage_deviation FROM trial").compactMap { row in
            guard let point = row[0].integer, let seed = row[1].text.flatMap({ UInt64($0) }) else { return nil }
            var record = TrialRecord(point: point, seed: seed)
            record.failure = row[2].text
            record.steps = row[3].integer ?? 0
            record.advantageDeviation = row[4].real
            record.tradeAdvantageDeviation = row[5].real
            record.splits = TrialTraining.splits.compactMap { splits[Key(point: point, seed: seed, split: $0.rawValue)] }
            return record
        }.sorted { ($0.point, $0.seed) < ($1.point, $1.seed) }
    }
}
