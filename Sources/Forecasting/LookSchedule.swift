/// When surrogate runs are looked at: at equal distances on the way, and up to four times in the last tenth, whose mean is the end: noise that comes and goes is not what a forecast is about.
struct LookSchedule {
    private let updates, tail, tailLooks, points: Int

    init(updates: Int, points: Int, lastLooks: Int = 4) {
        self.updates = updates
        tail = max(1, updates / 10)
        tailLooks = min(lastLooks, tail)
        self.points = max(1, min(points, updates))
    }

    func isNearTheEnd(_ done: Int) -> Bool { updates - done < tail && (updates - done) * tailLooks % tail < tailLooks }
    func isOnTheWay(_ done: Int) -> Bool { done < updates && done * points / updates > (done - 1) * points / updates }

    /// Look by look over several runs, [runs][looks] -> [looks].
    func means<Look>(_ courses: [[Look]], _ mean: ([Look], Int) -> Look) -> [Look] where Look: SteppedLook {
        courses.count == 1 ? courses[0] : courses[0].indices.map { k in mean(courses.map { $0[k] }, courses[0][k].step) }
    }
}

/// A look at a policy after so many environment steps.
protocol SteppedLook { var step: Int { get } }
extension MixSnapshot: SteppedLook {}
extension PositionSnapshot: SteppedLook {}

extension ForecastSettings {
    /// Seeds of the surrogate runs; the first is that of a forecast of one run.
    func runSeeds(atLeast fewest: Int) -> [UInt64] { (0..<UInt64(max(fewest, runs))).map { seed &+ 1_000 &+ 10_000 * $0 } }
}
