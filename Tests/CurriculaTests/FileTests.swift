import ComponentKit
import Curricula
import Foundation
import TestSupport
import Testing

@Suite struct FileTests {
    static func curriculum(_ stages: String, order: String = "fixed", environment: String = "spot", extra: String = "") throws -> Curriculum {
        try Curriculum(
            file: "c.yaml", text: "schema: 1\nname: c\nenvironment: \(environment)\norder: \(order)\n\(extra)stages:\n\(stages)", rewardTerms: ["base_return", "trade_cost"])
    }

    @Test func aStageIsReadWhole() throws {
        let c = try Self.curriculum(
            """
              - id: first
                draw:
                  regimes: [TRENDING, CRISIS]
                start:
                  steps_before_exit: 12
                  share: 50%
                knobs:
                  fee_multiplier: 0.5
                  episode_bars: 100
                reward:
                  trade_cost: -0.5
                ramp_steps: 5000
                promote_when: hold_share < 90% and expectancy > 0
                demote_when: entropy < 0.1
                min_episodes: 20
                timeout_steps: 9000
                on_timeout: promote
              - id: second

            """)
        let stage = c.stages[0]
        #expect(c.stages.map(\.id) == ["first", "second"] && c.order == .fixed)
        #expect(stage.regimes == [1, 3] && stage.start == StartStates(stepsBeforeExit: 12, share: 0.5))
        #expect(stage.knobs == ["fee_multiplier": 0.5, "episode_bars": 100] && stage.reward == ["trade_cost": -0.5] && stage.rampSteps == 5000)
        #expect(stage.promote?.text == "hold_share < 90% and expectancy > 0" && stage.demote != nil && stage.minEpisodes == 20)
        #expect(stage.timeoutSteps == 9000 && stage.onTimeout == .promote && c.stages[1].onTimeout == .stay)
    }

    /// The example of the specification, word for word.
    @Test func theSpecificationsExampleIsRead() throws {
        let c = try Curriculum(
            file: "c.yaml",
            text: """
                schema: 1
                name: scalper
                environment: options
                order: fixed               # fixed | learning_progress | backward
                stages:
                  - id: simple-scalps
                    draw:
                      regimes: [LOW_VOL, TRENDING]
                    knobs:
                      fee_multiplier: 0
                      actions: [HOLD, BUY_CALL, EXIT]
                      episode_minutes: 60
                      ent_coef: 0.05
                      teacher_kl: 0.5
                      reward.missed_opportunity: -0.1
                    promote_when: setup_lift > 2 and round_trips > 1
                    demote_when: entropy < 0.1
                    min_episodes: 200
                    timeout_steps: 200000
                    on_timeout: stay       # stay | promote | fail

                """, rewardTerms: ["missed_opportunity"])
        let stage = c.stages[0]
        #expect(stage.knobs == ["fee_multiplier": 0, "episode_minutes": 60, "ent_coef": 0.05, "kl_coef": 0.5])
        #expect(stage.reward == ["missed_opportunity": -0.1] && stage.actions == ["HOLD", "BUY_CALL", "EXIT"])
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String, stages: String, code: String, word: String
        var order = "fixed", environment = "spot", extra = ""
    }

