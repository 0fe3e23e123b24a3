public import ComponentKit
internal import Foundation

/// A record that could not be written: the path, the system's reason, and what to do. The records already on disk are as they were.
public struct RecordNotWritten: Error, Sendable, CustomStringConvertible {
    public let issue: InputIssue
    public var description: String { issue.rendered }

    package init(_ issue: InputIssue) { self.issue = issue }

    /// `action` completes "cannot be ...": `written`, `created`, `flushed to disk`; `code` is the `errno` of the failed call.
    init(_ path: String, _ action: String, errno code: Int32) {
        let help =
            switch code {
            case ENOSPC, EDQUOT: "the disk is full: free some space ('df -h' shows it); a run goes on with --resume from its last checkpoint"
            case EROFS: "the file system is read-only: choose another folder with --out"
            case EACCES, EPERM: "check the permissions of the folder, or choose another with --out"
            case ENOENT, ENOTDIR: "the folder is gone or its path is wrong: create it, or choose another with --out"
            case EIO: "the disk reports a fault: choose a folder on another one with --out"
            case EMFILE, ENFILE: "too many files are open: raise 'ulimit -n'"
            default: "choose a folder that can be written with --out"
            }
        self.init(
            InputIssue(code: code == ENOSPC || code == EDQUOT ? "disk_full" : "not_written", file: path, message: "cannot be \(action): \(reason(code))", help: help))
    }
}

/// The system's sentence for an `errno`, with a small first letter.
func reason(_ code: Int32) -> String {
    let text = String(cString: strerror(code))
    return text.prefix(1).lowercased() + text.dropFirst()
}

/// The bytes of a regular file. Throws `InputMissing`, whose help is `help`.
func readBytes(_ path: String, help: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    func missing(_ word: String, _ message: String) -> InputMissing { InputMissing(InputIssue(code: word, file: path, message: message, help: help)) }
    guard descriptor >= 0 else {
        throw errno == ENOENT || errno == ENOTDIR ? missing("missing", "no such file") : missing("unreadable", "cannot be opened: \(reason(errno))")
    }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw missing("unreadable", "cannot be read: \(reason(errno))") }
    guard info.st_mode & S_IFMT == S_IFREG else { throw missing("not_a_file", "is not a file") }
    var failure: Int32 = 0
    let size = Int(info.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
            let n = read(descriptor, buffer.baseAddress! + count, size - count)
            if n < 0, errno == EINTR { continue }
            if n < 0 { failure = errno }
            if n <= 0 { return }
            count += n
        }
    }
    guard failure == 0 else { throw missing("unreadable", "cannot be read: \(reason(failure))") }
    return bytes
}
