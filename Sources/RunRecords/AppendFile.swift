internal import Foundation

/// A file that grows at its end. Each `append` reaches the operating system before it returns, so a killed process loses none of it;
/// `synchronize` makes it survive a power cut.
package final class AppendFile {
    package let path: String
    private let descriptor: Int32
    /// Bytes in the file. Nothing else writes to it, so the count is kept here.
    package private(set) var length: Int

    /// Opens `path` at its end; `empty` creates it or cuts it to nothing first. Throws `RecordNotWritten`.
    package init(_ path: String, empty: Bool) throws(RecordNotWritten) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (empty ? O_TRUNC : 0), 0o644)
        length = 0
        guard descriptor >= 0 else { throw RecordNotWritten(path, "written", errno: errno) }
        length = max(0, Int(lseek(descriptor, 0, SEEK_END)))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds all of `bytes`, or throws and leaves the file as long as it was.
    package func append(_ bytes: [UInt8]) throws(RecordNotWritten) {
        do throws(RecordNotWritten) {
            try AtomicFile.writeAll(bytes, to: descriptor, path: path)
            length += bytes.count
        } catch {
            ftruncate(descriptor, off_t(length))
            throw error
        }
    }

    /// Keeps the first `count` bytes.
    package func cut(to count: Int) throws(RecordNotWritten) {
        precondition(count >= 0 && count <= length, "AppendFile: cut to \(count) of \(length) bytes")
        guard ftruncate(descriptor, off_t(count)) == 0 else { throw RecordNotWritten(path, "shortened", errno: errno) }
        length = count
    }

    /// Waits until the content is on disk.
    package func synchronize() throws(RecordNotWritten) {
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else { throw RecordNotWritten(path, "flushed to disk", errno: errno) }
    }
}
