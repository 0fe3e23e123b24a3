extension SafetensorsFile.Tensor {
    /// F32.
    package init(_ name: String, _ values: [Float], shape: [Int]? = nil) {
        self.init(name: name, dtype: .f32, shape: shape ?? [values.count], bytes: littleEndianBytes(values))
    }

    /// F64.
    package init(_ name: String, _ values: [Double], shape: [Int]? = nil) {
        self.init(name: name, dtype: .f64, shape: shape ?? [values.count], bytes: littleEndianBytes(values))
    }

    /// I64.
    package init(_ name: String, _ values: [Int64], shape: [Int]? = nil) {
        self.init(name: name, dtype: .i64, shape: shape ?? [values.count], bytes: littleEndianBytes(values))
    }

    /// I64.
    package init(_ name: String, _ values: [Int], shape: [Int]? = nil) { self.init(name, values.map(Int64.init), shape: shape) }

    /// U64: states of random generators, whose 64 bits must survive.
    package init(_ name: String, _ values: [UInt64], shape: [Int]? = nil) {
        self.init(name: name, dtype: .u64, shape: shape ?? [values.count], bytes: littleEndianBytes(values))
    }

    /// I32.
    package init(_ name: String, _ values: [Int32], shape: [Int]? = nil) {
        self.init(name: name, dtype: .i32, shape: shape ?? [values.count], bytes: littleEndianBytes(values))
    }

    /// U8.
    package init(_ name: String, _ values: [UInt8], shape: [Int]? = nil) {
        self.init(name: name, dtype: .u8, shape: shape ?? [values.count], bytes: values)
    }

    /// BOOL, one byte each.
    package init(_ name: String, _ values: [Bool], shape: [Int]? = nil) {
        self.init(name: name, dtype: .bool, shape: shape ?? [values.count], bytes: values.map { $0 ? 1 : 0 })
    }

    // The elements row by row; nil when the tensor has another dtype.
    package var floats: [Float]? { dtype == .f32 ? elements(bytes) : nil }
    package var doubles: [Double]? { dtype == .f64 ? elements(bytes) : nil }
    package var integers: [Int64]? { dtype == .i64 ? elements(bytes) : nil }
    package var words: [UInt64]? { dtype == .u64 ? elements(bytes) : nil }
    package var smallIntegers: [Int32]? { dtype == .i32 ? elements(bytes) : nil }
    package var booleans: [Bool]? { dtype == .bool ? bytes.map { $0 != 0 } : nil }
}

/// The memory of plain numbers. Every machine that Assay builds for is little-endian; one that is not would stop here.
package func littleEndianBytes<Element: BitwiseCopyable>(_ values: [Element]) -> [UInt8] {
    precondition(1.littleEndian == 1, "this machine is big-endian")
    return values.withUnsafeBytes { Array($0) }
}

private func elements<Element: BitwiseCopyable>(_ bytes: [UInt8]) -> [Element] {
    precondition(1.littleEndian == 1, "this machine is big-endian")
    let count = bytes.count / MemoryLayout<Element>.stride
    return [Element](unsafeUninitializedCapacity: count) { buffer, written in
        UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
        written = count
    }
}
