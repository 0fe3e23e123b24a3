package import ComponentKit

/// One thing in which two runs differ.
package struct ManifestDifference: Sendable, Equatable {
    package enum Kind: Sendable, CaseIterable { case version, commit, seeds, data, parameter, blasCore }

    package let kind: Kind
    /// `ppo.gamma` for a parameter, the file's name for data.
    package let name: String
    package let then: String
    package let now: String

    /// What differs, then and now, in words.
    package var message: String {
        switch kind {
        case .version: "Assay's version changed: \(then) then, \(now) now"
        case .commit: "Assay was built from another commit: \(then) then, \(now) now"
        case .seeds: "the seeds changed: \(then) then, \(now) now"
        case .data: "data file '\(name)' changed: sha256 \(then) then, \(now) now"
        case .parameter: "\(name) changed: \(then) then, \(now) now"
        case .blasCore: "other BLAS kernels run: \(then) then, \(now) now; they differ in the last bits"
        }
    }

    package var help: String {
        switch kind {
        case .version, .commit: "results may differ; use the version that started the run, or start another run"
        case .seeds, .parameter: "a run keeps its settings: resume without changing them, or start another run"
        case .data: "restore the file as it was, or start another run on the new data"
        case .blasCore: "resume on the same kind of processor, or set OPENBLAS_CORETYPE=\(then)"
        }
    }
}

extension RunManifest {
    /// What determines the result and is not as in `recorded`, the manifest of the earlier run; empty exactly when the hashes are equal.
    package func differences(from recorded: RunManifest) -> [ManifestDifference] {
        var out: [ManifestDifference] = []
        func add(_ kind: ManifestDifference.Kind, _ name: String, _ then: String, _ now: String) {
            if then != now { out.append(ManifestDifference(kind: kind, name: name, then: then, now: now)) }
        }
        for k in 0..<max(data.count, recorded.data.count) {
            let then = k < recorded.data.count ? recorded.data[k] : nil, now = k < data.count ? data[k] : nil
            add(.data, now?.name ?? then?.name ?? "", then?.sha256 ?? "none", now?.sha256 ?? "none")
        }
        add(.seeds, "seeds", "\(recorded.seeds)", "\(seeds)")
        let before = RunManifest.leaves(recorded.parameters), after = RunManifest.leaves(parameters)
        for path in Set(before.keys).union(after.keys).sorted() { add(.parameter, path, before[path] ?? "absent", after[path] ?? "absent") }
        add(.blasCore, "blas_core", recorded.blasCore, blasCore)
        add(.version, "version", recorded.version, version)
        add(.commit, "commit", recorded.commit ?? "unknown", commit ?? "unknown")
        return out
    }

    /// Throws one error per difference from `recorded`, read from `file`, when a run is to go on; `ignoring` names kinds that may differ.
    package func requireSame(as recorded: RunManifest, file: String, ignoring: Set<ManifestDifference.Kind> = []) throws(InputIssues) {
        let issues = differences(from: recorded).filter { !ignoring.contains($0.kind) }.map {
            InputIssue(code: "run_changed", file: $0.kind == .data ? $0.name : file, message: $0.message, help: $0.help)
        }
        if !issues.isEmpty { throw InputIssues(issues) }
    }

    /// Everything in a tree that is no object with members, by its path.
    private static func leaves(_ value: JSONValue, at path: String = "") -> [String: String] {
        guard let members = value.object, !members.isEmpty else { return [path.isEmpty ? "parameters" : path: value.compact] }
        return members.reduce(into: [:]) { out, member in
            out.merge(leaves(member.value, at: path.isEmpty ? member.key : path + "." + member.key)) { a, _ in a }
        }
    }
}
