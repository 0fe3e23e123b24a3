/// Sobol's low-discrepancy sequence in base 2, unscrambled, in Gray-code order (Antonov and Saleev 1979): 30 bits a coordinate.
///
/// The first 2^k points fill the unit cube evenly in every dimension; the first point is the origin. Equal to
/// `scipy.stats.qmc.Sobol(d, scramble=False)`. Source of the direction numbers: Joe and Kuo 2008 (`SobolDirections`).
package struct SobolSequence: Sendable {
    package static let maximumDimensions = SobolDirections.rows.count + 1
    private static let bits = 30
    /// Direction numbers, [dimensions][bits].
    private let directions: [[UInt32]]
    private var state: [UInt32]
    private var index: UInt32 = 0

    /// Traps unless `dimensions` lies in 1...`maximumDimensions`.
    package init(dimensions: Int) {
        precondition((1...Self.maximumDimensions).contains(dimensions), "a Sobol sequence of \(dimensions) dimensions; 1 to \(Self.maximumDimensions) are tabled")
        directions = (0..<dimensions).map(Self.directions(of:))
        state = [UInt32](repeating: 0, count: dimensions)
    }

    private static func directions(of dimension: Int) -> [UInt32] {
        if dimension == 0 { return (0..<bits).map { 1 << UInt32(bits - 1 - $0) } }
        let (polynomial, initial) = SobolDirections.rows[dimension - 1]
        let degree = initial.count
        // m_k = 2 a_1 m_(k-1) xor 4 a_2 m_(k-2) ... xor 2^s m_(k-s) xor m_(k-s)
        var m = initial
        for k in degree..<bits {
            var next = m[k - degree]
            for i in 1...degree where polynomial >> UInt32(degree - i) & 1 == 1 { next ^= m[k - i] << UInt32(i) }
            m.append(next)
        }
        return m.enumerated().map { $1 << UInt32(bits - 1 - $0) }
    }

    /// The next point, [dimensions], each coordinate in [0, 1). Traps after 2^30 points.
    package mutating func next() -> [Double] {
        if index > 0 {
            let changed = (index - 1).trailingOnes
            precondition(changed < Self.bits, "the sequence has 2^\(Self.bits) points")
            for d in state.indices { state[d] ^= directions[d][changed] }
        }
        index += 1
        return state.map { Double($0) * 0x1p-30 }
    }
}

extension UInt32 {
    /// How many of the lowest bits are 1 without a gap.
    fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
