/// Arrays in NumPy's `.npy` format, version 1.0: what `numpy.save` writes and `numpy.load` reads.
///
/// `\x93NUMPY`, version 1.0, the header's length as 16 bits, a Python dictionary with `descr`, `fortran_order` and `shape`, padded with spaces
/// and a newline so that the data start at a multiple of 64; then the data, row-major. Little-endian only, as every machine Assay runs on.
/// Source: numpy.lib.format.
package struct NumPyFile {
    /// An element type that demonstration files use.
    package enum Element: String, CaseIterable {
        case float32 = "<f4", uint32 = "<u4", int32 = "<i4", int64 = "<i8", uint8 = "|u1", bool = "|b1"

        var bytes: Int {
            switch self {
            case .uint8, .bool: 1
            case .float32, .uint32, .int32: 4
            case .int64: 8
            }
        }
    }

    static func header(_ element: Element, shape: [Int]) -> [UInt8] {
        let sizes = shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
        var text = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': \(sizes), }"
        let unpadded = 10 + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = text.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8)
    }

    /// The whole file of `values`.
    package static func encode<T: BitwiseCopyable>(_ values: [T], _ element: Element, shape: [Int]) -> [UInt8] {
        precondition(MemoryLayout<T>.size == element.bytes && shape.reduce(1, *) == values.count, "\(values.count) values for \(shape) of \(element.rawValue)")
        var bytes = header(element, shape: shape)
        bytes.reserveCapacity(bytes.count + values.count * element.bytes)
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// The values and shape of a file, whose element type must be `element`. Throws a sentence that goes on after the file's name.
    package static func decode<T: BitwiseCopyable>(_ bytes: [UInt8], _ element: Element, as type: T.Type) throws(NumPyFault) -> (values: [T], shape: [Int]) {
        guard bytes.count >= 10, bytes[0] == 0x93, bytes[1..<6].elementsEqual("NUMPY".utf8) else { throw NumPyFault("is not a NumPy array: it does not start with \\x93NUMPY") }
        // Version 2.0 differs only in the width of the length; NumPy writes it for headers beyond 64 kB.
        let isLong = bytes[6] == 2
        guard bytes[6] == 1 || isLong, bytes.count >= 12 else { throw NumPyFault("has version \(bytes[6]).\(bytes[7]) of NumPy's format; 1.0 and 2.0 are read") }
        let start = isLong ? 12 : 10
        var length = Int(bytes[8]) | Int(bytes[9]) << 8
        if isLong { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
        guard bytes.count >= start + length else { throw NumPyFault("ends within its header") }
        let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
        guard let descr = value("descr", in: text), let order = value("fortran_order", in: text), let sizes = value("shape", in: text) else {
            throw NumPyFault("has a header without descr, fortran_order and shape")
        }
        let word = descr.filter { $0 != "'" && $0 != "\"" }
        guard word == element.rawValue else { throw NumPyFault("holds elements of type '\(word)', expected '\(element.rawValue)'") }
        guard order == "False" else { throw NumPyFault("is stored column by column; save it with numpy.ascontiguousarray") }
        let parts = sizes.dropFirst().dropLast().split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
        let shape = parts.compactMap { Int($0) }
        guard sizes.hasPrefix("("), shape.count == parts.count, shape.allSatisfy({ $0 >= 0 && $0 < 1 << 48 }) else { throw NumPyFault("has the shape \(sizes), which is none") }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product < 1 << 48 else { throw NumPyFault("names more elements than fit a file") }
            count = product
        }
        let body = bytes.count - start - length
        guard body == count * element.bytes else { throw NumPyFault("holds \(body) bytes of data, its shape \(sizes) needs \(count * element.bytes)") }
        let values = [T](unsafeUninitializedCapacity: count) { target, initialized in
            bytes.withUnsafeBytes { source in UnsafeMutableRawBufferPointer(target).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[(start + length)...])) }
            initialized = count
        }
        return (values, shape)
    }

    /// The text of one entry of the header's dictionary.
    private static func value(_ key: String, in text: String) -> String? {
        for quote in ["'", "\""] {
            guard let found = text.firstRange(of: quote + key + quote) else { continue }
            let rest = text[found.upperBound...].drop { $0 == " " }
            guard rest.first == ":" else { return nil }
            let entry = rest.dropFirst().drop { $0 == " " }
            if entry.first == "(" {
                guard let end = entry.firstIndex(of: ")") else { return nil }
                return String(entry[...end])
            }
            return String(entry.prefix { $0 != "," && $0 != "}" && $0 != "\n" }.filter { $0 != " " })
        }
        return nil
    }
}

/// What is wrong with a `.npy` file: a sentence that goes on after its name.
package struct NumPyFault: Error {
    package let message: String
    init(_ message: String) { self.message = message }
}
