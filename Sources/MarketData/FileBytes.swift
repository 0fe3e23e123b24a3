internal import CZlib
internal import ComponentKit
internal import Foundation
internal import NumericKernels

/// A file's content, decompressed when it is gzip.
struct FileBytes {
    var bytes: [UInt8]
    /// SHA-256 of the bytes on disk.
    var sha256: String
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
    static func read(_ path: String) throws -> FileBytes {
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

/// zlib's streaming decompressor over gzip members. The one place outside NumericKernels that hands out pointers:
/// `z_stream` holds the addresses of its input and output between calls, so both are pinned for the length of one call.
private final class Inflater {
    private var stream: UnsafeMutablePointer<z_stream>?
    private var output = [UInt8](repeating: 0, count: 1 << 18)
    private var members = 0
    private var inMember = true
    private var trailing = 0
    private let file: String

    deinit { release() }

    init(file: String) throws {
        self.file = file
        stream = nil
        let s = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        s.initialize(to: z_stream())
        // Window 15, plus 16: a gzip header and trailer are required, and the CRC and length in the trailer are checked.
        guard inflateInit2_(s, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            s.deallocate()
            throw InputIssues(InputIssue(code: "gzip", file: file, message: "zlib could not be started", help: "is there enough memory?"))
        }
        stream = s
    }

    func add(_ input: [UInt8], count: Int, to bytes: inout [UInt8]) throws {
        guard let s = stream else {
            trailing += input[..<count].reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
            return
        }
        var fault: String?
        let room = output.count
        input.withUnsafeBufferPointer { source in  // pinned for this call only
            s.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            s.pointee.avail_in = UInt32(count)
            while true {
                if !inMember {
                    // Between members: another one starts with 1F 8B, anything else is trailing bytes (zeros are padding).
                    let left = Int(s.pointee.avail_in)
                    guard left > 0 else { return }
                    let at = count - left
                    guard source[at] == 0x1F, left == 1 || source[at + 1] == 0x8B else {
                        for i in at..<count where source[i] != 0 { trailing += 1 }
                        s.pointee.avail_in = 0
                        return
                    }
                    inflateReset(s)
                    inMember = true
                }
                let status: Int32 = output.withUnsafeMutableBufferPointer { target in
                    s.pointee.next_out = target.baseAddress
                    s.pointee.avail_out = UInt32(room)
                    return inflate(s, Z_NO_FLUSH)
                }
                let produced = room - Int(s.pointee.avail_out)
                if produced > 0 { bytes.append(contentsOf: output[..<produced]) }
                if bytes.count > FileBytes.limit { return }
                if status == Z_STREAM_END {
                    members += 1
                    inMember = false
                } else if status == Z_BUF_ERROR || (status == Z_OK && s.pointee.avail_in == 0 && produced < room) {
                    return
                } else if status != Z_OK {
                    fault = s.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
                    return
                }
            }
        }
        if let fault {
            release()
            let line = 1 + bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
            throw InputIssues(
                InputIssue(
                    code: "gzip_corrupt", file: file, line: line, message: "the gzip data are damaged (\(fault)) after \(bytes.count) bytes of text",
                    help: "download or copy the file again; 'gzip -t' checks it"))
        }
        if !inMember, s.pointee.avail_in == 0, trailing > 0 { release() }
    }

    /// Ends the stream; the number of stray bytes behind the last member. Throws when the data stop inside a member.
    func finish(_ bytes: [UInt8]) throws -> Int {
        let whole = stream == nil || !inMember
        release()
        guard whole else {
            let lines = bytes.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
            throw InputIssues(
                InputIssue(
                    code: "gzip_truncated", file: file, line: lines + 1,
                    message: "the gzip data end too early: \(bytes.count) bytes of text in \(lines) whole lines could be read, the rest is missing",
                    help: "download or copy the file again; 'gzip -t' checks it"))
        }
        return trailing
    }

    private func release() {
        guard let s = stream else { return }
        inflateEnd(s)
        s.deallocate()
        stream = nil
    }
}
