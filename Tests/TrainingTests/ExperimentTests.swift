import ComponentKit
import Environments
import Features
import MaskablePPO
import NeuralNetworks
import RunRecords
import Testing
import Training

@Suite struct ExperimentTests {
    /// Every key, none at its default.
    static let everyKey = """
        schema: 1
        name: every-key
        about: "all of it: \\"quoted\\", ümlaut, 🐂, tab\\t"
        data:
          bars: synthetic:btc-hourly,bars=3000
          from: 2020-02-01
          to: 2020-04-01T12:00Z
          time_zone: Europe/Berlin
          split: [70, 20, 10]
        features:
          set: btc-44
          denoise: ekf
        regimes:
          detector: hmm
        environment:
          kind: spot
          fee_bps: 1.5
          slippage_bps: 2
          hold: keep
          fill: next_open
          funding_bps: -0.5
          borrow_bps: 300
          episode_bars: 99
          observe: [position, unrealized]
        reward: rewards/btc-s3.yaml
        switches:
          cost_accrual: change
        policy:
          kind: mlp
          hidden: [32, 16, 8]
          batch_norm: true
          observe_regime: false
        ppo:
          environments: 4
          learning_rate: 0.0003 -> 0
          n_steps: 128
          batch_size: 32
          n_epochs: 3
          gamma: 0.95
          gae_lambda: 0.9
          clip_range: 0.25 -> 0
          clip_range_vf: 0.5
          ent_coef: 0.05 -> 0.01
          entropy_target: 0.6
          vf_coef: 0.7
          max_grad_norm: 0.4
          target_kl: 0.02
          normalize_advantage: regime
          adam_epsilon: 1e-7
        normalize:
          observations: true
          rewards: true
        teacher: null
        cloning: null
        curriculum: null
        steps: 12345
        seeds: [3, 1, 4]
        evaluate_every: 7
        keep_checkpoints: 2

        """

    private func issues(_ text: String, _ overrides: [String] = []) throws -> [InputIssue] {
        do {
            _ = try Experiment(file: "x.yaml", text: text, overrides: overrides.map { try ExperimentOverride($0) })
            return []
        } catch let error as InputIssues {
            return error.issues
        }
    }

