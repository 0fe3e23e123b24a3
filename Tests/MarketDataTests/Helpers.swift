import ComponentKit
import Foundation
import MarketData

/// Writes `bytes` to a fresh file and gives its path. The folder is the system's temporary one.
func temporaryFile(_ bytes: [UInt8], name: String = "TEST.csv") throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-market-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appendingPathComponent(name)
    try Data(bytes).write(to: url)
    return url.path
}

func temporaryFile(_ text: String, name: String = "TEST.csv") throws -> String { try temporaryFile(Array(text.utf8), name: name) }

/// Loads text as a file, then removes the file.
func load(_ text: String, name: String = "TEST.csv", options: LoadOptions = LoadOptions(), strict: Bool = false) throws -> LoadedBars {
    try load(Array(text.utf8), name: name, options: options, strict: strict)
}

func load(_ bytes: [UInt8], name: String = "TEST.csv", options: LoadOptions = LoadOptions(), strict: Bool = false) throws -> LoadedBars {
    let path = try temporaryFile(bytes, name: name)
    defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
    return try loadBars(path, options: options, strict: strict)
}

/// The issues that loading throws; empty when it does not throw.
func issues(_ bytes: [UInt8], name: String = "TEST.csv", options: LoadOptions = LoadOptions(), strict: Bool = false) throws -> [InputIssue] {
    do {
        _ = try load(bytes, name: name, options: options, strict: strict)
        return []
    } catch let error as InputIssues {
        return error.issues
    } catch let error as InputMissing {
        return [error.issue]
    }
}

func issues(_ text: String, options: LoadOptions = LoadOptions(), strict: Bool = false) throws -> [InputIssue] {
    try issues(Array(text.utf8), options: options, strict: strict)
}

/// `gzip -c` of bytes, by the program, which shares no code with the loader's reading side.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let path = try temporaryFile(bytes)
    defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
    return try output(of: ["gzip", "-nc", path])
}

/// `gzip -dc` of a file.
func gunzip(_ path: String) throws -> [UInt8] { try output(of: ["gzip", "-dc", path]) }

private func output(of arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return [UInt8](data)
}

/// Hourly rows from 2020-01-01T00:00 with a slow wave, `time,open,high,low,close,volume`.
func hourlyRows(_ n: Int) -> [String] {
    (0..<n).map { i in
        let day = 1 + i / 24, hour = i % 24
        let o = 100 + Double(i % 7), c = 100 + Double((i + 1) % 7)
        return String(format: "2020-01-%02d %02d:00:00,%.2f,%.2f,%.2f,%.2f,%d", day, hour, o, max(o, c) + 0.5, min(o, c) - 0.5, c, 10 + i % 5)
    }
}

let hourlyHeader = "time,open,high,low,close,volume\n"
