import Foundation
import NetworkKernels
import NeuralNetworks
import TestSupport
import Testing

struct Tensor: Decodable, Sendable {
    var shape: [Int]
    var values: [Double]
    var floats: [Float] { values.map { Float($0) } }
}

/// Tests/Parity/networks/fixture.json: what PyTorch makes, in double precision, of the same parameters and inputs.
struct NetworkFixture: Decodable, Sendable {
    struct Provenance: Decodable, Sendable {
        var torch: String, numpy: String, seed: Int, command: String
    }
    struct Layer: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var inputs: [String: Tensor], parameters: [String: Tensor]
        var output: Tensor, upstream: Tensor
        var input_gradients: [String: Tensor], parameter_gradients: [String: Tensor]
        var extra: [String: Tensor]?
        var testDescription: String { id }
    }
    struct Steps: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var x: Tensor, target: [Int]
        var parameters: [String: Tensor], first_gradients: [String: Tensor], final: [String: Tensor]
        var losses: [Double], norms: [Double], rates: [Double]
        var max_norm: Double?
        var testDescription: String { id }
    }
    struct PolicyConfiguration: Decodable, Sendable {
        var features: Int, context: Int, width: Int, layers: Int, heads: Int, feedforward: Int, regimes: Int, head_width: Int, actions: Int
        var head_activation: String?, positions: String?
    }
    struct Policy: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var configuration: PolicyConfiguration
        var bars: Tensor, ends: [Int32], regimes: [Int32], actions: [Int], returns: Tensor, logits: Tensor
        var values: Tensor
        var parameters: [String: Tensor], first_gradients: [String: Tensor], final: [String: Tensor]
        var losses: [Double], norms: [Double], rates: [Double]
        var max_norm: Double?
        var testDescription: String { id }
    }
    struct GradientSummary: Decodable, Sendable {
        var shape: [Int]
        var norm: Double, probe: Double, largest: Double
    }
    struct FullPolicy: Decodable, Sendable {
        var count: Int, bars_salt: Int, ends: [Int32], regimes: [Int32]
        var logits: Tensor, values: Tensor
        var gradients: [String: GradientSummary]
    }
    var provenance: Provenance
    var layers: [Layer], optimisers: [Steps], policies: [Policy]
    var full_policy: FullPolicy
    var schedules: [String: [Double]]

    static let shared: NetworkFixture = {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: packageRoot + "/Tests/Parity/networks/fixture.json"))
            return try JSONDecoder().decode(NetworkFixture.self, from: data)
        } catch {
            preconditionFailure("Tests/Parity/networks/fixture.json: \(error); renew it with: python Tests/Parity/networks/generate.py")
        }
    }()

    func layer(_ id: String) -> Layer {
        guard let found = layers.first(where: { $0.id == id }) else { preconditionFailure("no layer '\(id)' in the fixture") }
        return found
    }
}

/// Tolerances of this target, relative to the largest magnitude of the tensor compared, all bounds on float32 rounding (half a unit in
/// the last place is 6e-8), because the fixtures are computed in double from inputs that float32 holds exactly.
enum Tolerance {
    /// One layer: a few dozen roundings, errors of vector functions (4e-7), cancellation in norms and soft-max gradients.
    static let layer = 4e-6
    /// A small network of three layers, forward and back.
    static let network = 2e-5
    /// The full policy, three layers of up to 1,024 products; no ReLU unit of the fixture lies so near 0 that rounding flips it.
    static let fullNetwork = 1e-5
    /// Parameters after ten Adam steps, relative to the rate: Adam divides by the gradient's own size, so relative errors of small gradients count fully.
    static let stepsOfRate = 2e-2
    /// Central differences of a float32 loss: rounding of the loss over the step, and the step's square.
    static let differences = 1e-2
}

/// Checks `ours` against `theirs` within `tolerance` times the largest magnitude of `theirs`.
func expectClose(_ ours: [Float], _ theirs: [Double], _ tolerance: Double, _ what: String, location: SourceLocation = #_sourceLocation) {
    guard ours.count == theirs.count else {
        Issue.record("\(what): \(ours.count) values, expected \(theirs.count)", sourceLocation: location)
        return
    }
    let scale = theirs.reduce(0) { max($0, abs($1)) }
    var worst = 0.0, place = -1
    for i in ours.indices {
        let difference = abs(Double(ours[i]) - theirs[i])
        if !(difference <= worst) {
            worst = difference
            place = i
        }
    }
    // Gradients that are zero in exact arithmetic (a key's bias) come out as rounding noise on both sides.
    let bound = max(tolerance * scale, tolerance * 1e-1)
    #expect(
        worst <= bound,
        "\(what)[\(place)]: \(place >= 0 ? ours[place] : 0), expected \(place >= 0 ? theirs[place] : 0), difference \(worst), allowed \(bound)",
        sourceLocation: location)
}

extension ParameterStore {
    /// Sets every parameter from a fixture; names must agree after `prefix` is taken off ours.
    func load(_ tensors: [String: Tensor], prefix: String = "") {
        precondition(Set(layout.slices.map { String($0.name.dropFirst(prefix.count)) }) == Set(tensors.keys), "\(layout.slices.map(\.name)) beside \(tensors.keys.sorted())")
        for slice in layout.slices {
            let tensor = tensors[String(slice.name.dropFirst(prefix.count))]!
            precondition(tensor.shape == slice.shape, "\(slice.name): shape \(slice.shape), fixture \(tensor.shape)")
            values[slice].assign(tensor.floats)
        }
    }

    func expectGradients(_ tensors: [String: Tensor], prefix: String = "", _ tolerance: Double, _ what: String, location: SourceLocation = #_sourceLocation) {
        for slice in layout.slices {
            guard let tensor = tensors[String(slice.name.dropFirst(prefix.count))] else {
                Issue.record("no gradient of \(slice.name) in the fixture", sourceLocation: location)
                continue
            }
            expectClose(gradients[slice].values, tensor.values, tolerance, "\(what): gradient of \(slice.name)", location: location)
        }
    }
}
