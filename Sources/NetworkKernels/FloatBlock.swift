/// An owned block of floats, aligned to 64 bytes and zero at first: the memory of parameters, gradients, activations and roll-outs.
///
/// The owner must outlive every `MatrixView` made from it. Sharing between threads is safe as long as no two threads touch
/// overlapping parts and one of them writes, which the callers' fixed division of work guarantees.
// Unchecked: a buffer owner; the division of work above is what keeps it free of races.
package final class FloatBlock: @unchecked Sendable {
    package let count: Int
    let base: UnsafeMutablePointer<Float>

    package init(count: Int) {
        precondition(count >= 0, "FloatBlock of \(count) floats")
        self.count = count
        // Padded to whole vectors, so that kernels may read (never write) a vector's length past the last row.
        let bytes = (count + 31) / 16 * 64
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        base = raw.bindMemory(to: Float.self, capacity: bytes / 4)
        base.initialize(repeating: 0, count: bytes / 4)
    }

    package convenience init(_ values: [Float]) {
        self.init(count: values.count)
        for i in values.indices { base[i] = values[i] }
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    package subscript(_ index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "index \(index) of \(count) floats")
            return base[index]
        }
        set {
            precondition(index >= 0 && index < count, "index \(index) of \(count) floats")
            base[index] = newValue
        }
    }

    /// The floats `offset ..< offset + rows * columns` as a row-major matrix.
    package func matrix(at offset: Int = 0, rows: Int, columns: Int) -> MatrixView {
        precondition(
            offset >= 0 && rows >= 0 && columns >= 0 && offset + rows * columns <= count,
            "matrix [\(rows) x \(columns)] at \(offset) of \(count) floats")
        return MatrixView(base: base + offset, rows: rows, columns: columns, stride: columns)
    }

    /// The floats of `range` as a matrix of one row.
    package func row(_ range: Range<Int>) -> MatrixView { matrix(at: range.lowerBound, rows: 1, columns: range.count) }
    /// All floats as a matrix of one row.
    package var all: MatrixView { matrix(rows: 1, columns: count) }

    package var values: [Float] {
        get { Array(UnsafeBufferPointer(start: base, count: count)) }
        set {
            precondition(newValue.count == count, "\(newValue.count) values for \(count) floats")
            for i in newValue.indices { base[i] = newValue[i] }
        }
    }
}

/// A row-major matrix of floats [rows x columns] in somebody else's `FloatBlock`; rows lie `stride` floats apart.
///
/// A view owns nothing and is two words to pass: it exists so that no reference is counted in the inner loops. It is valid as long as
/// its block lives: name the block in a variable or a property; a view of a temporary block dangles. Element access is for tests and small work; loops belong to the kernels of this module.
// Unchecked: as FloatBlock.
@usableFromInline
package struct MatrixView: @unchecked Sendable {
    @usableFromInline package let base: UnsafeMutablePointer<Float>
    @usableFromInline package let rows: Int
    @usableFromInline package let columns: Int
    @usableFromInline package let stride: Int

    package init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    package var count: Int { rows * columns }
    package var isContiguous: Bool { stride == columns || rows <= 1 }

    package subscript(_ row: Int, _ column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "element (\(row), \(column)) of [\(rows) x \(columns)]")
            return base[row * stride + column]
        }
        nonmutating set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns, "element (\(row), \(column)) of [\(rows) x \(columns)]")
            base[row * stride + column] = newValue
        }
    }

    package func rows(_ range: Range<Int>) -> MatrixView {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
        return MatrixView(base: base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
    }

    package func columns(_ range: Range<Int>) -> MatrixView {
        precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
        return MatrixView(base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// All elements, row by row.
    package var values: [Float] {
        var result = [Float]()
        result.reserveCapacity(count)
        for r in 0..<rows { result.append(contentsOf: UnsafeBufferPointer(start: base + r * stride, count: columns)) }
        return result
    }

    /// Overwrites all elements, row by row.
    package func assign(_ values: [Float]) {
        precondition(values.count == count, "\(values.count) values for [\(rows) x \(columns)]")
        for r in 0..<rows { for c in 0..<columns { base[r * stride + c] = values[r * columns + c] } }
    }

    package func fill(_ value: Float) {
        for r in 0..<rows { (base + r * stride).update(repeating: value, count: columns) }
    }

    package func copy(from other: MatrixView) {
        precondition(other.rows == rows && other.columns == columns, "[\(other.rows) x \(other.columns)] into [\(rows) x \(columns)]")
        for r in 0..<rows { (base + r * stride).update(from: other.base + r * other.stride, count: columns) }
    }
}
