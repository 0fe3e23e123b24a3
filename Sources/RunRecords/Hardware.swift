internal import Foundation

/// The machine a run was made on, as far as it explains its speed. No name, no address: a manifest may be published.
package struct Hardware: Sendable, Equatable {
    /// `AMD EPYC 9355`; `unknown` where the system does not say.
    package var processor: String
    package var cores: Int
    package var memoryBytes: Int
    /// Kernel and architecture: `Linux 6.1.0 x86_64`.
    package var system: String

    package init(processor: String, cores: Int, memoryBytes: Int, system: String) {
        self.processor = processor
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.system = system
    }

    package static func current() -> Hardware {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = info.split(separator: "\n").first { $0.hasPrefix("model name") }
        let model = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
        var names = utsname()
        func text<T>(_ field: T) -> String { withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } }
        let system = uname(&names) == 0 ? "\(text(names.sysname)) \(text(names.release)) \(text(names.machine))" : "unknown"
        let process = ProcessInfo.processInfo
        return Hardware(processor: model ?? "unknown", cores: process.activeProcessorCount, memoryBytes: Int(process.physicalMemory), system: system)
    }

    init(_ json: JSONValue?) {
        self.init(
            processor: json?["processor"]?.text ?? "unknown", cores: json?["cores"]?.integer ?? 0, memoryBytes: json?["memory_bytes"]?.integer ?? 0,
            system: json?["system"]?.text ?? "unknown")
    }

    var json: JSONValue {
        .object(["processor": .text(processor), "cores": .integer(cores), "memory_bytes": .integer(memoryBytes), "system": .text(system)])
    }
}

/// The commit that the repository around `executable` (this program by default) is at, or nil where there is none: an installed program.
///
/// Reads `.git` directly. It is the commit the program was built from as long as it was built after the last commit; changes not committed do not show.
package func sourceCommit(executable: String = "/proc/self/exe") -> String? {
    func text(_ path: String) -> String? { (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) }
    func isHash(_ text: String) -> Bool { [40, 64].contains(text.count) && text.allSatisfy(\.isHexDigit) }
    guard let program = try? URL(fileURLWithPath: FileManager.default.destinationOfSymbolicLink(atPath: executable)) else { return nil }
    var folder = program.deletingLastPathComponent()
    while folder.path != "/" {
        defer { folder.deleteLastPathComponent() }
        // Only the package's own repository, not one that some folder above happens to be.
        guard FileManager.default.fileExists(atPath: folder.path + "/Package.swift") else { continue }
        var git = folder.path + "/.git"
        if let link = text(git), link.hasPrefix("gitdir: ") { git = URL(fileURLWithPath: String(link.dropFirst(8)), relativeTo: folder).path }
        guard let head = text(git + "/HEAD") else { return nil }
        guard head.hasPrefix("ref: ") else { return isHash(head) ? head : nil }
        let name = head.dropFirst(5)
        let common = text(git + "/commondir").map { URL(fileURLWithPath: $0, relativeTo: URL(fileURLWithPath: git + "/")).path } ?? git
        if let hash = text(common + "/" + name) { return isHash(hash) ? hash : nil }
        let packed = text(common + "/packed-refs")?.split(separator: "\n").first { $0.hasSuffix(" " + name) }
        return packed.map { String($0.prefix { $0 != " " }) }.flatMap { isHash($0) ? $0 : nil }
    }
    return nil
}
