package import NetworkKernels

/// What policies look at: one row of features a bar (or a step), and that row's regime.
///
/// T rows, F features. A policy with a context of C rows reads rows t-C+1 ... t for the decision at t; an MLP reads row t alone.
package struct ObservationTable: Sendable {
    /// [T x F]
    package let features: MatrixView
    /// Regime code of each row, [T]; empty where there are none.
    package let regimes: [UInt8]

    package init(features: MatrixView, regimes: [UInt8] = []) {
        precondition(regimes.isEmpty || regimes.count == features.rows, "\(regimes.count) regimes for \(features.rows) rows")
        self.features = features
        self.regimes = regimes
    }
}

/// One parameter tensor under its PyTorch name, in PyTorch's layout (weights [out, in], row-major).
package struct NamedTensor: Sendable, Equatable {
    package var name: String
    package var shape: [Int]
    package var values: [Float]

    package init(name: String, shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "tensor '\(name)': shape \(shape), \(values.count) values")
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// Why a set of tensors does not fit a policy.
package struct TensorMismatch: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// The loss of one minibatch, as a policy sees it: it turns logits and values into their gradients.
///
/// B rows in the minibatch, A actions. Rows may come in several pieces, on several threads; each piece names its own slot for the sums
/// that the loss keeps, so that their order of addition is fixed.
package protocol MinibatchLoss: AnyObject {
    /// Overwrites the logits of `rows` of the minibatch, [rows x A], with the gradient of the loss.
    func turnIntoGradient(logits: MatrixView, rows: Range<Int>, slot: Int)
    /// Overwrites the values of `rows`, [rows x 1], with the gradient of the loss.
    func turnIntoGradient(values: MatrixView, rows: Range<Int>, slot: Int)
    /// Called once both gradients of all rows are known; false leaves the parameters as they are.
    func permitsStep() -> Bool
}

/// The halves of a policy that a step may change.
package struct PolicyParts: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let actor = PolicyParts(rawValue: 1)
    package static let critic = PolicyParts(rawValue: 2)
    package static let both: PolicyParts = [.actor, .critic]
}

/// How a step is taken: Adam with global-norm clipping.
package struct OptimiserSettings: Sendable, Equatable {
    package var learningRate: Double
    package var beta1 = 0.9
    package var beta2 = 0.999
    /// Stable-Baselines3's PPO uses 1e-5, PyTorch's default is 1e-8.
    package var epsilon = 1e-5
    package var weightDecay = 0.0
    /// AdamW: decay apart from the gradient.
    package var isDecoupled = false
    /// Largest norm of the gradient of all parameters together; nil does not clip.
    package var maxGradientNorm: Double? = 0.5
    /// What is learned. A part left out keeps its parameters and moments to the bit, what both share included when it is the actor; the norm is that of the rest.
    /// Weight decay is not for a network whose parts share layers and are learned apart: it would move all of it.
    package var parts = PolicyParts.both

    package init(learningRate: Double) { self.learningRate = learningRate }

    /// The factor on the gradient: `max / (norm + 1e-6)`, at most 1 (PyTorch's clip_grad_norm_).
    package func scale(norm: Double) -> Float {
        guard let limit = maxGradientNorm else { return 1 }
        return Float(min(1, limit / (norm + 1e-6)))
    }
}

/// What one optimiser step did.
package enum StepOutcome: Sendable, Equatable {
    /// Taken; the gradient's norm before clipping.
    case taken(gradientNorm: Double)
    /// The loss did not permit it.
    case refused
    /// The gradient's norm is NaN or infinite; the parameters are unchanged.
    case notFinite
}

/// A policy with a value function: logits over A actions and a value for every observation.
///
/// Rows of an `ObservationTable` are named by their index. A policy is not thread-safe; it uses the team's threads itself, and its results
/// do not depend on their number.
package protocol ActorCritic: AnyObject {
    var observationCount: Int { get }
    var actionCount: Int { get }
    var parameterCount: Int { get }
    /// Rows before a decision's own that the policy reads, 0 for an MLP.
    var contextRows: Int { get }

    /// Logits [B x A] and values [B x 1] of `rows` [B], in inference mode. Either may be left out.
    func infer(_ table: ObservationTable, rows: Span<Int32>, logits: MatrixView?, values: MatrixView?, team: ThreadTeam)

    /// One step down the gradient of `loss` on the minibatch `rows` [B].
    func update(_ table: ObservationTable, rows: Span<Int32>, loss: any MinibatchLoss, _ settings: OptimiserSettings, team: ThreadTeam) -> StepOutcome

    /// All parameters (and running statistics), in a fixed order.
    func tensors() -> [NamedTensor]
    /// Adam's moments and step count, under the parameters' names with `optimizer.first.` and `optimizer.second.` before them.
    func optimizerTensors() -> [NamedTensor]
    var optimizerSteps: Int { get set }
    /// Forgets Adam's moments and starts its count anew: they describe another task than the one to come.
    func resetOptimizer()
    /// Replaces parameters and moments by name. Throws `TensorMismatch` naming the first that is missing or of another shape.
    func load(_ tensors: [String: NamedTensor], includingOptimizer: Bool) throws(TensorMismatch)
}
