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
        /// Place of the target's band that asks for it; nil for every other demand.
        package var band: Int?

        package init(_ sentence: String, _ coefficients: [Double], atLeast bound: Double, band: Int? = nil) {
            self.sentence = sentence
            self.coefficients = coefficients
            self.bound = bound
            self.band = band
        }
    }

    package enum Answer: Sendable {
        /// Weights of the variables, in their order.
        case weights([Double])
        /// An irreducible set of demands that cannot hold together, bounds among them: without any one of them the others can.
        case conflict([Demand])
    }

    package var variables: [Variable]
    package var demands: [Demand]

    package init(variables: [Variable], demands: [Demand]) {
        self.variables = variables
        self.demands = demands
    }

    /// Demands and bounds over changes in units of the scales.
    private var rows: [Demand] {
        var rows = demands
        for (k, variable) in variables.enumerated() {
            guard let bounds = variable.bounds else { continue }
            let unit = variables.indices.map { $0 == k ? 1.0 : 0 }
            rows.append(Demand("\(variable.id) is at least \(text(bounds.lowerBound))", unit, atLeast: bounds.lowerBound))
            rows.append(Demand("\(variable.id) is at most \(text(bounds.upperBound))", unit.map { -$0 }, atLeast: -bounds.upperBound))
        }
        return rows.map { row in
            var row = row
            row.bound -= zip(row.coefficients, variables).reduce(0.0) { $0 + $1.0 * $1.1.present }
            row.coefficients = zip(row.coefficients, variables).map { $0 * $1.scale }
            return row
        }
    }

    package func solve() -> Answer {
        let rows = rows
        guard !variables.isEmpty else {
            let broken = rows.first { $0.bound > 1e-12 }
            return broken.map { .conflict([$0, Demand("no weight may move", [], atLeast: 0)]) } ?? .weights([])
        }
        guard let changes = nearest(rows) else { return .conflict(conflict(rows)) }
        // A billionth of a scale is rounding.
        return .weights(zip(variables, changes).map { variable, change in
            let weight = variable.present + variable.scale * change
            return abs(change) < 1e-9 ? variable.present : abs(weight) < 1e-9 * variable.scale ? 0 : weight
        })
    }

    private func nearest(_ rows: [Demand]) -> [Double]? { LeastDistance.nearest(rows: rows.map(\.coefficients), bounds: rows.map(\.bound)) }

    /// Deletion filter: what can be left out without making the rest possible is left out (Chinneck and Dravnieks 1991).
    private func conflict(_ rows: [Demand]) -> [Demand] {
        var kept = rows, k = 0
        while k < kept.count {
            var fewer = kept
            fewer.remove(at: k)
            if fewer.isEmpty || nearest(fewer) != nil { k += 1 } else { kept = fewer }
        }
        return kept
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
