/// Cumulative sums of a regime table, laid out so that a block of bars costs two row reads per regime it touches.
///
/// Regime g owns `count_g + 1` consecutive rows: the sums over its first 0, 1, 2, ... bars (compact prefix sums). All regimes together have about
/// as many rows as there are bars, so the table stays in the second-level cache where one wide row a bar would not.
/// `positions` says at which row each regime stands before bar t; differences of rows are bar counts.
/// Both run past the end of the series by the longest block, so that a block that wraps round needs no special case.
struct BlockTable: Sendable {
    /// Positions per bar: 4, or 16 for more than four regimes.
    let lanes: Int
    /// Row of regime g before bar t at `t * lanes + g`, t from 0 to n + longest block.
    let positions: [UInt32]
    /// Prefix sums, vector k of row r at `k * tableRows + r`.
    let prefix: [SIMD8<Double>]
    let tableRows: Int

    init(_ table: RegimeTable, longestBlock: Int) {
        let n = table.rows, length = n + min(longestBlock, n), regimes = table.regimes
        var own = table.counts.map { $0 + 1 }
        for t in n..<length where Int(table.labels[t - n]) < regimes { own[Int(table.labels[t - n])] += 1 }
        var first = [Int](repeating: 0, count: regimes)
        for g in 1..<regimes { first[g] = first[g - 1] + own[g - 1] }
        tableRows = own.reduce(0, +)
        lanes = regimes <= 4 ? 4 : 16

        var positions = [UInt32](repeating: 0, count: (length + 1) * lanes)
        var prefix = [SIMD8<Double>](repeating: .zero, count: tableRows * table.vectors)
        for t in 0...length {
            for g in 0..<regimes { positions[t * lanes + g] = UInt32(first[g]) }
            if t == length { break }
            let bar = t < n ? t : t - n
            let g = Int(table.labels[bar])
            if g >= regimes { continue }
            let row = first[g]
            for k in 0..<table.vectors { prefix[k * tableRows + row + 1] = prefix[k * tableRows + row] + table.centred[k * n + bar] }
            first[g] = row + 1
        }
        self.positions = positions
        self.prefix = prefix
    }
}

/// One bootstrap run over raw memory: the loops of `stationaryBootstrap`.
///
/// Two phases, so that neither has branches that the processor cannot foresee: the first draws the blocks of `batch` replicates and notes,
/// regime by regime, which rows each block touches; the second runs through one regime's notes with its sums in registers.
///
/// `@unchecked Sendable`: the pointers are result rows of which every replicate writes its own elements.
struct BootstrapJob: @unchecked Sendable {
    let plan: BootstrapPlan
    let table: RegimeTable
    let deviations: UnsafeMutablePointer<Double>
    let errors: UnsafeMutablePointer<Double>?
    let bars: UnsafeMutablePointer<UInt32>

    /// Replicates whose blocks are drawn before any is summed: enough to keep one regime's rows in cache, few enough for the notes.
    static let batch = 16

    func run() {
        if plan.meanBlock == 1 { runBarByBar() } else { runBlocks() }
    }

    private func runBlocks() {
        let lengths = geometricLengths(mean: plan.meanBlock)
        let blocks = BlockTable(table, longestBlock: Int(lengths[65_535]))
        lengths.withUnsafeBufferPointer { lengths in
            blocks.prefix.withUnsafeBufferPointer { prefix in
                blocks.positions.withUnsafeBufferPointer { positions in
                    nonisolated(unsafe) let lengths = lengths.baseAddress!, prefix = prefix.baseAddress!, positions = positions.baseAddress!
                    parallelFor(count: plan.replicates, threads: plan.threads, chunk: 4 * Self.batch) { range in
                        var notes = BlockNotes(lanes: blocks.lanes, batch: Self.batch, bars: table.rows, meanBlock: plan.meanBlock)
                        defer { notes.free() }
                        var first = range.lowerBound
                        while first < range.upperBound {
                            let batch = first..<min(first + Self.batch, range.upperBound)
                            while !draw(batch, notes, lengths, positions) { notes.grow() }
                            for k in 0..<table.vectors {
                                for g in 0..<table.regimes {
                                    for replicate in batch {
                                        sum(replicate, notes.list(replicate - first, g), prefix + k * blocks.tableRows, regime: g, vector: k)
                                    }
                                }
                            }
                            first = batch.upperBound
                        }
                    }
                }
            }
        }
    }

    /// Draws the blocks of a batch; false when a list was too short.
    private func draw(
        _ batch: Range<Int>, _ notes: BlockNotes, _ lengths: UnsafePointer<UInt16>, _ positions: UnsafePointer<UInt32>
    ) -> Bool {
        for replicate in batch {
            let slot = replicate - batch.lowerBound
            let fits =
                notes.lanes == 4
                ? draw(replicate, slot, notes, lengths, positions, as: SIMD4<UInt32>.self)
                : draw(replicate, slot, notes, lengths, positions, as: SIMD16<UInt32>.self)
            if !fits { return false }
        }
        return true
    }

