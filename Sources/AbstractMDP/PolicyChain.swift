internal import RealModule

/// The Markov chain that a policy makes of a process: S states, its transitions weighed by the policy's probabilities.
struct PolicyChain {
    private let starts: [Int32]
    private let targets: [Int32]
    private let weights: [Double]

    var states: Int { starts.count - 1 }

    /// `policy`: probabilities of the actions, [S x A]; they need not add up to 1, nor be positive (a derivative's weights).
    init(_ process: MarkovDecisionProcess, _ policy: [Double]) {
        var starts: [Int32] = [0], targets: [Int32] = [], weights: [Double] = []
        starts.reserveCapacity(process.states + 1)
        for s in 0..<process.states {
            for a in 0..<process.actions where policy[s * process.actions + a] != 0 {
                let pair = s * process.actions + a
                for i in process.starts[pair]..<process.starts[pair + 1] {
                    targets.append(process.targets[i])
                    weights.append(policy[pair] * process.probabilities[i])
                }
            }
            starts.append(Int32(targets.count))
        }
        (self.starts, self.targets, self.weights) = (starts, targets, weights)
    }

    /// out = values - discount P values, [S].
    private func less(_ discount: Double, of values: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>) {
        starts.withUnsafeBufferPointer { starts in
            targets.withUnsafeBufferPointer { targets in
                weights.withUnsafeBufferPointer { weights in
                    for s in 0..<starts.count - 1 {
                        var sum = 0.0
                        for i in Int(starts[s])..<Int(starts[s + 1]) { sum += weights[i] * values[Int(targets[i])] }
                        out[s] = values[s] - discount * sum
                    }
                }
            }
        }
    }

    /// out = shares - remaining P^T shares, [S].
    private func outflow(of shares: UnsafePointer<Double>, remaining: Double, into out: UnsafeMutablePointer<Double>) {
        starts.withUnsafeBufferPointer { starts in
            targets.withUnsafeBufferPointer { targets in
                weights.withUnsafeBufferPointer { weights in
                    for s in 0..<starts.count - 1 { out[s] = shares[s] }
                    for s in 0..<starts.count - 1 where shares[s] != 0 {
                        let mass = remaining * shares[s]
                        for i in Int(starts[s])..<Int(starts[s + 1]) { out[Int(targets[i])] -= mass * weights[i] }
                    }
                }
            }
        }
    }

    /// One sweep of x = own + discount P x, forwards and back.
    private func sweep(_ x: UnsafeMutablePointer<Double>, _ own: [Double], _ discount: Double) {
        func update(_ s: Int) {
            var sum = 0.0, diagonal = 0.0
            for i in Int(starts[s])..<Int(starts[s + 1]) {
                if Int(targets[i]) == s { diagonal += weights[i] } else { sum += weights[i] * x[Int(targets[i])] }
            }
            // Solved for the state itself, where that is safe: weights of a derivative may exceed 1.
            let left = 1 - discount * diagonal
            x[s] = left > 1e-6 ? (own[s] + discount * sum) / left : own[s] + discount * (sum + diagonal * x[s])
        }
        for s in 0..<states { update(s) }
        for s in stride(from: states - 1, through: 0, by: -1) { update(s) }
    }

    /// Values x of x = own + discount P x, [S], from a first guess; until no state misses its own equation by more than `tolerance`, or rounding allows no more.
    func values(_ own: [Double], discount: Double, from guess: [Double], tolerance: Double) -> [Double] {
        solved(from: guess, own, tolerance: tolerance) { less(discount, of: $0, into: $1) } relax: { x, _ in
            for _ in 0..<Self.sweeps { sweep(x, own, discount) }
        }
    }

    /// Share of the time in each state, [S], when episodes of `episode` steps on average begin in `start`, a distribution: they end with the same chance at every step. `episode` infinite: where the
    /// chain is in the long run. `guess`: shares near the answer, read where episodes end.
    ///
    /// The limit of start P^n (of its means, where the chain has a period) solves x = x P, and differs from `start` by something in the range of 1 - P: what GMRES finds from there, with several
    /// classes that are never left too.
    func visits(from start: [Double], episode: Double = .infinity, guess: [Double]? = nil, tolerance: Double = 1e-14) -> [Double] {
        let ends = 1 / max(1, episode)
        var shares = solved(from: ends > 0 ? guess ?? start : start, start.map { ends * $0 }, tolerance: tolerance) { outflow(of: $0, remaining: 1 - ends, into: $1) } relax: { x, scratch in
            // Steps of the chain itself, a little lazy against a period.
            for _ in 0..<Self.sweeps {
                outflow(of: x, remaining: 1 - ends, into: scratch)
                for s in 0..<states { x[s] += 0.9 * (ends * start[s] - scratch[s]) }
            }
        }
        // Rounding leaves states that are never met a little more or less than nothing.
        for s in 0..<states where shares[s] < 10 * tolerance { shares[s] = 0 }
        let sum = shares.reduce(0, +)
        return shares.map { $0 / sum }
    }

