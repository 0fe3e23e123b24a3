public import ComponentKit
internal import Environments
internal import Features
internal import MaskablePPO
internal import MarketData
internal import NeuralNetworks
internal import OptionsEnvironment
internal import Regimes
internal import TradingTypes

/// `NAME=VALUE` of `--set`: a part of the experiment by its name in the file, such as `ppo.gamma=0.95`.
public struct ExperimentOverride: Sendable {
    let path: [String]
    let text: String
    let argument: String

    /// Throws `InputIssues` for text of another form.
    public init(_ argument: String) throws(InputIssues) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty })
        else {
            throw InputIssues(
                InputIssue(code: "override", message: "--set '\(argument)' is not of the form NAME=VALUE", help: "write, for instance, --set ppo.gamma=0.95 or --set steps=200000"))
        }
        path = parts[0].split(separator: ".").map(String.init)
        text = parts[1]
        self.argument = argument
    }
}

extension Experiment {
    /// Reads an experiment file, then the overrides. Throws `InputMissing`, or `InputIssues` with every fault of both at once.
    public init(file: String, overrides: [ExperimentOverride] = []) throws {
        try self.init(file: file, text: readTextFile(file), overrides: overrides)
    }

    public init(file: String, text: String, overrides: [ExperimentOverride] = []) throws {
        self.init()
        let document = try YAMLDocument(file: file, text: text)
        var reader = try ExperimentReader(document, overrides)
        var root = try reader.root()
        var found: [InputIssue] = []
        root.schema(&found)
        reader.issues += found
        read(&root, &reader)
        reader.finish(root)
        try reader.issues.throwIfErrors()
    }

    private mutating func read(_ root: inout YAMLMapping, _ r: inout ExperimentReader) {
        name = root.string("name", &r.issues, required: true) ?? ""
        if name.isEmpty || name.contains("/") || name.hasPrefix("."), let place = root.get("name") {
            r.issues.append(place.issue("name", "'name' becomes a folder's name: it must not be empty, start with a dot or hold a slash"))
        }
        about = root.string("about", &r.issues) ?? ""
        reward = root.string("reward", &r.issues, required: true) ?? ""
        steps = root.integer("steps", &r.issues, in: 1...100_000_000_000) ?? steps
        evaluationInterval = root.integer("evaluate_every", &r.issues, in: 1...1_000_000) ?? evaluationInterval
        checkpoints = root.integer("keep_checkpoints", &r.issues, in: 1...1_000_000) ?? checkpoints
        readSeeds(&root, &r)
        readSwitches(&root, &r)
        cloning = CloningPlan.read(&root, &r)
        if let value = root.get("curriculum"), !value.isNull { curriculum = root.string("curriculum", &r.issues) }
        let dates = readData(&root, &r)
        readEnvironment(&root, &r)
        if kind == .options, bars == Experiment().bars { bars = "synthetic:intraday" }
        if kind == .options {
            r.issues += dates.map { $0.issue("combination", "dates do not go with the options environment", help: "take the last days: bars: 'SPY: spy.csv.gz, days=60'") }
        }
        if kind == .options { featureSet = options.observations.name }
        r.section("features", of: &root) { s, issues in
            if let set = s.string("set", &issues) {
                featureSet = set
                if kind == .options { readObservations(set, s.get("set"), &issues) } else if FeatureCatalog.sets[set] == nil, let place = s.get("set") {
                    issues.append(place.issue("choice", "unknown feature set '\(set)'", help: "known: \(FeatureCatalog.sets.keys.sorted().joined(separator: ", "))"))
                }
            }
            denoise = s.choice("denoise", Denoise.self, &issues) ?? denoise
            if kind == .options, denoise != .none, let place = s.get("denoise") {
                issues.append(place.issue("combination", "features of minutes are computed on recorded prices", help: "leave 'denoise' out"))
            }
        }
        r.section("regimes", of: &root) { s, issues in
            guard let name = s.string("detector", &issues) else { return }
            detector = name
            let names = RegimeDetectorCatalog.cards.map(\.name)
            if !names.contains(name), let place = s.get("detector") {
                issues.append(
                    place.issue("choice", "unknown regime detector '\(name)'", help: "known: \(names.joined(separator: ", "))", note: suggestion(for: name, among: names).map { "did you mean '\($0)'?" }))
            }
        }
        readPolicy(&root, &r)
        readPPO(&root, &r)
        r.section("normalize", of: &root) { s, issues in
            normalizesObservations = s.bool("observations", &issues) ?? false
            normalizesRewards = s.bool("rewards", &issues) ?? false
            if cloning != nil, normalizesObservations, let place = s.get("observations") {
                issues.append(place.issue("combination", "a cloned policy reads the observations as the teacher's demonstrations hold them, which running statistics would change under it", help: "leave it out: features are standardised on the training bars already"))
            }
            if cloning?.critic == .teacher, normalizesRewards, let place = s.get("rewards") {
                issues.append(place.issue("combination", "the teacher's returns are recorded as paid, a normalised reward is scaled: a critic cannot be fitted to both", help: "write cloning.critic: rollouts"))
            }
            if normalizesObservations, case .regimeTransformer = policy, let place = s.get("observations") {
                issues.append(
                    place.issue("combination", "a Transformer reads windows of the bars' table, which running statistics would change under it", help: "leave it out: features are standardised on the training bars already"))
            }
        }
    }

