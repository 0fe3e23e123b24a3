package import ComponentKit

/// Named tensors in the safetensors format: what checkpoints are, and what Python's `safetensors` package opens.
///
/// On disk: the header's length as 8 bytes little-endian, the header (JSON: name -> dtype, shape, data offsets; `__metadata__`: text -> text)
/// padded with spaces to a multiple of 8, then the data, row-major and little-endian. Source: the format's README and
/// reference implementation (Hugging Face safetensors 0.8.0), whose writer's order is followed: by dtype in falling order of alignment, then by name.
package struct SafetensorsFile: Sendable, Equatable {
    /// The element types of the format, in the order of the reference implementation, which its writer sorts by.
    package enum DType: String, Sendable, CaseIterable {
        case bool = "BOOL", f4 = "F4", f6e2m3 = "F6_E2M3", f6e3m2 = "F6_E3M2", u8 = "U8", i8 = "I8", f8e5m2 = "F8_E5M2", f8e4m3 = "F8_E4M3"
        case f8e8m0 = "F8_E8M0", f8e4m3fnuz = "F8_E4M3FNUZ", f8e5m2fnuz = "F8_E5M2FNUZ"
        case i16 = "I16", u16 = "U16", f16 = "F16", bf16 = "BF16", i32 = "I32", u32 = "U32", f32 = "F32", c64 = "C64", f64 = "F64", i64 = "I64", u64 = "U64"

        /// Size of one element.
        package var bits: Int {
            switch self {
            case .f4: 4
            case .f6e2m3, .f6e3m2: 6
            case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
            case .i16, .u16, .f16, .bf16: 16
            case .i32, .u32, .f32: 32
            case .c64, .f64, .i64, .u64: 64
            }
        }

        var rank: Int { DType.allCases.firstIndex(of: self)! }
    }

    /// One tensor: `bytes` are its elements row by row, little-endian. Scalars have the shape `[]`; a size may be 0.
    package struct Tensor: Sendable, Equatable {
        package let name: String
        package let dtype: DType
        package let shape: [Int]
        package let bytes: [UInt8]

        /// Traps when the bytes do not fit the shape.
        package init(name: String, dtype: DType, shape: [Int], bytes: [UInt8]) {
            let bits = SafetensorsFile.bitCount(shape, dtype)
            precondition(name != "__metadata__", "SafetensorsFile: '__metadata__' cannot be a tensor's name")
            precondition(bits == bytes.count * 8, "SafetensorsFile: '\(name)' \(dtype.rawValue) \(shape) needs \(bits.map { "\($0)" } ?? "too many") bits, given \(bytes.count) bytes")
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.bytes = bytes
        }
    }

    /// In the order of the file.
    package private(set) var tensors: [Tensor]
    package private(set) var metadata: [String: String]
    private let index: [String: Int]

    /// Traps on two tensors of the same name. `metadata` that is empty is not written.
    package init(tensors: [Tensor], metadata: [String: String] = [:]) {
        let sorted = tensors.sorted { a, b in
            a.dtype == b.dtype ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8) : a.dtype.rank > b.dtype.rank
        }
        self.init(ordered: sorted, metadata: metadata)
    }

    private init(ordered: [Tensor], metadata: [String: String]) {
        tensors = ordered
        self.metadata = metadata
        index = Dictionary(ordered.enumerated().map { ($1.name, $0) }) { a, _ in
            preconditionFailure("SafetensorsFile: two tensors are called '\(ordered[a].name)'")
        }
    }

    package subscript(name: String) -> Tensor? { index[name].map { tensors[$0] } }

    package static func == (a: Self, b: Self) -> Bool { a.tensors == b.tensors && a.metadata == b.metadata }

    /// The file's bytes. Equal values give equal bytes: metadata keys are sorted.
    package func encoded() -> [UInt8] {
        var header: [UInt8] = []
        header.append(UInt8(ascii: "{"))
        if !metadata.isEmpty {
            header.append(contentsOf: "\"__metadata__\":".utf8)
            header.append(contentsOf: JSONValue.object(metadata.mapValues { .text($0) }).compact.utf8)
        }
        var offset = 0
        for tensor in tensors {
            if header.count > 1 { header.append(UInt8(ascii: ",")) }
            JSONValue.quote(tensor.name, to: &header)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            header.append(contentsOf: ":{\"dtype\":\"\(tensor.dtype.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(offset + tensor.bytes.count)]}".utf8)
            offset += tensor.bytes.count
        }
        header.append(UInt8(ascii: "}"))
        while header.count % 8 != 0 { header.append(0x20) }
        precondition(header.count <= SafetensorsFile.headerLimit, "SafetensorsFile: a header of \(header.count) bytes is more than readers accept")

        var out: [UInt8] = []
        out.reserveCapacity(8 + header.count + offset)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { out.append(contentsOf: $0) }
        out.append(contentsOf: header)
        for tensor in tensors { out.append(contentsOf: tensor.bytes) }
        return out
    }

    /// Writes the file atomically. Throws `RecordNotWritten`.
    package func write(to path: String, isDurable: Bool = true) throws(RecordNotWritten) { try AtomicFile.write(encoded(), to: path, isDurable: isDurable) }

    /// Reads `path`. Throws `InputMissing`, or `InputIssues` for a file that is not safetensors or is damaged.
    package init(file path: String) throws {
        try self.init(decoding: readBytes(path, help: "check the path"), file: path)
    }

    /// Reads `bytes`, naming `file` in messages. Throws one issue, the first fault: the rest of a damaged binary file means nothing.
    package init(decoding bytes: [UInt8], file: String) throws(InputIssues) {
        self = try SafetensorsReader(file: file).read(bytes)
    }

    /// `decoded` in file order, already checked.
    init(checked ordered: [Tensor], metadata: [String: String]) { self.init(ordered: ordered, metadata: metadata) }

    static let headerLimit = 100_000_000

    /// Bits of a tensor; nil where a size is negative or the product overflows.
    static func bitCount(_ shape: [Int], _ dtype: DType) -> Int? {
        var total = dtype.bits
        for size in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { return nil }
            total = product
        }
        return total
    }
}