    /// Directions that GMRES keeps before it starts over, and how often it may.
    private static let basis = 40, cycles = 2_000
    /// Sweeps, or steps of the chain, taken where GMRES does not get on.
    private static let sweeps = 100

    /// Solves A x = b by GMRES, restarted (Saad and Schultz 1986), until no component of b - A x is larger than `tolerance` or rounding allows no more.
    ///
    /// On long walks, whose next state is always a neighbour, a restart forgets what it was about: whichever of a round of GMRES and one of `relax` brings more for its multiplications comes next.
    private func solved(
        from guess: [Double], _ b: [Double], tolerance: Double, apply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void,
        relax: (_ x: UnsafeMutablePointer<Double>, _ scratch: UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        let n = states, size = min(Self.basis, n)
        var x = guess, mark = Double.infinity, since = 0, last = Double.infinity, space = [Double](repeating: 0, count: (size + 1) * n)
        // Multiplications of a round, and what the last one of each kind brought for one: GMRES, `relax`.
        let work = [Double(size * (weights.count + size * n)), Double(2 * Self.sweeps * weights.count)]
        var gain = [Double.infinity, 0], kind = 0
        space.withUnsafeMutableBufferPointer { space in
            x.withUnsafeMutableBufferPointer { x in
                guard let vectors = space.baseAddress, let x = x.baseAddress else { return }
                for round in 0..<Self.cycles {
                    apply(x, vectors)
                    var largest = 0.0, extent = 0.0
                    for s in 0..<n {
                        vectors[s] = b[s] - vectors[s]
                        largest = max(largest, abs(vectors[s]))
                        extent = max(extent, abs(x[s]))
                    }
                    (mark, since) = largest < 0.5 * mark ? (largest, 0) : (mark, since + 1)
                    // Not halved for long: what is left is rounding.
                    if largest <= max(tolerance, 8 * Double.ulpOfOne * extent) || since > 40 { break }
                    if round > 0 { gain[kind] = Double.log(last / largest) / work[kind] }
                    last = largest
                    kind = gain[0] >= gain[1] ? 0 : 1
                    // Now and then the other is tried again, and `relax` for the first time where GMRES did little.
                    if round % 10 == 9 { kind = 1 - kind } else if round == 1, gain[0] * work[0] < 2 { kind = 1 }
                    if kind == 1 {
                        relax(x, vectors)
                        continue
                    }
                    let y = directions(vectors, size, tolerance: tolerance, apply: apply)
                    for (k, along) in y.enumerated() { for s in 0..<n { x[s] += along * vectors[k * n + s] } }
                }
            }
        }
        return x
    }

    /// Builds up to `size` orthonormal directions after the residual, `vectors` [0], which it scales to length 1, and returns how far to go along each.
    private func directions(
        _ vectors: UnsafeMutablePointer<Double>, _ size: Int, tolerance: Double, apply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        let n = states
        func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>) -> Double {
            // Eight sums side by side: one alone waits for itself.
            var sums = SIMD8<Double>.zero, tail = 0.0
            let whole = n & ~7
            for s in stride(from: 0, to: whole, by: 8) {
                for j in 0..<8 { sums[j] += a[s + j] * b[s + j] }
            }
            for s in whole..<n { tail += a[s] * b[s] }
            return sums.sum() + tail
        }
        let length = dot(vectors, vectors).squareRoot()
        for s in 0..<n { vectors[s] /= length }
        var columns: [[Double]] = [], turns: [(c: Double, s: Double)] = [], right = [length]
        for k in 0..<size {
            let image = vectors + (k + 1) * n
            apply(vectors + k * n, image)
            var column: [Double] = []
            for j in 0...k {
                let direction = vectors + j * n, along = dot(direction, image)
                column.append(along)
                for s in 0..<n { image[s] -= along * direction[s] }
            }
            let below = dot(image, image).squareRoot(), before = column.reduce(0) { max($0, abs($1)) }
            for (j, turn) in turns.enumerated() {
                let upper = column[j], lower = column[j + 1]
                column[j] = turn.c * upper + turn.s * lower
                column[j + 1] = turn.c * lower - turn.s * upper
            }
            let radius = Double.hypot(column[k], below), turn = radius > 0 ? (c: column[k] / radius, s: below / radius) : (c: 1, s: 0)
            column[k] = radius
            turns.append(turn)
            columns.append(column)
            right.append(-turn.s * right[k])
            right[k] *= turn.c
            if below <= 1e-14 * max(before, 1e-300) || abs(right[k + 1]) <= 0.1 * tolerance { break }
            for s in 0..<n { image[s] /= below }
        }
        var y = [Double](repeating: 0, count: columns.count)
        for k in stride(from: columns.count - 1, through: 0, by: -1) {
            var sum = right[k]
            for j in k + 1..<max(k + 1, columns.count) { sum -= columns[j][k] * y[j] }
            y[k] = columns[k][k] != 0 ? sum / columns[k][k] : 0
        }
        return y
    }
}