    private mutating func readSeeds(_ root: inout YAMLMapping, _ r: inout ExperimentReader) {
        guard let value = root.get("seeds") else { return }
        let items = value.items ?? [value]
        var list: [UInt64] = []
        for item in items {
            guard let number = item.number, number >= 0, number.rounded() == number, number < 9e15 else {
                r.issues.append(item.issue("type", "a seed must be a whole number from 0 on, not \(item.scalarText.map { "'\($0)'" } ?? item.kindName)"))
                continue
            }
            if list.contains(UInt64(number)) { r.issues.append(item.issue("duplicate", "the seed \(UInt64(number)) is listed twice")) }
            list.append(UInt64(number))
        }
        if items.isEmpty { r.issues.append(value.issue("empty", "'seeds' needs at least one seed")) }
        if !list.isEmpty { seeds = list }
    }

    private mutating func readSwitches(_ root: inout YAMLMapping, _ r: inout ExperimentReader) {
        r.section("switches", of: &root) { s, issues in
            for key in s.keys { switches[key] = s.string(key, &issues) }
        }
    }

    /// Returns the dates given.
    private mutating func readData(_ root: inout YAMLMapping, _ r: inout ExperimentReader) -> [YAMLValue] {
        var dates: [YAMLValue] = []
        r.section("data", of: &root) { s, issues in
            if let value = s.get("bars"), !value.isScalar, var symbols = value.mapping("'bars'", &issues) {
                // Several symbols, a file each.
                bars = symbols.keys.compactMap { key in symbols.string(key, &issues).map { "\(key): \($0)" } }.joined(separator: ", ")
            } else {
                bars = s.string("bars", &issues) ?? bars
            }
            if let value = s.get("time_zone"), !value.isNull { timeZone = s.string("time_zone", &issues) }
            for (key, path) in [("from", \Experiment.from), ("to", \Experiment.to)] {
                guard let value = s.get(key), !value.isNull else { continue }
                self[keyPath: path] = value.scalarText
                dates.append(value)
                if value.scalarText.flatMap({ parseTimeStamp($0) }) == nil {
                    issues.append(value.issue("date", "'\(key)' is not a date", help: "write 2020-01-01 or 2020-01-01T12:00Z"))
                }
            }
            if let value = s.get("split") {
                let parts = value.items?.compactMap(\.number) ?? []
                if parts.count == 3, parts.allSatisfy({ $0 >= 0 }), parts[0] > 0 {
                    fractions = (parts[0], parts[1], parts[2])
                } else {
                    issues.append(value.issue("split", "'split' must be three numbers, the first above 0", help: "for instance [60, 20, 20]: training, validation, test"))
                }
            }
        }
        return dates
    }

    private mutating func readEnvironment(_ root: inout YAMLMapping, _ r: inout ExperimentReader) {
        r.section("environment", of: &root) { s, issues in
            kind = s.choice("kind", EnvironmentKind.self, &issues) ?? .spot
            if kind == .options {
                readOptions(&s, &issues)
                return
            }
            let cost = 0.0...10_000.0
            spot.feeBasisPoints = s.number("fee_bps", &issues, in: cost) ?? 0
            spot.slippageBasisPoints = s.number("slippage_bps", &issues, in: cost) ?? 0
            spot.hold = s.choice("hold", SpotConfiguration.Hold.self, &issues) ?? .flat
            spot.fill = s.choice("fill", SpotConfiguration.Fill.self, &issues) ?? .close
            spot.fundingBasisPointsPer8h = s.number("funding_bps", &issues, in: -10_000...10_000) ?? 0
            spot.borrowBasisPointsPerYear = s.number("borrow_bps", &issues, in: cost) ?? 0
            episodeBars = s.integer("episode_bars", &issues, in: 2...100_000_000) ?? episodeBars
            observedState = s.choices("observe", SpotState.self, &issues) ?? []
        }
    }

