internal import ComponentKit
package import Cloning
package import Curricula
package import MaskablePPO
internal import NeuralNetworks
internal import NumericKernels
internal import OptionsEnvironment
internal import Policies
internal import Rewards
internal import RunRecords
internal import TradingTypes

/// A run's way through its curriculum: measures every roll-out, changes stages, turns knobs, and records each change in curriculum.csv.
///
/// On the spot market a change begins new episodes everywhere (the old ones are cut, and bootstrapped, at the roll-out's end); on options the days under way are
/// played to their end under the new rules. Statistics of observations are kept, those of returns restarted where the stage changes the reward. Evaluations go on on the experiment's own market, costs and reward.
package final class CurriculumRun {
    package let curriculum: Curriculum
    package private(set) var state: CurriculumState
    private let inputs: TrainingInputs
    private let data: CloningData?
    private let seed: UInt64
    private let table: TableLog
    private let settings: PPOSettings
    private var meter: SpotTradeMeter
    /// Options: where stages that start from demonstrations may start; nil where none does.
    private let demonstrated: DemonstratedStates?
    /// Options: the statistics when they were last looked at.
    private var lastStatistics = ScalpStatistics()
    /// Reward weights now paid, where the ramp under way began, and the step it began at; in the order of the reward's terms.
    private var weights, rampFrom: [Double]
    private var rampStart = 0

    package static let columns = ["step", "reason", "from", "to", "stage_steps", "stage_episodes"] + CurriculumMetric.allCases.map(\.rawValue) + ["changes", "why", "fold_hold_share", "fold_x", "fold_x_error", "fold"]

    /// What was said of stages entered past the collapse fold and not yet taken.
    private var notices: [String] = []

    package var rows: Int { table.rows }
    package var stage: CurriculumStage { curriculum.stages[state.stage] }

    /// Begins at the first stage, or goes on from `words` (a checkpoint's) and the first `rows` rows of the record. `data`: the teacher's demonstrations, for stages that
    /// start from them. Throws `InputIssues` for a curriculum that does not fit the run.
    package init(_ curriculum: Curriculum, _ inputs: TrainingInputs, _ learner: PPOLearner, _ data: CloningData?, seed: UInt64, path: String, words: [Double]?, rows: Int) throws {
        self.curriculum = curriculum
        self.inputs = inputs
        self.data = data
        self.seed = seed
        settings = learner.updater.settings
        if case .options(let market) = inputs.world, let data, let longest = curriculum.stages.compactMap({ $0.start?.stepsBeforeExit }).max() {
            demonstrated = DemonstratedStates(data, market, days: market.days(.train), longest: longest)
        } else {
            demonstrated = nil
        }
        let own = inputs.design.terms.map(\.weight)
        weights = own
        rampFrom = own
        meter = SpotTradeMeter(environments: inputs.experiment.environments)
        state = CurriculumState(curriculum)
        if let words {
            let n = state.words.count, m = meter.words.count, k = own.count
            guard words.count == n + m + 2 * k + 1, let found = CurriculumState(words: Array(words.prefix(n)), curriculum) else {
                throw InputIssues(InputIssue(code: "checkpoint", file: path, message: "the checkpoint was written under another curriculum", help: "start the run again with --force"))
            }
            state = found
            meter = SpotTradeMeter(words: Array(words[n..<n + m]))
            weights = Array(words[n + m..<n + m + k])
            rampFrom = Array(words[n + m + k..<n + m + 2 * k])
            rampStart = Int(words[n + m + 2 * k])
            table = try TableLog(resuming: path, columns: Self.columns, rows: rows)
        } else {
            table = try TableLog(creating: path, columns: Self.columns)
        }
        try check()
        if words == nil {
            weights = target(stage)
            rampFrom = weights
            let judgement = try judge(learner, at: 0)
            turn(learner)
            begin(learner)
            try record(state.start(), changes: describe(nil, stage), judgement)
        } else {
            // The environment's own snapshot is put back by the caller afterwards.
            turn(learner)
        }
    }

    package var words: [Double] { state.words + meter.words + weights + rampFrom + [Double(rampStart)] }

    /// Once the learner's state is restored: what the environment has counted so far was seen before.
    package func resumed(_ environment: any TrainingEnvironment) { lastStatistics = (environment as? OptionsVectorEnvironment)?.statistics ?? ScalpStatistics() }

    /// The environment's statistics were taken, and count from 0 again.
    package func statisticsTaken() { lastStatistics = ScalpStatistics() }

    // MARK: After every update

    /// Measures the roll-out and update just done; follows the rules. Throws `CurriculumFailure` where a stage's time-out ends the run, after recording it.
    package func follow(_ learner: PPOLearner, _ update: UpdateMetrics, holdShare: Double?, agreement: Double?, environment: any TrainingEnvironment) throws {
        let rollout = learner.rollout
        var seen: [CurriculumMetric: Double] = [.reward: learner.collector.rewardSum / Double(rollout.count), .explainedVariance: update.explainedVariance]
        if !update.isCriticWarmUp { seen[.entropy] = learner.relativeEntropy(update) }
        if let holdShare { seen[.holdShare] = holdShare }
        if let agreement { seen[.teacherAgreement] = agreement }
        let episodes = (rollout.environments..<rollout.count).count { rollout.isFirst[$0] } + rollout.endedLast.count { $0 }
        if let spot = SpotVectorEnvironment.inside(environment) {
            meter.measure(rollout, spot.market.environment)
            seen[.expectancy] = meter.expectancy
            seen[.roundTrips] = Double(meter.roundTrips) / Double(rollout.count) * Double(spot.episodeBars)
        } else if let options = environment as? OptionsVectorEnvironment {
            let now = options.statistics, new = ScalpStatistics(words: zip(now.words, lastStatistics.words).map { $0 - $1 })
            lastStatistics = now
            seen[.expectancy] = new.expectancy ?? 0
            if let lift = new.setupLift { seen[.setupLift] = lift }
            if new.episodes > 0 { seen[.roundTrips] = new.trades / new.episodes }
        }
        let before = stage
        if let change = state.observe(seen, steps: rollout.count, episodes: episodes, now: learner.steps, in: curriculum, seed: seed) {
            if change.reason == .timedOutFailed {
                try record(change, changes: "", nil)
                try table.synchronize()
                throw CurriculumFailure(stage: before.id, steps: change.stageSteps, file: curriculum.file)
            }
            let moves = change.from != change.to
            try record(change, changes: moves ? describe(before, stage) : "", moves ? judge(learner, at: learner.steps) : nil)
            if moves { enter(learner) }
        } else if ramps {
            ramp(learner)
        }
    }

    private func enter(_ learner: PPOLearner) {
        if target(stage) != weights { learner.collector.normalizer.restartReturns() }
        rampFrom = weights
        rampStart = learner.steps
        turn(learner)
        ramp(learner)
        begin(learner)
    }

    private var ramps: Bool { weights != target(stage) }

    /// The stage's weights: the experiment's, or its own.
    private func target(_ stage: CurriculumStage) -> [Double] { inputs.design.terms.map { stage.reward[$0.id] ?? $0.weight } }

    /// Moves the weights along the ramp to where the step counter is.
    private func ramp(_ learner: PPOLearner) {
        let goal = target(stage), length = stage.rampSteps
        let share = length > 0 ? min(1, Double(learner.steps - rampStart + learner.rollout.count) / Double(length)) : 1
        weights = zip(rampFrom, goal).map { share == 1 ? $1 : $0 + share * ($1 - $0) }
        pay(learner.collector.environment, weights)
    }

    // MARK: The fold

    /// Plays the stage that has just become the present one before anything is trained on it; nil in later turns of learning progress.
    private func judge(_ learner: PPOLearner, at step: Int) throws -> FoldJudgement? {
        guard state.isNewStage else { return nil }
        let environment = inputs.makeEnvironment(seed: seed &+ 0x666f_6c64)
        set(stage, weights: target(stage), on: environment)
        (environment as? OptionsVectorEnvironment)?.batch.beginEpisodes()
        SpotVectorEnvironment.inside(environment)?.beginEpisodes()
        let scheduled = settings.entropyCoefficient.value(remaining: 1 - Double(step) / Double(max(1, learner.totalSteps)))
        return try FoldJudgement(
            learner.policy, in: environment, settings, normalizer: learner.collector.normalizer, entropyCoefficient: stage.knobs["ent_coef"] ?? learner.entropyController?.coefficient ?? scheduled,
            isOptions: inputs.experiment.kind == .options, seed: seed &+ UInt64(step), team: learner.team)
    }

    /// What was said since the last call.
    package func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }

    // MARK: Turning

    /// Sets every knob to the stage's value, or back to the experiment's.
    private func turn(_ learner: PPOLearner) {
        let knobs = stage.knobs
        learner.updater.settings.entropyCoefficient = knobs["ent_coef"].map { .constant($0) } ?? settings.entropyCoefficient
        learner.updater.settings.clipRange = knobs["clip_range"].map { .constant($0) } ?? settings.clipRange
        learner.updater.settings.learningRate = knobs["learning_rate"].map { .constant($0) } ?? settings.learningRate
        learner.guidance?.klOverride = knobs["kl_coef"]
        set(stage, weights: weights, on: learner.collector.environment)
    }

    /// Makes an environment the stage's: what it draws, what it costs, what it pays.
    private func set(_ stage: CurriculumStage, weights: [Double], on environment: any VectorEnvironment) {
        let knobs = stage.knobs
        pay(environment, weights)
        if let spot = SpotVectorEnvironment.inside(environment) {
            spot.draw(
                episodeBars: knobs["episode_bars"].map { Int($0) } ?? inputs.experiment.episodeBars, regimes: stage.regimes,
                preferred: stage.start.map { startRows($0) } ?? [], share: stage.start?.share ?? 0)
        } else if let options = environment as? OptionsVectorEnvironment, case .options(let market) = inputs.world {
            var rules = inputs.experiment.options.rules
            let factor = knobs["fee_multiplier"] ?? 1
            rules.feeMultiplier *= factor
            rules.spreadMultiplier *= factor
            if let actions = stage.actions {
                let names = inputs.actionNames
                rules.allowedActions = actions.reduce(1) { $0 | 1 << UInt32(names.firstIndex(of: $1) ?? 0) }
            }
            options.batch.rules = rules
            options.batch.draw = draw(stage, market)
        }
    }

    /// Costs and weights of the next roll-out.
    private func pay(_ environment: any VectorEnvironment, _ weights: [Double]) {
        let paid = Dictionary(uniqueKeysWithValues: zip(inputs.design.terms.map(\.id), weights))
        if let spot = SpotVectorEnvironment.inside(environment) {
            var costs = inputs.experiment.spot
            let factor = stage.knobs["fee_multiplier"] ?? 1
            costs.feeBasisPoints *= factor
            costs.slippageBasisPoints *= factor
            spot.market = SpotTrainingMarket(inputs.market, costs, inputs.design.reweighted(paid))
        } else if let options = environment as? OptionsVectorEnvironment {
            options.stack = RewardStack(inputs.design.reweighted(paid))
        }
    }

    /// New episodes everywhere on the spot market; on options only at the run's start, so that its first days too are the first stage's.
    private func begin(_ learner: PPOLearner) {
        if learner.steps == 0, let options = learner.collector.environment as? OptionsVectorEnvironment { options.batch.beginEpisodes() }
        guard let spot = SpotVectorEnvironment.inside(learner.collector.environment) else { return }
        spot.beginEpisodes()
        learner.collector.startsEpisode = [Bool](repeating: true, count: learner.collector.startsEpisode.count)
        learner.collector.episodes.beginEpisodes()
        learner.collector.normalizer.discounted = [Double](repeating: 0, count: learner.collector.startsEpisode.count)
    }

    private func draw(_ stage: CurriculumStage, _ market: OptionsTrainingMarket) -> EpisodeDraw {
        var days = market.days(.train)
        if let condition = stage.days { days = StageDays.days(days, where: condition, in: market.market) ?? days }
        var states: [AgentState] = []
        if let start = stage.start, let demonstrated {
            let drawn = Set(days.map { Int32($0) })
            states = demonstrated.states(stepsBeforeExit: start.stepsBeforeExit).filter { state in
                drawn.contains(market.market.dayOfRow[Int(state.row)]) && stage.regimes?.contains(market.market.regimes[Int(state.row)]) ?? true
            }
        }
        return EpisodeDraw(
            days: days, regimes: stage.regimes.map { Set($0) }, minutes: stage.knobs["episode_minutes"].map { Int($0) } ?? inputs.experiment.options.episodeMinutes,
            startStates: states, startShare: states.isEmpty ? 0 : stage.start?.share ?? 0)
    }

    /// Bars 1 to N steps before the exits of the demonstrated trades that paid.
    private func startRows(_ start: StartStates) -> [Int32] {
        guard let data else { return [] }
        var found: Set<Int32> = []
        for e in 0..<data.episodes {
            let steps = data.firstSteps[e]..<data.firstSteps[e + 1]
            var i = steps.lowerBound
            while i < steps.upperBound {
                var end = i + 1
                while end < steps.upperBound, data.labels[end] == data.labels[i] { end += 1 }
                // A run of one trading action that ends before the episode does is a trade with an exit.
                if data.labels[i] != 0, end < steps.upperBound, (i..<end).reduce(0, { $0 + Double(data.rewards[$1]) }) > 0 {
                    for k in 1...start.stepsBeforeExit where end - k >= steps.lowerBound { found.insert(data.rows[end - k]) }
                }
                i = end
            }
        }
        return found.sorted()
    }

    /// The record as the table that plots/curriculum-timeline.gp draws, the last stage ending at `step`.
    package func writeTimeline(to path: String, record: String, step: Int) throws {
        let lines = try readTextFile(record).split(separator: "\n").dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let codes: [StageReason: Int] = [.started: 0, .promoted: 1, .demoted: 2, .learningProgress: 3, .timedOutPromoted: 4]
        var entries: [(from: String, stage: String, code: Int)] = []
        for cells in lines where cells.count > 3 {
            if let reason = StageReason(rawValue: String(cells[1])), let code = codes[reason] { entries.append((String(cells[0]), String(cells[3]), code)) }
        }
        var text = "from\tto\tlane\treason\tstage\n"
        for (k, entry) in entries.enumerated() {
            let lane = curriculum.stages.firstIndex { $0.id == entry.stage } ?? 0
            text += "\(entry.from)\t\(k + 1 < entries.count ? entries[k + 1].from : String(step))\t\(lane)\t\(entry.code)\t\(entry.stage)\n"
        }
        try AtomicFile.write(text, to: path)
    }

    // MARK: Checks and records

    private func check() throws(InputIssues) {
        var issues: [InputIssue] = []
        func fault(_ code: String, _ message: String, _ help: String) { issues.append(InputIssue(code: code, file: curriculum.file, message: message, help: help)) }
        if curriculum.environment != inputs.experiment.kind {
            fault("environment", "the curriculum is for the \(curriculum.environment.rawValue) environment, the experiment for \(inputs.experiment.kind.rawValue)", "choose a curriculum of the same environment")
        }
        for stage in curriculum.stages {
            if stage.knobs["kl_coef"] != nil, inputs.experiment.cloning == nil { fault("knob", "stage '\(stage.id)' turns kl_coef, but the experiment has no teacher", "add 'teacher:' and 'cloning:' to the experiment, or remove the knob") }
            if stage.knobs["ent_coef"] != nil, inputs.experiment.ppo.entropyTarget != nil { fault("knob", "stage '\(stage.id)' turns ent_coef, which the entropy controller steers", "remove ppo.entropy_target or the knob") }
            if stage.start != nil {
                if case .spot(let market) = inputs.world {
                    if data == nil { fault("start", "stage '\(stage.id)' starts from demonstrations, but the experiment has none", "add 'teacher:' with 'demonstrations: FOLDER' and 'cloning:'") } else if data?.table.features.rows != market.table.features.rows || data?.isShared != true {
                        fault("start", "stage '\(stage.id)' starts from demonstrations that name no bars of this market", "record them on the experiment's own bars")
                    } else if let start = stage.start, startRows(start).isEmpty {
                        fault("start", "the demonstrations hold no finished trade that paid, which stage '\(stage.id)' would start before", "record more of them")
                    }
                } else if case .options(let market) = inputs.world {
                    if let stranger = demonstrated?.stranger {
                        fault("start", "stage '\(stage.id)' starts from demonstrations that are not of this market: \(stranger)", "record them for this experiment: assay teach SCRIPT --experiment FILE")
                    } else if demonstrated == nil {
                        fault("start", "stage '\(stage.id)' starts from demonstrations, but the experiment has none", "add 'teacher:' with 'demonstrations: FOLDER' and 'cloning:'")
                    } else if draw(stage, market).startStates.isEmpty {
                        fault("start", "the demonstrations hold no finished trade that paid on the days of stage '\(stage.id)'", "record more of them, or loosen draw.days and draw.regimes")
                    }
                }
            }
            if case .options(let market) = inputs.world, issues.isEmpty {
                if let days = stage.days, StageDays.days(market.days(.train), where: days, in: market.market) == nil { fault("days", "stage '\(stage.id)' asks for something that this market has no column of", "'assay list names --environment options' shows the names") } else if !OptionsBatch.canStart(draw(stage, market), in: market.market) {
                    fault("draw", "no day of the training split is what stage '\(stage.id)' draws", "loosen draw.days or draw.regimes")
                }
            }
        }
        try issues.throwIfErrors()
    }

    /// Writes the row of a change. A stage past the collapse fold is noted; under `gate: strict` it ends the run, once the row is safe.
    private func record(_ change: StageChange, changes: String, _ judgement: FoldJudgement?) throws {
        func id(_ k: Int?) -> LogValue { k.map { .text(curriculum.stages[$0].id) } ?? .missing }
        try table.write(
            [.integer(change.step), .text(change.reason.rawValue), id(change.from), id(change.to), .integer(change.stageSteps), .integer(change.stageEpisodes)]
                + change.metrics.map { $0.isFinite ? .number($0) : .missing } + [.text(changes), .text(change.sentence)]
                + [
                    judgement.map { .number($0.holdShare) } ?? .missing, (judgement?.x).map { .number($0.estimate) } ?? .missing, (judgement?.x).map { .number($0.standardError) } ?? .missing,
                    judgement.map { .text($0.isPast ? "past" : $0.x == nil ? "unknown" : "clear") } ?? .missing,
                ])
        guard let warning = judgement?.warning else { return }
        let id = curriculum.stages[change.to].id
        guard curriculum.gate == .strict else {
            notices.append("stage '\(id)' begins past the collapse fold: \(warning)")
            return
        }
        try table.synchronize()
        throw CurriculumFold(stage: id, step: change.step, warning: warning, file: curriculum.file)
    }

    /// Old and new value of everything that differs between two stages.
    private func describe(_ old: CurriculumStage?, _ new: CurriculumStage) -> String {
        var parts: [String] = []
        func own(_ knob: String) -> String {
            switch knob {
            case "fee_multiplier": "1"
            case "episode_bars": "\(inputs.experiment.episodeBars)"
            case "episode_minutes": inputs.experiment.options.episodeMinutes.map { "\($0)" } ?? "whole days"
            case "ent_coef": settings.entropyCoefficient.description
            case "clip_range": settings.clipRange.description
            case "learning_rate": settings.learningRate.description
            default: "as the experiment has it"
            }
        }
        for knob in KnobCatalog.knobs.map(\.name) {
            let a = old.map { $0.knobs[knob].map { shortNumber($0) } ?? own(knob) } ?? own(knob), b = new.knobs[knob].map { shortNumber($0) } ?? own(knob)
            if a != b { parts.append("\(knob) \(a) -> \(b)") }
        }
        for term in inputs.design.terms {
            let a = old?.reward[term.id] ?? term.weight, b = new.reward[term.id] ?? term.weight
            if a != b { parts.append("reward.\(term.id) \(shortNumber(a)) -> \(shortNumber(b))") }
        }
        func words(_ stage: CurriculumStage?) -> [(String, String)] {
            [
                ("regimes", stage?.regimes?.map { Regime.names[Int($0)] }.joined(separator: "+") ?? "all"), ("actions", stage?.actions?.joined(separator: "+") ?? "all"),
                ("days", stage?.days?.text ?? "all"), ("start", stage?.start.map { "\($0.stepsBeforeExit) steps before an exit" } ?? "anywhere"),
            ]
        }
        for (a, b) in zip(words(old), words(new)) where a.1 != b.1 { parts.append("\(a.0) \(a.1) -> \(b.1)") }
        return parts.joined(separator: "; ")
    }
}
