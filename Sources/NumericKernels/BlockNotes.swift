internal import RealModule

/// Which prefix rows the drawn blocks of a batch of replicates touch: one list per replicate and regime, of fixed capacity.
struct BlockNotes {
    let lanes: Int
    private(set) var capacity: Int
    private var storage: UnsafeMutablePointer<UInt64>
    private let counts: UnsafeMutablePointer<Int>
    private let batch: Int

    /// Room for the blocks of `batch` replicates of n bars, ten standard deviations above the expected number.
    init(lanes: Int, batch: Int, bars n: Int, meanBlock: Double) {
        let expected = Double(n) / meanBlock
        self.lanes = lanes
        self.batch = batch
        capacity = min(n, Int(expected + 10 * Double.sqrt(expected)) + 16)
        storage = .allocate(capacity: batch * lanes * (capacity + 1))
        counts = .allocate(capacity: batch * lanes)
    }

    /// Doubles the room; what was noted is lost.
    mutating func grow() {
        storage.deallocate()
        capacity *= 2
        storage = .allocate(capacity: batch * lanes * (capacity + 1))
    }

    /// Start of a list; it has `capacity` places and one that is written but not kept.
    func start(_ slot: Int, _ g: Int) -> UnsafeMutablePointer<UInt64> { storage + (slot * lanes + g) * (capacity + 1) }

    func setCount(_ slot: Int, _ g: Int, _ count: Int) { counts[slot * lanes + g] = count }

    func count(_ slot: Int, _ g: Int) -> Int { counts[slot * lanes + g] }

    func list(_ slot: Int, _ g: Int) -> UnsafeBufferPointer<UInt64> {
        UnsafeBufferPointer(start: start(slot, g), count: counts[slot * lanes + g])
    }

    func free() {
        storage.deallocate()
        counts.deallocate()
    }
}
