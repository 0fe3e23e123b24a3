internal import ComponentKit

/// An expression compiled for evaluation over whole columns.
///
/// Rows are worked through in blocks whose intermediate values stay in the nearest cache; every instruction is one
/// vectorised loop. A program with history functions works on all rows at once, so that they can look back, and takes memory
/// for one column per intermediate value.
///
/// A program is immutable; several threads may evaluate it at the same time.
///
/// Missing values: any comparison with NaN is false (`!=` too), arithmetic passes NaN on, `tier` is 0, and a branch that is
/// not taken does not matter.
public struct ColumnProgram: Sendable {
    /// Rows per block. Two or three registers of this length fit the first cache, a dozen the second; shorter blocks spend
    /// more time between the loops (about 0.1 microseconds an instruction) than they save.
    static let blockRows = 2048

    private let instructions: [Instruction]
    private let registerCount: Int
    private let blocked: Bool
    /// The columns that `evaluate` needs; names given as constants are not among them.
    public let names: [String]
    /// The value, where it is the same on all rows whatever the columns hold.
    public let constantValue: Double?

    /// Compiles `expression`.
    /// - Parameter constants: names whose value is fixed now (an action's code, a direction). Conditions on them vanish.
    public init(_ expression: TypedExpression, constants: [String: Double] = [:]) {
        let graph = ValueGraph(expression, constants: constants)
        let lowering = Lowering(graph)
        instructions = lowering.instructions
        registerCount = lowering.registerCount
        names = lowering.columnNames
        constantValue = graph[graph.root].constant
        blocked = !lowering.instructions.contains { $0.isHistory }
    }

    /// Loops a block takes: a measure of cost.
    package var instructionCount: Int { instructions.count }

    /// Writes (or adds) `weight` times the value of each row.
    ///
    /// - Parameters:
    ///   - rows: the rows of the table to evaluate; history functions see nothing before the first of them.
    ///   - output: `rows.count` values, the first for `rows.lowerBound`.
    ///   - accumulate: adds to `output` instead of replacing it.
    ///
    /// Traps when the table lacks a column in `names`, when `rows` leaves the table, or when `output` has another length.
    public func evaluate(
        _ table: ColumnTable, rows: Range<Int>, weight: Double = 1, accumulate: Bool = false, into output: inout MutableSpan<Double>
    ) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= table.rowCount, "rows \(rows) lie outside the table's \(table.rowCount)")
        precondition(output.count == rows.count, "\(rows.count) rows need an output of as many values, not \(output.count)")
        if rows.isEmpty { return }
        // Without intermediate values there is nothing to keep in the cache.
        let block = blocked && registerCount > 0 ? min(Self.blockRows, rows.count) : rows.count
        var instructions = instructions
        var final: Sink = accumulate ? (weight == 1 ? .add : .accumulate(weight)) : weight == 1 ? .store : .scale(weight)
        if weight != 1, let last = instructions.last, last.choosesConstants {
            instructions[instructions.count - 1] = last.scaled(by: weight)
            final = accumulate ? .add : .store
        }

        // Operand vectors: the columns, then the registers. `step` is 0 for vectors that are one block long.
        var vectors: [[Double]] = []
        vectors.reserveCapacity(names.count + registerCount)
        var step = [Int](repeating: 0, count: names.count + registerCount)
        for (i, name) in names.enumerated() {
            switch table[name] {
            case .values(let values)?:
                vectors.append(values)
                step[i] = 1
            case .constant(let value)?: vectors.append([Double](repeating: value, count: block))
            case nil: preconditionFailure("the table has no column '\(name)'; it has \(table.names.joined(separator: ", "))")
            }
        }
        for _ in 0..<registerCount { vectors.append([Double](repeating: 0, count: block)) }

        let nothing: [Double] = []
        var start = rows.lowerBound
        while start < rows.upperBound {
            let count = min(block, rows.upperBound - start)
            for instruction in instructions {
                let av = instruction.a < 0 ? nothing : vectors[instruction.a]
                let bv = instruction.b < 0 ? nothing : vectors[instruction.b]
                let cv = instruction.c < 0 ? nothing : vectors[instruction.c]
                let a = instruction.a < 0 ? av.span : av.span.extracting(droppingFirst: step[instruction.a] * start).extracting(first: count)
                let b = instruction.b < 0 ? bv.span : bv.span.extracting(droppingFirst: step[instruction.b] * start).extracting(first: count)
                let c = instruction.c < 0 ? cv.span : cv.span.extracting(droppingFirst: step[instruction.c] * start).extracting(first: count)
                if instruction.destination < 0 {
                    instruction.run(a, b, c, count: count, into: &output, at: start - rows.lowerBound, final)
                } else {
                    // Taken out of the list while it is written, so that no copy is made.
                    var destination: [Double] = []
                    swap(&destination, &vectors[instruction.destination])
                    var span = destination.mutableSpan
                    instruction.run(a, b, c, count: count, into: &span, at: 0, .store)
                    swap(&destination, &vectors[instruction.destination])
                }
            }
            start += count
        }
    }

    /// The values of `rows`.
    public func values(_ table: ColumnTable, rows: Range<Int>) -> [Double] {
        var result = [Double](repeating: 0, count: rows.count)
        var span = result.mutableSpan
        evaluate(table, rows: rows, into: &span)
        return result
    }
}

extension Instruction {
    var isHistory: Bool {
        switch code {
        case .lag, .run, .since, .highest, .lowest: true
        default: false
        }
    }
}
