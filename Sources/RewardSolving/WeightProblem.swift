internal import ComponentKit

/// The weights nearest to what a reward has that meet linear demands; or the demands that contradict each other.
package struct WeightProblem: Sendable {
    /// A weight that may move.
    package struct Variable: Sendable {
        package var id: String
        package var present: Double
        /// A change of this size counts 1.
        package var scale: Double
        package var bounds: ClosedRange<Double>?

        package init(id: String, present: Double, scale: Double, bounds: ClosedRange<Double>? = nil) {
            self.id = id
            self.present = present
            self.scale = scale
            self.bounds = bounds
        }
    }

    /// `sum coefficients * weights >= bound`, over the variables; what does not move is in `bound` already.
    package struct Demand: Sendable {
        package var sentence: String
        package var coefficients: [Double]
        package var bound: Double

        package init(_ sentence: String, _ coefficients: [Double], atLeast bound: Double) {
            self.sentence = sentence
            self.coefficients = coefficients
            self.bound = bound
        }
    }

    package enum Answer: Sendable {
        /// Weights of the variables, in their order.
        case weights([Double])
        /// Sentences of an irreducible set of demands that cannot hold together: without any one of them the others can.
        case conflict([String])
    }

    package var variables: [Variable]
    package var demands: [Demand]

    package init(variables: [Variable], demands: [Demand]) {
        self.variables = variables
        self.demands = demands
    }

    /// Demands and bounds as rows over changes in units of the scales.
    private var rows: [(sentence: String, row: [Double], bound: Double)] {
        var rows = demands.map { demand in
            (
                demand.sentence, zip(demand.coefficients, variables).map { $0 * $1.scale },
                demand.bound - zip(demand.coefficients, variables).reduce(0.0) { $0 + $1.0 * $1.1.present }
            )
        }
        for (k, variable) in variables.enumerated() {
            guard let bounds = variable.bounds else { continue }
            var unit = [Double](repeating: 0, count: variables.count)
            unit[k] = variable.scale
            rows.append(("\(variable.id) is at least \(text(bounds.lowerBound))", unit, bounds.lowerBound - variable.present))
            rows.append(("\(variable.id) is at most \(text(bounds.upperBound))", unit.map { -$0 }, variable.present - bounds.upperBound))
        }
        return rows
    }

    package func solve() -> Answer {
        let rows = rows
        guard !variables.isEmpty else {
            let broken = rows.filter { $0.bound > 1e-12 }
            return broken.isEmpty ? .weights([]) : .conflict([broken[0].sentence, "no weight may move"])
        }
        guard let changes = LeastDistance.nearest(rows: rows.map(\.row), bounds: rows.map(\.bound)) else { return .conflict(conflict(rows)) }
        return .weights(zip(variables, changes).map { $0.present + $0.scale * $1 })
    }

    /// Deletion filter: what can be left out without making the rest possible is left out (Chinneck and Dravnieks 1991).
    private func conflict(_ rows: [(sentence: String, row: [Double], bound: Double)]) -> [String] {
        var kept = rows, k = 0
        while k < kept.count {
            var fewer = kept
            fewer.remove(at: k)
            if fewer.isEmpty || LeastDistance.nearest(rows: fewer.map(\.row), bounds: fewer.map(\.bound)) != nil { k += 1 } else { kept = fewer }
        }
        return kept.map(\.sentence)
    }
}

/// Three significant digits.
package func text(_ x: Double) -> String {
    var text = signed(x)
    if text.hasPrefix("+") { text.removeFirst() }
    guard text.contains("."), !text.contains("e") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
}
