import NumericKernels
import Testing

@Suite struct RanksTests {
    @Test func ranksByHand() {
        let (ranks, distinct) = denseRanks([3, -1, .nan, 0, -0.0, 3, .infinity, -.infinity, 1e-300])
        // -inf, -1, 0 and -0, 1e-300, 3 and 3, inf, nan
        #expect(ranks == [4, 1, 6, 2, 2, 4, 5, 0, 3])
        #expect(distinct == 7)
        #expect(denseRanks([]).ranks.isEmpty)
    }

    /// A window slides over values in random order: the counter's answer equals counting.
    @Test(arguments: [1, 63, 64, 65, 5_000]) func countsBelow(_ places: Int) {
        var random = RandomStream(seed: 4, purpose: "ranks")
        let ranks = (0..<2_000).map { _ in Int32(random.below(UInt64(places))) }
        var counter = RankCounter(places: places)
        for t in ranks.indices {
            if t >= 300 { counter.remove(ranks[t - 300]) }
            counter.insert(ranks[t])
            guard t % 37 == 0 else { continue }
            let window = ranks[max(0, t - 299)...t]
            #expect(counter.count == window.count)
            #expect(counter.countBelow(ranks[t]) == window.filter { $0 < ranks[t] }.count)
        }
    }
}