    /// Draws blocks until n bars are covered and notes (first row, row after the last) for every regime that a block touches.
    ///
    /// In pieces of 256 blocks: positions are first copied block by block, then sifted regime by regime, which keeps one
    /// destination in a register (four at once spill) and needs no branch on what a block touches.
    @inline(__always)
    private func draw<Row: SIMD>(
        _ replicate: Int, _ slot: Int, _ notes: BlockNotes, _ lengths: UnsafePointer<UInt16>, _ positions: UnsafePointer<UInt32>, as _: Row.Type
    ) -> Bool where Row.Scalar == UInt32 {
        let lanes = Row.scalarCount, piece = 256
        let rows = UnsafeRawPointer(positions).assumingMemoryBound(to: Row.self)
        return withUnsafeTemporaryAllocation(of: Row.self, capacity: 2 * piece) { ends in
            let ends = ends.baseAddress!
            let drawn = UnsafeRawPointer(ends).assumingMemoryBound(to: UInt32.self)
            var random = RandomStream(seed: plan.seed, purpose: "stationary-bootstrap", index: UInt64(replicate))
            let n = UInt64(table.rows)
            var remaining = table.rows, room = notes.capacity
            for g in 0..<table.regimes { notes.setCount(slot, g, 0) }
            while remaining > 0 {
                var blocks = 0
                while blocks < piece && remaining > 0 {
                    let bits = random.next()
                    let start = Int(truncatingIfNeeded: bits.multipliedFullWidth(by: n).high)
                    let length = min(Int(lengths[Int(truncatingIfNeeded: bits & 0xffff)]), remaining)
                    remaining &-= length
                    ends[blocks &* 2] = rows[start]
                    ends[blocks &* 2 &+ 1] = rows[start &+ length]
                    blocks &+= 1
                }
                if blocks > room { return false }
                room -= blocks
                for g in 0..<table.regimes {
                    let first = notes.start(slot, g)
                    var next = first + notes.count(slot, g), at = drawn + g
                    for _ in 0..<blocks {
                        let low = at[0], high = at[lanes]
                        next.pointee = UInt64(low) | UInt64(high) &<< 32
                        next += low == high ? 0 : 1
                        at += 2 &* lanes
                    }
                    notes.setCount(slot, g, next - first)
                }
            }
            return true
        }
    }

    /// Sums over one regime's blocks in one replicate, turned into deviations and standard errors.
    private func sum(_ replicate: Int, _ list: UnsafeBufferPointer<UInt64>, _ prefix: UnsafePointer<SIMD8<Double>>, regime g: Int, vector k: Int) {
        var u1 = SIMD8<Double>.zero, uu = u1, uv = u1
        var v1: UInt32 = 0, vv = 0.0
        for note in list {
            let low = UInt32(truncatingIfNeeded: note), high = UInt32(truncatingIfNeeded: note &>> 32)
            let bars = high &- low
            let u = prefix[Int(high)] - prefix[Int(low)], v = Double(bars)
            u1 += u
            uu.addProduct(u, u)
            uv.addProduct(u, SIMD8(repeating: v))
            v1 &+= bars
            vv += v * v
        }
        store(replicate, regime: g, vector: k, u1, uu, uv, bars: v1, vv)
    }

    /// Blocks of one bar: counts how often each bar is drawn, then runs once through the rows, weighted.
    private func runBarByBar() {
        let blocks = BlockTable(table, longestBlock: 0)
        let n = table.rows, spare = UInt32(blocks.tableRows)
        let rows = (0..<n).map { Int(table.labels[$0]) < table.regimes ? blocks.positions[$0 * blocks.lanes + Int(table.labels[$0])] : spare }
        parallelFor(count: plan.replicates, threads: plan.threads, chunk: Self.batch) { range in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: blocks.tableRows + 1) { weights in
                for replicate in range {
                    weights.initialize(repeating: 0)
                    let weight = weights.baseAddress!
                    var random = RandomStream(seed: plan.seed, purpose: "stationary-bootstrap", index: UInt64(replicate))
                    rows.withUnsafeBufferPointer { rows in
                        let rows = rows.baseAddress!
                        for _ in 0..<n {
                            let bar = Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(n)).high)
                            weight[Int(rows[bar])] &+= 1
                        }
                    }
                    blocks.prefix.withUnsafeBufferPointer { prefix in
                        for k in 0..<table.vectors {
                            for g in 0..<table.regimes {
                                sumWeighted(
                                    replicate, weight, prefix.baseAddress! + k * blocks.tableRows, from: Int(blocks.positions[g]), regime: g, vector: k)
                            }
                        }
                    }
                }
            }
        }
    }

    private func sumWeighted(
        _ replicate: Int, _ weight: UnsafePointer<UInt32>, _ prefix: UnsafePointer<SIMD8<Double>>, from first: Int, regime g: Int, vector k: Int
    ) {
        var u1 = SIMD8<Double>.zero, uu = u1, v1: UInt32 = 0
        var lower = prefix[first]
        for row in first..<first + table.counts[g] {
            let upper = prefix[row + 1]
            let x = upper - lower, wx = x * Double(weight[row])
            lower = upper
            v1 &+= weight[row]
            u1 += wx
            uu.addProduct(wx, x)
        }
        store(replicate, regime: g, vector: k, u1, uu, u1, bars: v1, Double(v1))
    }

    /// Deviations sum u / sum v and their squared errors sum (u - d v)^2 / (sum v)^2.
    @inline(__always)
    private func store(
        _ replicate: Int, regime g: Int, vector k: Int, _ u1: SIMD8<Double>, _ uu: SIMD8<Double>, _ uv: SIMD8<Double>, bars v1: UInt32, _ vv: Double
    ) {
        let b = plan.replicates, columns = table.columns, count = Double(v1)
        bars[g * b + replicate] = v1
        let deviation = u1 / count
        let variance = (uu - deviation * (2 * uv - deviation * vv)) / (count * count)
        for lane in 0..<min(8, columns - k * 8) {
            let place = (g * columns + k * 8 + lane) * b + replicate
            deviations[place] = v1 > 0 ? deviation[lane] : .nan
            if plan.studentised, let errors { errors[place] = v1 > 0 ? max(variance[lane], 0).squareRoot() : .nan }
        }
    }
}