    private mutating func readPolicy(_ root: inout YAMLMapping, _ r: inout ExperimentReader) {
        enum Kind: String, CaseIterable { case mlp, regimeTransformer = "regime_transformer" }
        r.section("policy", of: &root) { s, issues in
            switch s.choice("kind", Kind.self, &issues, required: false) ?? .mlp {
            case .mlp:
                var hidden = [64, 64]
                if let value = s.get("hidden") {
                    let items = value.items ?? []
                    let sizes = items.compactMap(\.number).filter { $0 >= 1 && $0 <= 65_536 && $0.rounded() == $0 }.map { Int($0) }
                    if sizes.count == items.count, value.isSequence { hidden = sizes } else {
                        issues.append(value.issue("type", "'hidden' must be a list of layer widths", help: "for instance [64, 64]"))
                    }
                }
                policy = .mlp(hidden: hidden, batchNorm: s.bool("batch_norm", &issues) ?? false, observesRegime: s.bool("observe_regime", &issues) ?? true)
            case .regimeTransformer:
                if !observedState.isEmpty, let place = s.get("kind") {
                    issues.append(place.issue("combination", "a regime_transformer reads bars before the decision, of which 'environment: observe' knows none of the agent's states", help: "write 'kind: mlp', or leave 'observe' out"))
                }
                if kind == .options, let place = s.get("kind") {
                    issues.append(place.issue("combination", "a regime_transformer reads bars before the decision, which the options environment does not keep", help: "write 'kind: mlp'"))
                }
                var t = TransformerSettings()
                t.context = s.integer("context", &issues, in: 2...4_096) ?? t.context
                t.width = s.integer("width", &issues, in: 4...8_192) ?? t.width
                t.layers = s.integer("layers", &issues, in: 1...64) ?? t.layers
                t.heads = s.integer("heads", &issues, in: 1...64) ?? t.heads
                t.feedForward = s.integer("feed_forward", &issues, in: 1...65_536) ?? t.feedForward
                t.headHidden = s.integer("head_hidden", &issues, in: 1...65_536) ?? t.headHidden
                t.dropout = s.number("dropout", &issues, in: 0...0.9) ?? t.dropout
                t.positions = s.choice("positions", TransformerSettings.Positions.self, &issues) ?? t.positions
                if t.width % t.heads != 0, let place = s.get("heads") ?? s.get("width") {
                    issues.append(place.issue("combination", "a width of \(t.width) cannot be divided among \(t.heads) heads"))
                }
                policy = .regimeTransformer(t)
            }
        }
    }

