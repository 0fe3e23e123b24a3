internal import Foundation

/// Whole files written so that a reader, a power cut or a full disk never meets half of one.
package enum AtomicFile {
    /// What the names of unfinished files end in; they start with a full stop.
    static let suffix = ".partial"

    /// Writes `bytes` to a temporary file beside `path`, flushes it to disk, renames it over `path`, and flushes the folder.
    ///
    /// After a return the new content survives a power cut. Throws `RecordNotWritten` (full disk, folder missing or not writable);
    /// the old file, if any, then stands untouched and no temporary is left. A symbolic link at `path` is replaced by a file.
    /// With `isDurable` false nothing is flushed: the file survives the process in whatever way that ends, but not a power cut.
    package static func write(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws(RecordNotWritten) {
        let (folder, name) = parts(path)
        var temporary = ""
        var descriptor: Int32 = -1
        for attempt in 0..<1000 {
            temporary = "\(folder)/.\(name).\(getpid())-\(attempt)\(suffix)"
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            if descriptor >= 0 || errno != EEXIST { break }
        }
        guard descriptor >= 0 else { throw RecordNotWritten(path, "written", errno: errno) }
        do throws(RecordNotWritten) {
            try writeAll(bytes, to: descriptor, path: path)
            guard !isDurable || fsync(descriptor) == 0 else { throw RecordNotWritten(path, "flushed to disk", errno: errno) }
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        // Some file systems report a failed write only here.
        guard close(descriptor) == 0, rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw RecordNotWritten(path, "written", errno: code)
        }
        if isDurable { try flushFolder(folder) }
    }

    package static func write(_ text: String, to path: String) throws(RecordNotWritten) { try write(Array(text.utf8), to: path) }

    /// Removes what interrupted writes left in `folder`; their number. A folder that is not there counts 0.
    ///
    /// Only for a folder that no other process is writing to: hold the run's lock.
    @discardableResult
    package static func removeTemporaries(in folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.count { $0.hasPrefix(".") && $0.hasSuffix(suffix) && unlink(folder + "/" + $0) == 0 }
    }

    /// Makes the names in `folder` survive a power cut. File systems that cannot flush folders are taken at their word.
    static func flushFolder(_ folder: String) throws(RecordNotWritten) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RecordNotWritten(folder, "flushed to disk", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw RecordNotWritten(folder, "flushed to disk", errno: errno) }
    }

    /// Writes every byte, or throws with `path` in the message; how much was written before a failure is unknown.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(RecordNotWritten) {
        let failure: Int32 = bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let n = Foundation.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
                if n < 0, errno == EINTR { continue }
                if n < 0 { return errno }
                if n == 0 { return ENOSPC }
                written += n
            }
            return 0
        }
        if failure != 0 { throw RecordNotWritten(path, "written", errno: failure) }
    }

    private static func parts(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = path[..<slash]
        return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
    }
}
