internal import NumericKernels

/// Weight vectors to fit an emulator to, around the file's own: the first is the file's. Of the others one half moves every weight between nothing and twice itself, and one half moves one to
/// three of them over the whole slider, three times their size to either side; terms of weight 0 stay there.
///
/// Each half spreads its numbers by a rank-1 lattice (generalised golden ratio) with a random shift.
package func weightDesigns(_ weights: [Double], count: Int, seed: UInt64) -> [[Double]] {
    let moved = weights.indices.filter { weights[$0] != 0 }
    if moved.isEmpty || count < 2 { return [weights] }
    var random = RandomStream(seed: seed, purpose: "weight designs")
    let golden = generalisedGoldenRatio(dimensions: moved.count)
    let shifts = moved.map { _ in random.uniform() }
    var designs = [weights]
    for i in 1..<count {
        var design = weights
        if i % 2 == 1 {
            for (d, k) in moved.enumerated() { design[k] = 2 * weights[k] * fraction(shifts[d] + Double((i + 1) / 2) * golden[d]) }
        } else {
            for _ in 0...random.below(3) {
                let k = moved[Int(random.below(UInt64(moved.count)))]
                design[k] = weights[k] * (6 * random.uniform() - 3)
            }
        }
        designs.append(design)
    }
    return designs
}

private func fraction(_ x: Double) -> Double { x - x.rounded(.down) }

/// 1 / phi, 1 / phi^2, ... of the positive root of phi^(d + 1) = phi + 1: steps whose multiples fill the unit cube evenly.
private func generalisedGoldenRatio(dimensions: Int) -> [Double] {
    var phi = 2.0
    for _ in 0..<60 {
        var root = 1 + phi
        // (1 + phi)^(1 / (d + 1)) by Newton's iteration on x^(d + 1) = 1 + phi.
        var x = phi
        for _ in 0..<60 {
            var power = 1.0
            for _ in 0..<dimensions { power *= x }
            let next = x - (power * x - root) / (Double(dimensions + 1) * power)
            if next == x { break }
            x = next
        }
        root = x
        phi = root
    }
    var steps: [Double] = [], step = 1.0
    for _ in 0..<dimensions {
        step /= phi
        steps.append(step)
    }
    return steps
}