    static let faults = [
        Fault(testDescription: "unknown term as a knob", stages: "  - id: a\n    knobs:\n      reward.trade_kost: 1\n", code: "unknown_term", word: "did you mean 'trade_cost'?"),
        Fault(testDescription: "episode_minutes on spot", stages: "  - id: a\n    knobs:\n      episode_minutes: 60\n", code: "unknown_knob", word: "the spot environment has no knob 'episode_minutes'"),
        Fault(testDescription: "unknown knob", stages: "  - id: a\n    knobs:\n      fee_multiplyer: 1\n", code: "unknown_knob", word: "did you mean 'fee_multiplier'?"),
        Fault(testDescription: "knob of the other environment", stages: "  - id: a\n    knobs:\n      episode_bars: 9\n", code: "unknown_knob", word: "the options environment has no knob", environment: "options"),
        Fault(testDescription: "knob out of range", stages: "  - id: a\n    knobs:\n      fee_multiplier: -1\n", code: "range", word: "outside 0"),
        Fault(testDescription: "unknown gate", stages: "  - id: a\n", code: "choice", word: "did you mean 'strict'?", extra: "gate: strcit\n"),
        Fault(testDescription: "half a bar", stages: "  - id: a\n    knobs:\n      episode_bars: 9.5\n", code: "type", word: "whole number"),
        Fault(testDescription: "unknown regime", stages: "  - id: a\n    draw:\n      regimes: [TRENDNG]\n", code: "choice", word: "did you mean 'TRENDING'?"),
        Fault(testDescription: "days on spot", stages: "  - id: a\n    draw:\n      days: open > 1\n", code: "combination", word: "no days"),
        Fault(testDescription: "unknown action", stages: "  - id: a\n    knobs:\n      actions: [HOLD, BUY]\n", code: "choice", word: "unknown action 'BUY'", environment: "options"),
        Fault(testDescription: "no HOLD", stages: "  - id: a\n    knobs:\n      actions: [BUY_CALL, EXIT]\n", code: "actions", word: "HOLD must be", environment: "options"),
        Fault(testDescription: "unknown term", stages: "  - id: a\n    reward:\n      trade_costs: 1\n", code: "unknown_term", word: "did you mean 'trade_cost'?"),
        Fault(testDescription: "a rule on an outcome", stages: "  - id: a\n    promote_when: next_return > 0\n  - id: b\n", code: "unknown_name", word: "metrics: entropy"),
        Fault(testDescription: "a rule on an action", stages: "  - id: a\n    promote_when: action == HOLD\n  - id: b\n", code: "metric", word: "reads 'action'"),
        Fault(testDescription: "a rule that is a number", stages: "  - id: a\n    promote_when: hold_share\n  - id: b\n", code: "type", word: "condition"),
        Fault(testDescription: "the same id twice", stages: "  - id: a\n    promote_when: entropy > 0\n  - id: a\n", code: "duplicate", word: "first in line"),
        Fault(testDescription: "an id with a space", stages: "  - id: first stage\n", code: "id", word: "small letters"),
        Fault(testDescription: "a dead end", stages: "  - id: a\n  - id: b\n", code: "unreachable", word: "nothing leads on"),
        Fault(testDescription: "backward without a start", stages: "  - id: a\n    promote_when: entropy > 0\n  - id: b\n", code: "missing_key", word: "no 'start'", order: "backward"),
        Fault(testDescription: "rules in turns", stages: "  - id: a\n    promote_when: entropy > 0\n", code: "combination", word: "takes turns", order: "learning_progress"),
        Fault(testDescription: "turns in a fixed order", stages: "  - id: a\n", code: "combination", word: "learning_progress", extra: "turn_steps: 5\n"),
        Fault(testDescription: "no time-out to react to", stages: "  - id: a\n    on_timeout: fail\n", code: "combination", word: "never happens"),
        Fault(testDescription: "no stages", stages: "  []\n", code: "stages", word: "at least one"),
        Fault(testDescription: "misspelt key", stages: "  - id: a\n    promote_wen: entropy > 0\n", code: "unknown_key", word: "did you mean 'promote_when'?"),
    ]

    @Test(arguments: faults) func faultsAreNamedWhereTheyStand(_ fault: Fault) throws {
        let error = #expect(throws: InputIssues.self) { try Self.curriculum(fault.stages, order: fault.order, environment: fault.environment, extra: fault.extra) }
        let found = try #require(error?.issues.first { $0.code == fault.code }, "\(error?.description ?? "no issue")")
        #expect(found.line > 4 && found.rendered.contains(fault.word), "\(found.rendered)")
    }

    @Test func everyFaultInOneGo() throws {
        let error = #expect(throws: InputIssues.self) {
            try Self.curriculum("  - id: a\n    knobs:\n      gamma: 1\n    promote_when: hold_shar > 1\n  - id: b\n    min_episodes: -1\n")
        }
        #expect(error?.errors.count == 3)
        #expect(error?.issues.map(\.line) == error?.issues.map(\.line).sorted())
    }

    @Test func knobsAreInOrderAndTheirOwn() {
        let names = KnobCatalog.knobs.map(\.name)
        #expect(names == names.sorted() && Set(names).count == names.count)
    }

    @Test(arguments: ["spot", "spot-backward", "spot-learning-progress", "scalper"]) func shippedFilesAreSound(_ name: String) throws {
        let c = try Curriculum(file: "\(packageRoot)/curricula/\(name).yaml")
        #expect(c.name == name && c.stages.count >= 3)
    }
}
