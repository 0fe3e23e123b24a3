import ComponentKit
import Foundation
import RunRecords
import TestSupport

/// A fresh folder, removed when the value goes.
final class Scratch {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/assay-records-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: self(name)))) }
    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
    func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: self(name))) }
    /// Names in the folder, sorted, hidden ones included.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// The bytes of a committed fixture under `Tests/Parity/records`.
func fixtureBytes(_ name: String) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: fixture("records/" + name)) else {
        preconditionFailure("no Tests/Parity/records/\(name): run python Tests/Parity/records/generate.py")
    }
    return [UInt8](data)
}

/// The one issue that `body` throws, nil when it throws nothing.
func issue(of body: () throws -> Void) -> InputIssue? {
    do {
        try body()
        return nil
    } catch let error as InputIssues {
        return error.issues.first
    } catch let error as InputMissing {
        return error.issue
    } catch let error as RecordNotWritten {
        return error.issue
    } catch {
        return InputIssue(code: "foreign", message: "\(error)")
    }
}

/// Runs a program of the system; its exit code.
@discardableResult
func shell(_ words: String...) -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
}