    @Test func everyKeyIsRead() throws {
        let e = try Experiment(file: "x.yaml", text: Self.everyKey)
        #expect(e.name == "every-key" && e.about == "all of it: \"quoted\", ümlaut, 🐂, tab\t")
        #expect(e.bars == "synthetic:btc-hourly,bars=3000" && e.from == "2020-02-01" && e.to == "2020-04-01T12:00Z" && e.timeZone == "Europe/Berlin")
        #expect(e.fractions == (70, 20, 10) && e.featureSet == "btc-44" && e.denoise == .ekf && e.detector == "hmm")
        #expect(
            e.spot
                == SpotConfiguration(
                    feeBasisPoints: 1.5, slippageBasisPoints: 2, hold: .keep, fill: .nextOpen, fundingBasisPointsPer8h: -0.5, borrowBasisPointsPerYear: 300))
        #expect(e.observedState == [.position, .unrealized] && e.episodeBars == 99 && e.reward == "rewards/btc-s3.yaml" && e.switches == ["cost_accrual": "change"])
        #expect(e.policy == .mlp(hidden: [32, 16, 8], batchNorm: true, observesRegime: false))
        #expect(e.environments == 4 && e.normalizesObservations && e.normalizesRewards)
        var ppo = PPOSettings()
        ppo.learningRate = .linear(from: 0.0003, to: 0)
        ppo.stepsPerRollout = 128
        ppo.batchSize = 32
        ppo.epochs = 3
        ppo.gamma = 0.95
        ppo.gaeLambda = 0.9
        ppo.clipRange = .linear(from: 0.25, to: 0)
        ppo.valueClipRange = .constant(0.5)
        ppo.entropyCoefficient = .linear(from: 0.05, to: 0.01)
        ppo.entropyTarget = 0.6
        ppo.valueCoefficient = 0.7
        ppo.maxGradientNorm = 0.4
        ppo.targetKL = 0.02
        ppo.normalizeAdvantage = .regime
        ppo.adamEpsilon = 1e-7
        #expect(e.ppo == ppo)
        #expect(e.steps == 12_345 && e.seeds == [3, 1, 4] && e.evaluationInterval == 7 && e.checkpoints == 2)
    }

    @Test func transformerKeysAreRead() throws {
        var settings = TransformerSettings()
        settings.context = 20
        settings.width = 32
        settings.layers = 2
        settings.heads = 8
        settings.feedForward = 64
        settings.headHidden = 48
        settings.dropout = 0.1
        settings.positions = .sinusoidal
        let policy = """
            policy:
              kind: regime_transformer
              context: 20
              width: 32
              layers: 2
              heads: 8
              feed_forward: 64
              head_hidden: 48
              dropout: 0.1
              positions: sinusoidal
            """
        let e = try Experiment(file: "x.yaml", text: "schema: 1\nname: a\nreward: r.yaml\n" + policy)
        #expect(e.policy == .regimeTransformer(settings) && e.policy.context == 20)
        let copy = try Experiment(file: "copy", text: document(e))
        #expect(copy.policy == e.policy)
        #expect(try issues("schema: 1\nname: a\nreward: r.yaml\n" + policy, ["policy.heads=5"]).first?.message == "a width of 32 cannot be divided among 5 heads")
    }

    private func document(_ e: Experiment) -> String {
        var parameters = e.parameters.object ?? [:]
        parameters["schema"] = 1
        parameters["seeds"] = .list(e.seeds.map { .integer(Int($0)) })
        parameters["about"] = .text(e.about)
        return JSONValue.object(parameters).document
    }

    /// The run folder's experiment.json says the same, nulls and schedules included.
    @Test(arguments: [everyKey, "schema: 1\nname: bare\nreward: rewards/btc-s1.yaml\n"]) func roundTrip(_ text: String) throws {
        let first = try Experiment(file: "x.yaml", text: text)
        let second = try Experiment(file: "experiment.json", text: document(first))
        #expect(second.parameters == first.parameters)
        #expect(second.ppo == first.ppo && second.policy == first.policy && second.spot == first.spot && second.seeds == first.seeds && second.about == first.about)
        #expect(second.from == first.from && second.to == first.to && second.timeZone == first.timeZone && second.switches == first.switches)
        #expect(document(second) == document(first))
    }

    @Test(arguments: ["0.0003 -> 0", "1e-05", "0.2 -> 0.1", "0.05", "0.0003 -> 1e-05 cosine", "0.0003 -> 0, warm-up 5%", "0.001 -> 0 cosine, warm-up 12.5%", "0.01, warm-up 10%"]) func schedules(_ text: String) throws {
        let e = try Experiment(file: "x.yaml", text: "schema: 1\nname: a\nreward: r.yaml\nppo:\n  learning_rate: \(text)\n")
        let s = try #require(Schedule(text))
        #expect(e.ppo.learningRate == s && Schedule(s.description) == s)
        #expect(try Experiment(file: "x", text: document(e)).ppo.learningRate == s)
    }

    /// A misspelt required key is one fault with the right name beside it, not two.
    @Test func aMisspeltRequiredKeyIsOneFault() {
        let found = #expect(throws: InputIssues.self) { _ = try Experiment(file: "x.yaml", text: "schema: 1\nname: a\nrewrad: r.yaml\n") }
        #expect(found?.issues.map(\.code) == ["unknown_key"])
        #expect(found?.issues.first?.note == "did you mean 'reward'?")
    }

    @Test func whatCanBeObserved() throws {
        func found(_ environment: String, _ policy: String = "") throws -> [String] {
            try issues("schema: 1\nname: a\nreward: r.yaml\nenvironment:\n  observe: \(environment)\n\(policy)").map { "\($0.line):\($0.column) \($0.code) \($0.note ?? "")" }
        }
        #expect(try found("[position, bars_in_position, bars_flat, unrealized, drawdown]").isEmpty)
        #expect(try found("[posision, drawdown, drawdown]") == ["5:13 choice did you mean 'position'?", "5:33 duplicate "])
        #expect(try found("position") == ["5:12 type "])
        #expect(try found("[position]", "policy:\n  kind: regime_transformer\n") == ["7:9 combination "])
    }

    /// Every fault at once, in file order, each with its place.
    @Test func everyFaultAtOnce() throws {
        let text = """
            schema: 2
            name: a/b
            colour: red
            steps: 0
            evaluate_every: often
            keep_checkpoints: 1.5
            seeds: [1, 1, -2, x]
            curriculum: [stages.yaml]
            reward:
            data:
              bar: x.csv
              from: yesterday
              to: 2020-13-45
              split: [60, 40]
            features:
              set: btc-45
              denoise: kalman
            regimes:
              detector: balancd
            environment:
              kind: futures
              fee_bps: -1
              hold: kept
              episode_bars: 1
            policy:
              kind: mlp
              hidden: 64
              batch_norm: maybe
              heads: 4
            ppo:
              gama: 0.9
              gamma: 1.5
              learning_rate: fast
              clip_range: -0.1
              n_steps: 1
              batch_size: 64
              normalize_advantage: batch
            normalize: true
            """
        let found = try issues(text)
        let places = found.map { "\($0.file ?? ""):\($0.line):\($0.column) \($0.code)" }
        #expect(places == [
            "x.yaml:1:9 schema", "x.yaml:2:7 name", "x.yaml:3:1 unknown_key", "x.yaml:4:8 range", "x.yaml:5:17 type", "x.yaml:6:19 type",
            "x.yaml:7:12 duplicate", "x.yaml:7:15 type", "x.yaml:7:19 type", "x.yaml:8:13 type", "x.yaml:9:8 type", "x.yaml:11:3 unknown_key",
            "x.yaml:12:9 date", "x.yaml:13:7 date", "x.yaml:14:10 split", "x.yaml:16:8 choice", "x.yaml:17:12 choice", "x.yaml:19:13 choice",
            "x.yaml:21:9 choice", "x.yaml:22:12 range", "x.yaml:23:9 choice", "x.yaml:24:17 range", "x.yaml:27:11 type", "x.yaml:28:15 type",
            "x.yaml:29:3 unknown_key", "x.yaml:31:3 unknown_key", "x.yaml:32:10 range", "x.yaml:33:18 type", "x.yaml:34:15 range",
            "x.yaml:36:15 combination", "x.yaml:37:24 choice", "x.yaml:38:12 type",
        ])
        #expect(found.first { $0.line == 31 }?.note == "did you mean 'gamma'?" && found.first { $0.line == 11 }?.note == "did you mean 'bars'?")
        #expect(found.first { $0.line == 19 }?.note == "did you mean 'balanced'?")
        #expect(found.allSatisfy { !$0.rendered.contains("\n\n") && $0.sourceLine != nil })
        #expect(try issues("schema: 1\nsteps: 5\n").map(\.message).contains("an experiment file lacks 'name'"))
    }

    @Test func overrides() throws {
        let e = try Experiment(
            file: "x.yaml", text: Self.everyKey,
            overrides: [
                "ppo.gamma=0.5", "steps=77", "seeds=[8, 9]", "data.from=null", "data.split=[50, 25, 25]", "ppo.learning_rate=0.01 -> 0.001", "policy.hidden=[]",
                "switches.cost_accrual=bar", "switches.trend_bonus=trend", "ppo.target_kl=null", "normalize.rewards=false", "name=other",
                "data.bars='synthetic:btc-hourly,bars=2000'", "ppo.gamma=0.6",
            ].map { try ExperimentOverride($0) })
        #expect(e.ppo.gamma == 0.6 && e.steps == 77 && e.seeds == [8, 9] && e.from == nil && e.fractions == (50, 25, 25) && e.name == "other")
        #expect(e.ppo.learningRate == .linear(from: 0.01, to: 0.001) && e.policy == .mlp(hidden: [], batchNorm: true, observesRegime: false))
        #expect(e.switches == ["cost_accrual": "bar", "trend_bonus": "trend"] && e.ppo.targetKL == nil && !e.normalizesRewards && e.normalizesObservations)
        #expect(e.bars == "synthetic:btc-hourly,bars=2000" && e.ppo.gaeLambda == 0.9)
        // A section that the file lacks.
        #expect(try Experiment(file: "x", text: "schema: 1\nname: a\nreward: r\n", overrides: [ExperimentOverride("ppo.n_steps=64")]).ppo.stepsPerRollout == 64)
    }

    @Test(arguments: [
        ("ppo.gama=0.9", "unknown key 'gama' in 'ppo'", "did you mean 'gamma'?"),
        ("stepz=5", "unknown key 'stepz' in an experiment file", "did you mean 'steps'?"),
        ("pp.gamma=0.9", "unknown key 'pp' in an experiment file", "did you mean 'ppo'?"),
        ("ppo.gamma=much", "'gamma' must be a number, not 'much'", nil),
        ("ppo.gamma=2", "'gamma' is 2, outside 0 to 1", nil),
        ("steps=many", "'steps' must be a whole number, not 'many'", nil),
        ("ppo.gamma.x=1", "'ppo.gamma.x' names no part of an experiment", nil),
        ("ppo=5", "'ppo' must be a mapping (key: value lines), not a single value", nil),
    ] as [(String, String, String?)]) func wrongOverrides(_ argument: String, message: String, note: String?) throws {
        let found = try issues(Self.everyKey, [argument])
        #expect(found.map(\.message) == [message])
        #expect(found.first?.note == note)
        #expect(found.first?.file == "--set \(argument)")
    }

    @Test(arguments: ["ppo.gamma", "=5", "ppo.gamma=", "ppo..gamma=1", ".gamma=1"]) func formOfAnOverride(_ argument: String) {
        #expect(throws: InputIssues.self) { try ExperimentOverride(argument) }
    }

    @Test func faultsOfFileAndOverridesTogether() throws {
        let found = try issues("schema: 1\nname: a\nreward: r\nsteps: 0\n", ["ppo.gamma=2", "seeds=none"])
        #expect(Set(found.map(\.code)) == ["range", "type"] && found.count == 3)
    }
}
