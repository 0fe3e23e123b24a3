internal import NetworkKernels

/// The way from bars to the first layer's queries, keys and values as one product instead of two.
///
/// Layer 0 reads x = F Win' + t, where t = positions + bias [context x width], and its projection x Wqkv' + bqkv = F (Wqkv Win)' + (t Wqkv' + bqkv).
/// With Wqkv Win [3 width x features] and the table in brackets [context x 3 width] computed once per set of parameters, a window costs
/// features / width of the direct product, and on the way back nothing has to pass through Wqkv window by window. Same mathematics; other rounding.
final class FoldedProjection: Sendable {
    let features: Int, context: Int, width: Int
    /// Features rounded up to whole panels; the columns beyond hold zeros.
    let paddedFeatures: Int
    /// [width x padded], [context x width]: x = F inputWeight' + inputTable.
    private let inputWeight: FloatBlock, inputTable: FloatBlock
    /// [3 width x padded], [context x 3 width].
    private let jointWeight: FloatBlock, jointTable: FloatBlock
    private let fixedPositions: FloatBlock?
    private let packedInput: PackedMatrix, packedJoint: PackedMatrix

    init(_ c: RegimePolicyConfiguration) {
        features = c.features
        context = c.context
        width = c.width
        paddedFeatures = (c.features + 31) / 32 * 32
        inputWeight = FloatBlock(count: c.width * paddedFeatures)
        inputTable = FloatBlock(count: c.context * c.width)
        jointWeight = FloatBlock(count: 3 * c.width * paddedFeatures)
        jointTable = FloatBlock(count: c.context * 3 * c.width)
        packedInput = PackedMatrix(rows: paddedFeatures, columns: c.width)
        packedJoint = PackedMatrix(rows: paddedFeatures, columns: 3 * c.width)
        fixedPositions = c.positions == .sinusoidal ? FloatBlock(sinusoidalPositions(length: c.context, width: c.width)) : nil
    }

    /// Sums over all windows of one lane, from which the gradients of all parameters before and in the first projection follow.
    struct Gradients: Sendable {
        /// As the weights and tables above, in that order, one below the other.
        let block: FloatBlock
        let inputWeight: MatrixView, inputTable: MatrixView, jointWeight: MatrixView, jointTable: MatrixView

        init(_ p: FoldedProjection) {
            let sizes = [p.width * p.paddedFeatures, p.context * p.width, 3 * p.width * p.paddedFeatures, p.context * 3 * p.width]
            block = FloatBlock(count: sizes.reduce(0, +))
            inputWeight = block.matrix(at: 0, rows: p.width, columns: p.paddedFeatures)
            inputTable = block.matrix(at: sizes[0], rows: p.context, columns: p.width)
            jointWeight = block.matrix(at: sizes[0] + sizes[1], rows: 3 * p.width, columns: p.paddedFeatures)
            jointTable = block.matrix(at: sizes[0] + sizes[1] + sizes[2], rows: p.context, columns: 3 * p.width)
        }
    }

    /// Computes the products and tables for the present parameters; the work splits in two.
    func prepare(_ layers: RegimePolicyLayers, _ values: ParameterVector, isFirstLayerFull: Bool, team: ThreadTeam) {
        let weight = values[layers.inputProjection.weight]
        inputWeight.matrix(rows: width, columns: paddedFeatures).columns(0..<features).copy(from: weight)
        let table = inputTable.matrix(rows: context, columns: width)
        if let positions = layers.positions {
            table.copy(from: values[positions])
        } else if let fixedPositions {
            table.copy(from: fixedPositions.matrix(rows: context, columns: width))
        }
        if let bias = layers.inputProjection.bias { addBias(table, values[bias]) }
        packedInput.pack(inputWeight.matrix(rows: width, columns: paddedFeatures), transposed: true)
        guard isFirstLayerFull else { return }
        let attention = layers.encoder[0].attention
        let joint = jointWeight.matrix(rows: 3 * width, columns: paddedFeatures), jointTable = jointTable.matrix(rows: context, columns: 3 * width)
        let padded = inputWeight.matrix(rows: width, columns: paddedFeatures)
        team.run(3) { part in
            let rows = part * width..<(part + 1) * width
            let projection = values[attention.inputWeight].rows(rows)
            multiply(projection, padded, into: joint.rows(rows))
            let target = jointTable.columns(rows)
            multiply(table, transposed: false, projection, transposed: true, into: target)
            addBias(target, values[attention.inputBias].columns(rows))
        }
        packedJoint.pack(joint, transposed: true)
    }

