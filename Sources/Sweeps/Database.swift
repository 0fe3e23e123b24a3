internal import ComponentKit
internal import CSQLite
internal import Foundation

/// One value of a table's cell.
package enum Cell: Sendable, Equatable {
    case null
    case integer(Int)
    case real(Double)
    case text(String)

    package init(_ value: Double?) { self = value.map { .real($0) } ?? .null }

    package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var real: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
}

/// An SQLite file under one connection. Every change is in a transaction that survives a kill and a power cut (rollback journal, full synchronisation).
///
/// Not for several threads at once: the owner guards it.
package final class Database {
    package let path: String
    private var handle: OpaquePointer?

    /// Opens or creates `path`; with `isReadOnly` it must exist. Throws `InputMissing` or `InputIssues` (no such folder, not a database, in use).
    package init(_ path: String, isReadOnly: Bool = false) throws {
        self.path = path
        if isReadOnly, !FileManager.default.fileExists(atPath: path) {
            throw InputMissing(InputIssue(code: "missing", file: path, message: "no such file", help: "name the folder of a sweep that was begun"))
        }
        let flags = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        guard sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_FULLMUTEX, nil) == SQLITE_OK else { throw fault() }
        sqlite3_busy_timeout(handle, 2_000)
        if !isReadOnly {
            // One writer: a second process is told at once instead of training the same trials.
            try run("PRAGMA locking_mode = EXCLUSIVE")
            try run("PRAGMA synchronous = FULL")
            try run("BEGIN EXCLUSIVE")
            try run("COMMIT")
        } else {
            try run("SELECT count(*) FROM sqlite_master")
        }
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs one statement with `?` filled from `cells`; gives its rows.
    @discardableResult
    package func run(_ statement: String, _ cells: [Cell] = []) throws -> [[Cell]] {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK else { throw fault() }
        defer { sqlite3_finalize(prepared) }
        precondition(sqlite3_bind_parameter_count(prepared) == Int32(cells.count), "\(cells.count) values for: \(statement)")
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (k, cell) in cells.enumerated() {
            let place = Int32(k + 1)
            switch cell {
            case .null: sqlite3_bind_null(prepared, place)
            case .integer(let value): sqlite3_bind_int64(prepared, place, Int64(value))
            case .real(let value): sqlite3_bind_double(prepared, place, value)
            case .text(let value): sqlite3_bind_text(prepared, place, value, -1, transient)
            }
        }
        var rows: [[Cell]] = []
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_DONE: return rows
            case SQLITE_ROW:
                rows.append((0..<sqlite3_column_count(prepared)).map { c in
                    switch sqlite3_column_type(prepared, c) {
                    case SQLITE_INTEGER: .integer(Int(sqlite3_column_int64(prepared, c)))
                    case SQLITE_FLOAT: .real(sqlite3_column_double(prepared, c))
                    case SQLITE_TEXT: .text(String(cString: sqlite3_column_text(prepared, c)))
                    default: .null
                    }
                })
            default: throw fault()
            }
        }
    }

    /// All of `body` or nothing of it.
    package func transaction(_ body: () throws -> Void) throws {
        try run("BEGIN IMMEDIATE")
        do {
            try body()
            try run("COMMIT")
        } catch {
            _ = try? run("ROLLBACK")
            throw error
        }
    }

    /// What the last call met, as a fault of the file.
    private func fault() -> InputIssues {
        let code = sqlite3_errcode(handle) & 0xFF, message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
        let (word, help): (String, String) = switch code {
        case SQLITE_BUSY, SQLITE_LOCKED: ("in_use", "another process is writing it: wait for it, or choose another --out")
        case SQLITE_NOTADB, SQLITE_CORRUPT: ("not_a_database", "it is not a sweep's results, or it is damaged: choose another --out, or remove it")
        case SQLITE_FULL: ("disk_full", "free some space and run the command again: what was recorded is whole")
        case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_IOERR: ("not_written", "choose a folder that can be written with --out")
        default: ("database", "was the file written by another version of Assay? choose another --out")
        }
        return InputIssues(InputIssue(code: word, file: path, message: message, help: help))
    }
}

/// The version of SQLite that runs (`3.40.1`).
public let sqliteVersion = String(cString: sqlite3_libversion())
