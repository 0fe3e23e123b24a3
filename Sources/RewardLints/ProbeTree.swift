internal import RealModule

/// A classification tree that tells a class from columns of numbers: a probe of what can be read off an observation. F columns, C classes.
///
/// Grown greedily by information gain on columns cut into at most 256 quantile bins (Breiman, Friedman, Olshen and Stone 1984); a split must gain 10 nats over all its rows, which noise does not.
struct ProbeTree {
    private struct Node {
        /// Column, and the last bin that goes left; -1 in a leaf.
        var column = -1
        var bin: UInt8 = 0
        var left = 0, right = 0
        /// Probability of each class, [C].
        var chances: [Double]
    }

    private var nodes: [Node] = []
    private let classes: Int

    /// Column of the first split; nil where nothing told the classes apart.
    var root: Int? { nodes[0].column < 0 ? nil : nodes[0].column }

    static let depth = 8, leastRows = 10, leastGain = 10.0

    /// - Parameters:
    ///   - bins: of every column, [F][T].
    ///   - labels: class of each row, [T].
    ///   - rows: those to learn from.
    init(_ bins: [[UInt8]], labels: [UInt8], classes: Int, rows: [Int]) {
        self.classes = classes
        let counts = Self.count(labels, rows, classes), n = Double(max(1, rows.count))
        grow(bins, labels, rows, counts, prior: counts.map { ($0 + 0.5) / (n + 0.5 * Double(classes)) }, depth: 0)
    }

    /// Probability of each class on a row, [C].
    func chances(_ bins: [[UInt8]], row: Int) -> [Double] {
        var i = 0
        while nodes[i].column >= 0 { i = bins[nodes[i].column][row] <= nodes[i].bin ? nodes[i].left : nodes[i].right }
        return nodes[i].chances
    }

    @discardableResult
    private mutating func grow(_ bins: [[UInt8]], _ labels: [UInt8], _ rows: [Int], _ counts: [Double], prior: [Double], depth: Int) -> Int {
        let index = nodes.count, n = Double(rows.count)
        // Each leaf leans on two rows of its parent's mix.
        let chances = zip(counts, prior).map { ($0 + 2 * $1) / (n + 2) }
        nodes.append(Node(chances: chances))
        guard depth < Self.depth, rows.count >= 2 * Self.leastRows, let split = best(bins, labels, rows, counts) else { return index }
        let left = rows.filter { bins[split.column][$0] <= split.bin }, right = rows.filter { bins[split.column][$0] > split.bin }
        nodes[index].column = split.column
        nodes[index].bin = split.bin
        let a = grow(bins, labels, left, Self.count(labels, left, classes), prior: chances, depth: depth + 1)
        let b = grow(bins, labels, right, Self.count(labels, right, classes), prior: chances, depth: depth + 1)
        nodes[index].left = a
        nodes[index].right = b
        return index
    }

    private func best(_ bins: [[UInt8]], _ labels: [UInt8], _ rows: [Int], _ counts: [Double]) -> (column: Int, bin: UInt8)? {
        let whole = Self.nats(counts)
        guard whole > 0 else { return nil }
        var found: (column: Int, bin: UInt8)?, most = Self.leastGain
        for (f, column) in bins.enumerated() {
            var table = [Double](repeating: 0, count: 256 * classes)
            for t in rows { table[Int(column[t]) * classes + Int(labels[t])] += 1 }
            var left = [Double](repeating: 0, count: classes), right = counts, size = 0.0
            for bin in 0..<255 {
                var here = 0.0
                for c in 0..<classes {
                    let x = table[bin * classes + c]
                    left[c] += x
                    right[c] -= x
                    here += x
                }
                size += here
                guard here > 0, size >= Double(Self.leastRows), Double(rows.count) - size >= Double(Self.leastRows) else { continue }
                let gain = whole - Self.nats(left) - Self.nats(right)
                if gain > most { (found, most) = ((f, UInt8(bin)), gain) }
            }
        }
        return found
    }

    private static func count(_ labels: [UInt8], _ rows: [Int], _ classes: Int) -> [Double] {
        var counts = [Double](repeating: 0, count: classes)
        for t in rows { counts[Int(labels[t])] += 1 }
        return counts
    }

    /// Entropy of some counts times their sum.
    private static func nats(_ counts: [Double]) -> Double {
        let n = counts.reduce(0, +)
        return n > 0 ? counts.reduce(0) { $1 > 0 ? $0 - $1 * Double.log($1 / n) : $0 } : 0
    }

    /// Every value's bin by quantiles of the values at `rows`: one bin a value where there are at most 255. NaN has the last.
    static func bins(_ values: [Double], rows: [Int]) -> [UInt8] {
        let sorted = rows.map { values[$0] }.filter { !$0.isNaN }.sorted()
        var edges = Array(Set(sorted)).sorted()
        if edges.count > 255 { edges = (1...254).map { sorted[$0 * sorted.count / 255] } }
        return values.map { value in
            if value.isNaN { return 255 }
            // The first edge that is not below the value.
            var low = 0, high = edges.count
            while low < high {
                let middle = (low + high) / 2
                if edges[middle] < value { low = middle + 1 } else { high = middle }
            }
            return UInt8(min(254, low))
        }
    }
}
