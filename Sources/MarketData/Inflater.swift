internal import CZlib
internal import ComponentKit

/// zlib's streaming decompressor over gzip members.
///
/// The one place outside NumericKernels that handles pointers, because zlib's interface is made of them. What keeps it safe: the `z_stream` has a fixed
/// address of its own from `init` to `release`, since zlib's state points back at it; input and output are pinned for the length of one call,
/// and no address of theirs is used after it; every buffer's length goes with it, so zlib cannot write past one.
final class Inflater {
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