    /// x of the first layer from windows of bars: [n context x padded] -> [n context x width].
    func project(_ bars: MatrixView, into x: MatrixView) {
        multiply(bars, packedInput, into: x)
        addTable(inputTable.matrix(rows: context, columns: width), to: x)
    }

    /// Queries, keys and values of the first layer: [n context x padded] -> [n context x 3 width].
    func projectJoint(_ bars: MatrixView, into joint: MatrixView) {
        multiply(bars, packedJoint, into: joint)
        addTable(jointTable.matrix(rows: context, columns: 3 * width), to: joint)
    }

    private func addTable(_ table: MatrixView, to rows: MatrixView) {
        for start in stride(from: 0, to: rows.rows, by: context) { add(table, into: rows.rows(start..<start + context)) }
    }

    /// Adds one piece's gradients of x and (where the first layer is a full one) of its queries, keys and values.
    func accumulate(_ bars: MatrixView, input: MatrixView, joint: MatrixView?, scratch: FloatBlock, into g: Gradients) {
        addTransposedProduct(input, bars, into: g.inputWeight, scratch: scratch)
        for start in stride(from: 0, to: input.rows, by: context) { add(input.rows(start..<start + context), into: g.inputTable) }
        guard let joint else { return }
        addTransposedProduct(joint, bars, into: g.jointWeight, scratch: scratch)
        for start in stride(from: 0, to: joint.rows, by: context) { add(joint.rows(start..<start + context), into: g.jointTable) }
    }

    /// Turns the lanes' sums (added up in their order, in the first of them) into the parameters' gradients, once per minibatch. Two threads share it.
    func expand(_ lanes: [Gradients], _ layers: RegimePolicyLayers, _ values: ParameterVector, gradients: ParameterVector, isFirstLayerFull: Bool, team: ThreadTeam) {
        let g = lanes[0]
        for other in lanes.dropFirst() { add(other.block.all, into: g.block.all) }
        let weightGradient = gradients[layers.inputProjection.weight]
        guard isFirstLayerFull else { return finish(g, weightGradient, layers, gradients) }
        let attention = layers.encoder[0].attention, projection = values[attention.inputWeight]
        let padded = inputWeight.matrix(rows: width, columns: paddedFeatures), table = inputTable.matrix(rows: context, columns: width)
        team.run(2) { part in
            if part == 0 {
                let target = gradients[attention.inputWeight]
                multiply(g.jointWeight, transposed: false, padded, transposed: true, into: target, beta: 1)
                multiply(g.jointTable, transposed: true, table, into: target, beta: 1)
                addColumnSums(g.jointTable, into: gradients[attention.inputBias])
            } else {
                multiply(projection, transposed: true, g.jointWeight, into: g.inputWeight, beta: 1)
                multiply(g.jointTable, projection, into: g.inputTable, beta: 1)
                finish(g, weightGradient, layers, gradients)
            }
        }
    }

    private func finish(_ g: Gradients, _ weightGradient: MatrixView, _ layers: RegimePolicyLayers, _ gradients: ParameterVector) {
        add(g.inputWeight.columns(0..<features), into: weightGradient)
        if let positions = layers.positions { add(g.inputTable, into: gradients[positions]) }
        if let bias = layers.inputProjection.bias { addColumnSums(g.inputTable, into: gradients[bias]) }
    }
}
