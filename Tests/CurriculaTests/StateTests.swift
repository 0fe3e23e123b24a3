import Curricula
import Testing

@Suite struct StateTests {
    private let three = try! FileTests.curriculum(
        """
          - id: a
            promote_when: hold_share < 50%
            min_episodes: 4
          - id: b
            promote_when: reward > 1 and stage_steps >= 200
            demote_when: hold_share > 90%
            timeout_steps: 1000
            on_timeout: promote
          - id: c
            timeout_steps: 500

        """, extra: "smoothing: 0.5\n")

    private func feed(_ state: inout CurriculumState, _ c: Curriculum, _ metrics: [CurriculumMetric: Double], episodes: Int = 2, now: Int) -> StageChange? {
        state.observe(metrics, steps: 100, episodes: episodes, now: now, in: c, seed: 1)
    }

    @Test func promotionWaitsForEpisodesAndForTheSmoothedMetric() {
        var state = CurriculumState(three)
        // Smoothed .8, .6, then .4: the third look is the first below a half; two looks make the four episodes.
        #expect(feed(&state, three, [.holdShare: 0.8], now: 100) == nil)
        #expect(feed(&state, three, [.holdShare: 0.4], now: 200) == nil && abs(state.metrics[3] - 0.6) < 1e-12)
        let change = feed(&state, three, [.holdShare: 0.2], now: 300)
        #expect(change?.reason == .promoted && change?.from == 0 && change?.to == 1 && change?.step == 300 && change?.stageEpisodes == 6)
        #expect(change.map { abs($0.metrics[3] - 0.4) < 1e-12 } == true && change?.sentence.contains("hold_share < 50%") == true)
        // A new stage is judged by its own behaviour.
        #expect(state.stage == 1 && state.stageSteps == 0 && state.metrics.allSatisfy(\.isNaN))
        var eager = CurriculumState(three)
        #expect(feed(&eager, three, [.holdShare: 0.1], episodes: 3, now: 100) == nil)
        #expect(feed(&eager, three, [.holdShare: 0.1], episodes: 1, now: 200)?.reason == .promoted)
    }

    private func second() -> CurriculumState {
        var state = CurriculumState(three)
        _ = feed(&state, three, [.holdShare: 0], episodes: 9, now: 100)
        return state
    }

    @Test func demotionAndTimeOut() {
        var state = second()
        let back = feed(&state, three, [.holdShare: 0.95], now: 200)
        #expect(back?.reason == .demoted && state.stage == 0)
        state = second()
        var change: StageChange?
        for k in 2...11 { change = feed(&state, three, [.holdShare: 0.5], now: 100 * k) }
        #expect(change?.reason == .timedOutPromoted && state.stage == 2)
        // The last stage has nowhere to go: its time-out is noted once.
        let notes = (1...12).compactMap { feed(&state, three, [:], now: 2000 + 100 * $0) }
        #expect(notes.map(\.reason) == [.timedOutStays] && notes[0].from == notes[0].to && state.stage == 2)
    }

    @Test func whatIsNotKnownHoldsNoRule() {
        var state = second()
        for k in 1...5 { #expect(feed(&state, three, [.holdShare: .nan], now: 100 * k) == nil) }
        #expect(feed(&state, three, [.reward: 2], now: 700)?.reason == .promoted)
        // Neither does one that a comparison with nothing would make true.
        let denied = try! FileTests.curriculum("  - id: a\n    promote_when: not (teacher_agreement > 70%)\n  - id: b\n")
        var blind = CurriculumState(denied)
        #expect(feed(&blind, denied, [:], now: 100) == nil)
        #expect(feed(&blind, denied, [.teacherAgreement: 0.5], now: 200)?.reason == .promoted)
    }

    @Test func failEndsIt() throws {
        let c = try FileTests.curriculum("  - id: a\n    promote_when: entropy > 2\n    timeout_steps: 150\n    on_timeout: fail\n  - id: b\n")
        var state = CurriculumState(c)
        #expect(feed(&state, c, [:], now: 100) == nil)
        let change = feed(&state, c, [:], now: 200)
        #expect(change?.reason == .timedOutFailed && change?.to == 0)
    }

    /// Stage b's reward climbs by .1 a turn, the others' stand still: after the first round b gets .75 + .25/3 of the turns, four in five.
    @Test func learningProgressGoesWhereItMoves() throws {
        let c = try FileTests.curriculum("  - id: a\n  - id: b\n  - id: c\n", order: "learning_progress", extra: "turn_steps: 100\nmeasure: reward\nsmoothing: 1\n")
        var state = CurriculumState(c), turns = [0, 0, 0], climb = 0.0, order: [Int] = []
        for k in 1...600 {
            turns[state.stage] += 1
            order.append(state.stage)
            if state.stage == 1 { climb += 0.1 }
            _ = feed(&state, c, [.reward: state.stage == 1 ? climb : 1], now: 100 * k)
        }
        #expect(Array(order.prefix(3)) == [0, 1, 2])
        // Binomial, 597 turns at .833: 450 is eight standard deviations below.
        #expect(turns[1] > 450 && turns[0] > 10 && turns[2] > 10)
    }

    /// Cut anywhere and read back from its words, the state goes on as it would have.
    @Test(arguments: ["fixed", "learning_progress"]) func wordsAreEverything(_ order: String) throws {
        let c = order == "fixed" ? three : try FileTests.curriculum("  - id: a\n  - id: b\n  - id: c\n", order: order, extra: "turn_steps: 200\n")
        func metrics(_ k: Int) -> [CurriculumMetric: Double] { [.holdShare: Double(k * 37 % 100) / 100, .reward: Double(k * 13 % 7), .entropy: k % 3 == 0 ? .nan : 0.5] }
        var whole = CurriculumState(c), parts = whole
        for k in 1...60 {
            let a = feed(&whole, c, metrics(k), now: 100 * k)
            parts = try #require(CurriculumState(words: parts.words, c))
            #expect(feed(&parts, c, metrics(k), now: 100 * k)?.sentence == a?.sentence)
            #expect(parts == whole)
        }
        #expect(CurriculumState(words: Array(whole.words.dropLast()), c) == nil)
    }
}
