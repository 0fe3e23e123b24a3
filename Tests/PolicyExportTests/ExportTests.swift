import Foundation
import PolicyExport
import TestSupport
import Testing

extension Tag {
    @Tag static var parity: Self
}

/// What onnxruntime made of the committed models.
struct ONNXFixture: Decodable {
    struct Model: Decodable {
        var metadata: [String: String], producer: String, ir_version: Int, opset: Int
        /// null where a feature is missing.
        var obs: [[Double?]], mask: [[Bool]], logits: [[Double]], masked_logits: [[Double]], probabilities: [[Double]], action: [Int], value: [Double]
    }
    var models: [String: Model]

    static let shared: ONNXFixture = {
        guard let data = FileManager.default.contents(atPath: fixture("onnx/fixture.json")), let value = try? JSONDecoder().decode(ONNXFixture.self, from: data) else {
            preconditionFailure("run python Tests/Parity/onnx/generate.py")
        }
        return value
    }()
}

/// Numbers in [-0.9, 0.9] without pattern, the same everywhere.
private func numbers(_ count: Int, _ salt: Int) -> [Float] { (0..<count).map { Float(($0 * 7919 + salt * 104_729) % 1009) / 560 - 0.9 } }

private func dense(_ name: String, _ inputs: Int, _ outputs: Int, _ salt: Int) -> ExportedLayer {
    .dense(name: name, weights: numbers(inputs * outputs, salt), bias: numbers(outputs, salt + 1))
}

/// The committed models: tanh with a normaliser under Stable-Baselines3's names, ReLU with batch normalisation and without one, and raw features under both
/// normalisations.
let exports: [String: ActorCriticExport] = [
    "tanh": ActorCriticExport(
        observations: 5, actions: ["HOLD", "LONG", "SHORT"],
        normalizer: ObservationNormalizer(mean: [0.5, -1, 0, 2, 1e-3], variance: [1, 4, 0, 0.25, 9], limit: 10),
        actor: [dense("mlp_extractor.policy_net.0", 5, 7, 1), .tanh, dense("mlp_extractor.policy_net.2", 7, 6, 3), .tanh, dense("action_net", 6, 3, 5)],
        critic: [dense("mlp_extractor.value_net.0", 5, 7, 7), .tanh, dense("mlp_extractor.value_net.2", 7, 6, 9), .tanh, dense("value_net", 6, 1, 11)],
        metadata: ["reward_hash": "3fa9"]),
    "relu": ActorCriticExport(
        observations: 4, actions: ["HOLD", "BUY_CALL", "BUY_PUT", "TRIM", "EXIT \"now\""], normalizer: nil,
        actor: [
            dense("a.0", 4, 6, 13),
            .batchNormalization(
                name: "a.1", mean: numbers(6, 15), variance: numbers(6, 16).map { $0 * $0 + 0.1 }, weight: numbers(6, 17), bias: numbers(6, 18), epsilon: 1e-5),
            .relu, dense("a.3", 6, 5, 19),
        ],
        critic: [dense("c.0", 4, 3, 21), .relu, dense("c.2", 3, 1, 23)]),
    "zscored": ActorCriticExport(
        observations: 5, actions: ["HOLD", "LONG", "SHORT"],
        standardization: ObservationStandardization(mean: [2, -3, 0.5, 7, 0], deviation: [0.5, 3, 1e-2, 0, 1], limit: 10),
        normalizer: ObservationNormalizer(mean: [0.1, -0.2, 0, 0, 0.3], variance: [0.5, 2, 9, 1, 0.2]),
        actor: [dense("a.0", 5, 6, 25), .tanh, dense("a.2", 6, 3, 27)], critic: [dense("c.0", 5, 1, 29)]),
]

let models = exports.keys.sorted()