    private mutating func readPPO(_ root: inout YAMLMapping, _ r: inout ExperimentReader) {
        r.section("ppo", of: &root) { s, issues in
            // Both ends lie in the range; the last may also be 0 where the line may run out.
            func schedule(_ key: String, in range: ClosedRange<Double>, runsOut: Bool = false) -> Schedule? {
                guard let value = s.get(key), !value.isNull else { return nil }
                guard let text = value.scalarText, let schedule = Schedule(text) else {
                    issues.append(value.issue("type", "'\(key)' must be a number, or two for a line between them", help: "for instance 0.0003, 0.0003 -> 0, 0.0003 -> 0 cosine, or 0.0003 -> 0, warm-up 5%"))
                    return nil
                }
                let first = schedule.from, last = schedule.to
                if !range.contains(first) || !(range.contains(last) || runsOut && last == 0) {
                    issues.append(value.issue("range", "'\(key)' is \(text), outside \(shortNumber(range.lowerBound)) to \(shortNumber(range.upperBound))"))
                }
                return schedule
            }
            environments = s.integer("environments", &issues, in: 1...65_536) ?? environments
            ppo.learningRate = schedule("learning_rate", in: 0...10) ?? ppo.learningRate
            ppo.stepsPerRollout = s.integer("n_steps", &issues, in: 1...10_000_000) ?? 512
            ppo.batchSize = s.integer("batch_size", &issues, in: 2...10_000_000) ?? ppo.batchSize
            ppo.epochs = s.integer("n_epochs", &issues, in: 1...10_000) ?? ppo.epochs
            ppo.gamma = s.number("gamma", &issues, in: 0...1) ?? ppo.gamma
            ppo.gaeLambda = s.number("gae_lambda", &issues, in: 0...1) ?? ppo.gaeLambda
            ppo.clipRange = schedule("clip_range", in: 1e-6...10, runsOut: true) ?? ppo.clipRange
            ppo.valueClipRange = schedule("clip_range_vf", in: 1e-6...1e6, runsOut: true)
            ppo.entropyCoefficient = schedule("ent_coef", in: 0...100) ?? ppo.entropyCoefficient
            if let value = s.get("entropy_target"), !value.isNull { ppo.entropyTarget = s.number("entropy_target", &issues, in: 0.001...0.999) }
            ppo.valueCoefficient = s.number("vf_coef", &issues, in: 0...1e6) ?? ppo.valueCoefficient
            ppo.maxGradientNorm = s.number("max_grad_norm", &issues, in: 1e-9...1e9) ?? ppo.maxGradientNorm
            if let value = s.get("target_kl"), !value.isNull { ppo.targetKL = s.number("target_kl", &issues, in: 1e-9...1e3) }
            if let value = s.get("normalize_advantage"), let flag = value.bool {
                // Stable-Baselines3's own spelling.
                ppo.normalizeAdvantage = flag ? .minibatch : .none
            } else if s.get("normalize_advantage") != nil {
                ppo.normalizeAdvantage = s.choice("normalize_advantage", PPOSettings.AdvantageNormalization.self, &issues) ?? .minibatch
            }
            ppo.adamEpsilon = s.number("adam_epsilon", &issues, in: 1e-12...1) ?? ppo.adamEpsilon
            let samples = ppo.stepsPerRollout * environments
            if ppo.batchSize > samples, let place = s.get("batch_size") ?? s.get("n_steps") {
                issues.append(place.issue("combination", "a roll-out of \(ppo.stepsPerRollout) steps in \(environments) environments has \(samples) samples, fewer than a batch of \(ppo.batchSize)"))
            }
        }
    }
}

/// The file's sections with the overrides laid over them.
struct ExperimentReader {
    var issues: [InputIssue] = []
    private let document: YAMLDocument
    private let overrides: [(path: [String], value: YAMLValue)]
    static let sections = ["data", "features", "regimes", "environment", "switches", "policy", "ppo", "normalize", "teacher", "cloning"]

    init(_ document: YAMLDocument, _ overrides: [ExperimentOverride]) throws {
        self.document = document
        self.overrides = try overrides.map { override in
            // A schedule's arrow is plain text to YAML; everything else is read as it would be in the file.
            (override.path, try YAMLDocument(file: "--set \(override.argument)", text: override.text).root)
        }
    }

    mutating func root() throws -> YAMLMapping {
        guard var root = document.root.mapping("an experiment file", &issues) else { throw InputIssues(issues) }
        root.override(overrides.compactMap { $0.path.count == 1 || !Self.sections.contains($0.path[0]) ? ($0.path[0], $0.value) : nil })
        return root
    }

    /// Reads section `name` of the file, empty when it is absent or null, and reports its unknown keys.
    mutating func section(_ name: String, of root: inout YAMLMapping, _ read: (inout YAMLMapping, inout [InputIssue]) -> Void) {
        let patch = overrides.compactMap { $0.path.count == 2 && $0.path[0] == name ? (key: $0.path[1], value: $0.value) : nil }
        for override in overrides where override.path.count > 2 && override.path[0] == name {
            issues.append(override.value.issue("override", "'\(override.path.joined(separator: "."))' names no part of an experiment"))
        }
        var mapping: YAMLMapping?
        if let value = root.get(name), !value.isNull {
            mapping = value.mapping("'\(name)'", &issues)
            if mapping == nil { return }
        } else if let empty = try? YAMLDocument(file: document.file, text: "{}").root {
            mapping = empty.mapping("'\(name)'", &issues)
        }
        guard var mapping else { return }
        mapping.override(patch)
        read(&mapping, &issues)
        mapping.finish(&issues)
    }

    /// Whether `--set` names something in section `name`.
    func hasOverrides(of name: String) -> Bool { overrides.contains { $0.path.count > 1 && $0.path[0] == name } }

    mutating func finish(_ root: YAMLMapping) { root.finish(&issues) }
}
