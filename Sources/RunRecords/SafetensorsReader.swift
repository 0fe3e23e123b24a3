internal import ComponentKit

/// The checks of a safetensors file, in the order of the reference reader, each with a message of its own.
struct SafetensorsReader {
    let file: String

    func read(_ bytes: [UInt8]) throws(InputIssues) -> SafetensorsFile {
        guard bytes.count >= 8 else { throw fault("header_too_small", "has \(bytes.count) bytes, fewer than the 8 of a header length") }
        var length: UInt64 = 0
        for k in 0..<8 { length |= UInt64(bytes[k]) << UInt64(8 * k) }
        guard length <= UInt64(SafetensorsFile.headerLimit) else {
            throw fault("header_too_large", "names a header of \(length) bytes; at most \(SafetensorsFile.headerLimit) are allowed")
        }
        let start = 8 + Int(length)
        guard start <= bytes.count else {
            throw fault("header_length", "names a header of \(length) bytes, but only \(bytes.count - 8) follow")
        }
        guard String(validating: bytes[8..<start], as: UTF8.self) != nil else { throw fault("header_encoding", "has a header that is not UTF-8 text") }
        guard start > 8, bytes[8] == UInt8(ascii: "{") else { throw fault("header_start", "has a header that does not start with '{'") }
        let header: [String: JSONValue]
        do throws(JSONFault) {
            header = try JSONValue(parsing: bytes[8..<start]).object ?? [:]
        } catch {
            if let key = error.duplicateKey { throw fault("duplicate_key", "names '\(key)' twice in its header") }
            throw fault("header_json", "has a header that is not JSON: \(error.message) (byte \(8 + error.offset))")
        }

        var metadata: [String: String] = [:]
        var entries: [Entry] = []
        for (name, value) in header {
            if name == "__metadata__" {
                metadata = try texts(value)
            } else {
                entries.append(try entry(name, value))
            }
        }
        // By offsets, then name, so that the first fault is always the same one.
        entries.sort { ($0.begin, $0.end, $0.name) < ($1.begin, $1.end, $1.name) }
        return SafetensorsFile(checked: try tensors(entries, bytes, from: start), metadata: metadata)
    }

    private struct Entry {
        var name: String, dtype: SafetensorsFile.DType, shape: [Int], begin: Int, end: Int
    }

    private func entry(_ name: String, _ value: JSONValue) throws(InputIssues) -> Entry {
        guard value.object != nil else { throw fault("tensor_entry", "describes tensor '\(name)' by something other than an object") }
        guard let word = value["dtype"]?.text else { throw fault("tensor_entry", "gives tensor '\(name)' no dtype") }
        guard let dtype = SafetensorsFile.DType(rawValue: word) else { throw fault("dtype", "gives tensor '\(name)' the unknown dtype '\(word)'") }
        guard let shape = sizes(value["shape"]) else { throw fault("shape", "gives tensor '\(name)' no shape (a list of whole numbers from 0)") }
        guard let offsets = sizes(value["data_offsets"]), offsets.count == 2 else {
            throw fault("data_offsets", "gives tensor '\(name)' no data_offsets (two whole numbers from 0)")
        }
        return Entry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private func sizes(_ value: JSONValue?) -> [Int]? {
        guard let list = value?.list else { return nil }
        let numbers = list.compactMap(\.integer)
        return numbers.count == list.count && numbers.allSatisfy({ $0 >= 0 }) ? numbers : nil
    }

    private func texts(_ value: JSONValue) throws(InputIssues) -> [String: String] {
        if value == .null { return [:] }
        guard let members = value.object else { throw fault("metadata", "has a __metadata__ that is not an object") }
        var out: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.text else { throw fault("metadata", "has a __metadata__ whose '\(key)' is not text") }
            out[key] = text
        }
        return out
    }

    private func tensors(_ entries: [Entry], _ bytes: [UInt8], from start: Int) throws(InputIssues) -> [SafetensorsFile.Tensor] {
        let available = bytes.count - start
        var end = 0
        for entry in entries {
            guard entry.end >= entry.begin else { throw fault("data_offsets", "ends tensor '\(entry.name)' before it begins: [\(entry.begin), \(entry.end)]") }
            if entry.begin > end { throw fault("hole", "leaves bytes \(end) to \(entry.begin) of its data unused, before tensor '\(entry.name)'") }
            if entry.begin < end { throw fault("overlap", "lets tensor '\(entry.name)' begin at byte \(entry.begin), inside the tensor before it, which ends at \(end)") }
            guard let bits = SafetensorsFile.bitCount(entry.shape, entry.dtype) else {
                throw fault("overflow", "gives tensor '\(entry.name)' the shape \(entry.shape), more than can be counted")
            }
            guard bits % 8 == 0 else { throw fault("sub_byte", "gives tensor '\(entry.name)' \(bits) bits, which do not end at a byte") }
            guard bits / 8 == entry.end - entry.begin else {
                throw fault("byte_count", "gives tensor '\(entry.name)' \(entry.end - entry.begin) bytes; \(entry.dtype.rawValue) \(entry.shape) needs \(bits / 8)")
            }
            end = entry.end
        }
        guard end == available else {
            throw end > available
                ? fault("truncated", "ends after \(available) bytes of data; its header promises \(end)")
                : fault("trailing_bytes", "has \(available - end) bytes after its last tensor")
        }
        return entries.map {
            SafetensorsFile.Tensor(name: $0.name, dtype: $0.dtype, shape: $0.shape, bytes: Array(bytes[start + $0.begin..<start + $0.end]))
        }
    }

    private func fault(_ code: String, _ message: String) -> InputIssues {
        InputIssues(
            InputIssue(
                code: code, file: file, message: "not a whole safetensors file: it \(message)",
                help: "copy or write the file again; an earlier checkpoint of the run may be whole"))
    }
}