@Suite struct PolicyExportTests {
    @Test(.tags(.parity), arguments: models) func theBytesThatOnnxruntimeRan(_ name: String) throws {
        let bytes = exports[name]!.model(version: "test").bytes
        let path = fixture("onnx/\(name).onnx")
        if ProcessInfo.processInfo.environment["ASSAY_WRITE_FIXTURES"] != nil { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
        let isSame = FileManager.default.contents(atPath: path) == Data(bytes)
        #expect(isSame, "another model: write it anew and run generate.py (its header says how)")
    }

    /// onnxruntime's outputs against the formulas, in 64 bits.
    @Test(.tags(.parity), arguments: models) func agreesWithTheFormulas(_ name: String) throws {
        let f = try #require(ONNXFixture.shared.models[name]), export = exports[name]!
        for (row, observation) in f.obs.enumerated() {
            let x = normalize(standardize(observation, export.standardization), export.normalizer)
            let logits = forward(export.actor, x), mask = f.mask[row]
            let top = zip(logits, mask).filter(\.1).map(\.0).max() ?? 0
            let weights = zip(logits, mask).map { $1 ? exp($0 - top) : 0 }, total = max(weights.reduce(0, +), .leastNormalMagnitude)
            #expect(isClose(f.logits[row], logits))
            #expect(isClose(f.masked_logits[row], zip(logits, mask).map { $1 ? $0 : 0 }))
            #expect(isClose(f.probabilities[row], weights.map { $0 / total }))
            #expect(isClose([f.value[row]], forward(export.critic, x)))
            #expect(zip(f.probabilities[row], mask).allSatisfy { $1 ? row == 0 || $0 > 0 : $0 == 0 })
            // Row 3 allows nothing.
            #expect(f.action[row] == (row == 3 ? 0 : logits.indices.filter { mask[$0] }.max { logits[$0] < logits[$1] }))
            #expect(mask.contains(true) == (row != 3))
        }
        #expect(f.ir_version == 8 && f.opset == 17 && f.producer == "assay")
    }

    @Test func namesAndMetadata() throws {
        let summary = try #require(exports["tanh"]!.model(version: "1").summary)
        #expect(summary.inputs == ["obs", "action_mask"])
        #expect(summary.outputs == ["logits", "masked_logits", "probabilities", "action", "value"])
        #expect(summary.initializers.contains("mlp_extractor.policy_net.2.weight") && summary.initializers.contains("value_net.bias"))
        #expect(summary.metadata["actions"] == #"["HOLD","LONG","SHORT"]"#)
        #expect(summary.metadata["reward_hash"] == "3fa9")
        #expect(summary.metadata["observation_normalizer"] == #"{"epsilon":1e-08,"limit":10.0,"mean":[0.5,-1.0,0.0,2.0,0.001],"variance":[1.0,4.0,0.0,0.25,9.0]}"#)
        #expect(summary.operations.filter { $0 == "Gemm" }.count == 6 && summary.operations.filter { $0 == "Tanh" }.count == 4)
        let plain = try #require(exports["relu"]!.model(version: "1").summary)
        #expect(plain.metadata["observation_normalizer"] == "null")
        #expect(plain.metadata["actions"] == #"["HOLD","BUY_CALL","BUY_PUT","TRIM","EXIT \"now\""]"#)
        #expect(!plain.operations.contains("Clip"))
        #expect(ONNXFixture.shared.models["tanh"]?.metadata == exports["tanh"]!.model(version: "test").summary?.metadata)
        let both = try #require(exports["zscored"]!.model(version: "1").summary)
        #expect(both.metadata["observation_standardization"] == #"{"deviation":[0.5,3.0,0.01,0.0,1.0],"limit":10.0,"mean":[2.0,-3.0,0.5,7.0,0.0]}"#)
        #expect(summary.metadata["observation_standardization"] == nil)
        #expect(ONNXModel(bytes: [1, 2, 3]).summary == nil)
    }

    private func standardize(_ x: [Double?], _ s: ObservationStandardization?) -> [Double] {
        x.indices.map { i in
            guard let s else { return x[i]! }
            guard let value = x[i], s.deviation[i] > 0 else { return 0 }
            return Double(Float(min(s.limit, max(-s.limit, (value - s.mean[i]) / s.deviation[i]))))
        }
    }

    private func normalize(_ x: [Double], _ n: ObservationNormalizer?) -> [Double] {
        guard let n else { return x }
        return x.indices.map { min(n.limit, max(-n.limit, (x[$0] - n.mean[$0]) / (n.variance[$0] + n.epsilon).squareRoot())) }
    }

    private func forward(_ layers: [ExportedLayer], _ x: [Double]) -> [Double] {
        layers.reduce(x) { x, layer in
            switch layer {
            case .dense(_, let weights, let bias):
                bias.indices.map { o in x.indices.reduce(Double(bias[o])) { $0 + Double(weights[o * x.count + $1]) * x[$1] } }
            case .affine(_, let scale, let offset): x.indices.map { Double(scale[$0]) * x[$0] + Double(offset[$0]) }
            case .tanh: x.map { tanh($0) }
            case .relu: x.map { max(0, $0) }
            }
        }
    }

    /// Within 2e-6 of the largest magnitude: 32-bit rounding over three layers of at most seven terms.
    private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
        let scale = max(1, b.map { abs($0) }.max() ?? 0)
        return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 2e-6 * scale }
    }
}
