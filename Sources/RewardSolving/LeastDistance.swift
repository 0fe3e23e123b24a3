/// Least-distance programming: the point nearest to the origin under linear inequalities, by Lawson and Hanson's reduction to non-negative least squares.
///
/// min |y| subject to G y >= h, G [m x n]. With u >= 0 minimising |E u - f|, E = [G^T; h^T] and f the last unit vector, and r = E u - f: y = -r[0..<n] / r[n], and
/// there is no such point when r is 0. Dense and small: O(m n^2) a step of the active set, for tens of unknowns.
/// Source: Lawson and Hanson 1974, "Solving Least Squares Problems", chapter 23, algorithms NNLS (23.10) and LDP (23.27).
package enum LeastDistance {
    /// Below this the residual of the reduced problem counts as 0: points farther away than 1e5 times the largest distance of one inequality are not found.
    private static let smallest = 1e-5

    /// The nearest point, [n]; nil where the inequalities contradict each other. Rows of zeros hold or contradict by themselves.
    package static func nearest(rows: [[Double]], bounds: [Double]) -> [Double]? {
        guard let n = rows.first?.count else { return [] }
        precondition(rows.count == bounds.count && rows.allSatisfy { $0.count == n }, "\(rows.count) rows, \(bounds.count) bounds")
        var G: [[Double]] = [], h: [Double] = []
        for (row, bound) in zip(rows, bounds) {
            let length = norm(row)
            if length < 1e-14 {
                if bound > 1e-12 { return nil }
                continue
            }
            G.append(row.map { $0 / length })
            h.append(bound / length)
        }
        if h.allSatisfy({ $0 <= 0 }) { return [Double](repeating: 0, count: n) }
        // The unit is what has to be moved: a bound far off that holds anyway (at least -1e6) would make everything else look like rounding.
        let size = h.max() ?? 1
        // Columns of E, one for each inequality, brought to length 1.
        let columns = zip(G, h).map { row, bound in
            let column = row + [bound / size], length = norm(column)
            return column.map { $0 / length }
        }
        let u = nonNegative(columns, target: [Double](repeating: 0, count: n) + [1])
        var r = [Double](repeating: 0, count: n) + [-1]
        for (column, weight) in zip(columns, u) where weight > 0 { for i in r.indices { r[i] += weight * column[i] } }
        guard norm(r) > smallest, r[n] < 0 else { return nil }
        let nearest = (0..<n).map { -r[$0] / r[n] * size }
        // Rounding is no answer.
        let slip = 1e-6 * (size + norm(nearest))
        return zip(G, h).allSatisfy { dot($0, nearest) >= $1 - slip } ? nearest : nil
    }

    /// u >= 0 that minimises |sum u_j columns_j - target|, by an active set.
    package static func nonNegative(_ columns: [[Double]], target: [Double]) -> [Double] {
        let m = columns.count
        var u = [Double](repeating: 0, count: m), passive: [Int] = []
        var blocked: Set<Int> = []
        for _ in 0..<30 * (m + 3) {
            var r = target
            for j in passive { for i in r.indices { r[i] -= u[j] * columns[j][i] } }
            // The column that the residual leans on most.
            var best = -1, most = 1e-13
            for j in 0..<m where !passive.contains(j) && !blocked.contains(j) {
                let pull = dot(columns[j], r)
                if pull > most { (best, most) = (j, pull) }
            }
            if best < 0 { return u }
            passive.append(best)
            var isNew = true
            while !passive.isEmpty {
                guard let z = leastSquares(passive.map { columns[$0] }, target) else {
                    // Depends on the columns there: it cannot help now.
                    passive.removeLast()
                    blocked.insert(best)
                    break
                }
                if isNew {
                    isNew = false
                    if z[z.count - 1] <= 0 {
                        passive.removeLast()
                        blocked.insert(best)
                        break
                    }
                    blocked = []
                }
                if z.allSatisfy({ $0 > 0 }) {
                    for (k, j) in passive.enumerated() { u[j] = z[k] }
                    break
                }
                var step = 1.0
                for (k, j) in passive.enumerated() where z[k] <= 0 { step = min(step, u[j] / (u[j] - z[k])) }
                for (k, j) in passive.enumerated() { u[j] += step * (z[k] - u[j]) }
                for j in passive where u[j] <= 1e-15 { u[j] = 0 }
                passive.removeAll { u[$0] == 0 }
            }
        }
        return u
    }

    /// Unconstrained least squares over a few columns by Householder reflections; nil where they depend on each other.
    private static func leastSquares(_ columns: [[Double]], _ target: [Double]) -> [Double]? {
        let n = target.count, k = columns.count
        guard k <= n else { return nil }
        var A = columns, b = target
        var diagonal = [Double](repeating: 0, count: k)
        for j in 0..<k {
            var length = 0.0
            for i in j..<n { length += A[j][i] * A[j][i] }
            length = length.squareRoot()
            guard length > 1e-12 * max(1, norm(columns[j])) else { return nil }
            let alpha = A[j][j] > 0 ? -length : length
            A[j][j] -= alpha
            var square = 0.0
            for i in j..<n { square += A[j][i] * A[j][i] }
            func reflect(_ x: inout [Double]) {
                var s = 0.0
                for i in j..<n { s += A[j][i] * x[i] }
                s *= 2 / square
                for i in j..<n { x[i] -= s * A[j][i] }
            }
            for c in j + 1..<max(j + 1, k) {
                var column = A[c]
                reflect(&column)
                A[c] = column
            }
            reflect(&b)
            diagonal[j] = alpha
        }
        var x = [Double](repeating: 0, count: k)
        for j in stride(from: k - 1, through: 0, by: -1) {
            var s = b[j]
            for c in j + 1..<max(j + 1, k) { s -= A[c][j] * x[c] }
            x[j] = s / diagonal[j]
        }
        return x
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var s = 0.0
        for i in a.indices { s += a[i] * b[i] }
        return s
    }

    private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }
}
