internal import ComponentKit
internal import Foundation
internal import NumericKernels

/// A file's content, decompressed when it is gzip.
package struct FileBytes {
    package var bytes: [UInt8]
    /// SHA-256 of the bytes on disk.
    package var sha256: String
    var isGzip: Bool
    /// Bytes after the last gzip member that are neither a member nor zero padding.
    var trailingBytes: Int

    /// The most that is read or decompressed, a guard against endless pipes and decompression bombs.
    static let limit = 8 << 30
}

extension FileBytes {
    /// Reads `path` in blocks of 1 MiB; gzip is recognised by its first two bytes, not by the file's name.
    ///
    /// Throws `InputMissing` for what is not there, not readable or not a file (regular files and named pipes are read), and
    /// `InputIssues` for damaged or truncated gzip data.
    package static func read(_ path: String) throws -> FileBytes {
        guard path != "-" else {
            throw InputMissing(
                InputIssue(code: "stdin", file: path, message: "bars are not read from standard input", help: "write the data to a file and name it, or use a process substitution: <(command)"))
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw InputMissing(InputIssue(code: "missing", file: path, message: "is not a file name", help: "name a .csv or .csv.gz file, or synthetic:btc-hourly"))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw missing(path, errno) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw missing(path, errno) }
        switch info.st_mode & S_IFMT {
        case S_IFREG, S_IFIFO: break
        case S_IFDIR:
            throw InputMissing(InputIssue(code: "directory", file: path, message: "is a directory", help: "name a .csv or .csv.gz file inside it"))
        default:
            throw InputMissing(InputIssue(code: "not_a_file", file: path, message: "is a device, not a file", help: "name a .csv or .csv.gz file"))
        }

        var hash = SHA256()
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var bytes: [UInt8] = []
        var inflater: Inflater?
        var first = true
        while true {
            let n = Foundation.read(descriptor, &block, block.count)
            if n < 0 {
                if errno == EINTR { continue }
                throw InputMissing(InputIssue(code: "unreadable", file: path, message: "cannot be read: \(String(cString: strerror(errno)))", help: "check the disk and the permissions"))
            }
            if n == 0 { break }
            hash.update(block, count: n)
            if first {
                first = false
                if n >= 2, block[0] == 0x1F, block[1] == 0x8B {
                    inflater = try Inflater(file: path)
                    bytes.reserveCapacity(min(Int(info.st_size) * 4, limit) + 1024)
                } else {
                    bytes.reserveCapacity(min(Int(info.st_size), limit) + 1024)
                }
            }
            if inflater != nil { try inflater?.add(block, count: n, to: &bytes) } else { bytes.append(contentsOf: block[..<n]) }
            guard bytes.count <= limit else {
                throw InputIssues(InputIssue(code: "too_large", file: path, message: "holds more than \(limit >> 30) GiB of text", help: "cut it into smaller files"))
            }
        }
        let trailing = try inflater?.finish(bytes) ?? 0
        return FileBytes(bytes: bytes, sha256: hash.finishHex(), isGzip: inflater != nil, trailingBytes: trailing)
    }

    private static func missing(_ path: String, _ code: Int32) -> InputMissing {
        if code == ENOENT || code == ENOTDIR {
            let folder = (path as NSString).deletingLastPathComponent
            let siblings = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
            let near = suggestion(for: (path as NSString).lastPathComponent, among: siblings)
            return InputMissing(
                InputIssue(
                    code: "missing", file: path, message: "no such file",
                    help: near.map { "did you mean '\(folder.isEmpty ? $0 : folder + "/" + $0)'?" } ?? "check the path; relative paths start at the current directory"))
        }
        return InputMissing(InputIssue(code: "unreadable", file: path, message: "cannot be opened: \(String(cString: strerror(code)))", help: "check its permissions"))
    }
}
