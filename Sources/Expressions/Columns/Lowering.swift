/// Turns a simplified graph into instructions, joining common pairs into one loop: a comparison with the choice of two
/// constants behind it, two comparisons joined by `and`, a product with the comparison it feeds.
struct Lowering {
    let graph: ValueGraph
    private let uses: [Int]
    private(set) var instructions: [Instruction] = []
    /// Vectors read: index into the program's columns, by name index.
    private(set) var columnOfName: [Int: Int] = [:]
    private(set) var columnNames: [String] = []
    private(set) var registerCount = 0

    /// Where each node's value lies, for nodes that have a vector: a column or, before allocation, a virtual register.
    private enum Place: Hashable { case column(Int), virtual(Int) }
    private var places: [Int: Place] = [:]
    private var drafts: [(instruction: Instruction, operands: [Place?], node: Int)] = []

    init(_ graph: ValueGraph) {
        self.graph = graph
        uses = graph.uses()
        if let value = graph[graph.root].constant {
            instructions = [Instruction(code: .fill, p: value)]
            return
        }
        let needed = needed()
        for i in 0...graph.root where needed[i] { lower(i) }
        if graph[graph.root].operation == .name { draft(Instruction(code: .copy), [graph.root], graph.root) }
        allocate()
    }

    // MARK: What gets an instruction of its own

    /// The comparison `node op constant` as an interval, if it is one.
    private func range(_ i: Int) -> (operand: Int, interval: Instruction.Interval)? {
        let node = graph[i]
        func operand(_ i: Int, _ interval: Instruction.Interval) -> (Int, Instruction.Interval) {
            // |x| <= k is -k <= x <= k
            if graph[i].operation == .abs, uses[i] == 1, interval.low == -.infinity { return (graph[i].a, .init(low: -interval.high, high: interval.high)) }
            return (i, interval)
        }
        switch node.operation {
        case .less:
            if let k = graph[node.b].constant, k > -.infinity { return operand(node.a, .init(high: k.nextDown)) }
            if let k = graph[node.a].constant, k < .infinity { return operand(node.b, .init(low: k.nextUp)) }
        case .lessEqual:
            if let k = graph[node.b].constant, !k.isNaN { return operand(node.a, .init(high: k)) }
            if let k = graph[node.a].constant, !k.isNaN { return operand(node.b, .init(low: k)) }
        case .equal:
            if let k = graph[node.b].constant, !k.isNaN { return operand(node.a, .init(low: k, high: k)) }
        default: break
        }
        return nil
    }

    /// A condition that may become part of its user's loop.
    private func range(joining i: Int) -> (operand: Int, interval: Instruction.Interval)? { uses[i] == 1 ? range(i) : nil }

    /// The nodes whose vectors the shape of `i` reads.
    private func operands(_ i: Int) -> [Int] { shape(i).operands }

    private func needed() -> [Bool] {
        var needed = [Bool](repeating: false, count: graph.root + 1)
        needed[graph.root] = true
        for i in stride(from: graph.root, through: 0, by: -1) where needed[i] {
            for operand in operands(i) { needed[operand] = true }
        }
        return needed
    }

    /// The instruction for `condition ? p : q`.
    private func step(_ i: Int, _ p: Double, _ q: Double) -> (Instruction, operands: [Int]) {
        let node = graph[i]
        if let (x, interval) = range(i) {
            if graph[x].operation == .multiply, uses[x] == 1, graph[graph[x].b].constant == nil {
                return (Instruction(code: .stepProduct, p: p, q: q, first: interval), [graph[x].a, graph[x].b])
            }
            return (Instruction(code: .stepRange, p: p, q: q, first: interval), [x])
        }
        switch node.operation {
        case .less: return comparison(.stepLess, node, p, q)
        case .lessEqual: return comparison(.stepLessEqual, node, p, q)
        case .equal: return comparison(.stepEqual, node, p, q)
        case .notEqual:
            if let k = graph[node.b].constant { return (Instruction(code: .stepNotConstant, p: p, q: q, first: .init(low: k, high: k)), [node.a]) }
            return comparison(.stepNotEqual, node, p, q)
        case .and, .or:
            if let one = range(joining: node.a), let two = range(joining: node.b) {
                return (
                    Instruction(code: node.operation == .and ? .stepBoth : .stepEither, p: p, q: q, first: one.interval, second: two.interval),
                    [one.operand, two.operand]
                )
            }
        default: break
        }
        return (Instruction(code: .choose, p: p, q: q), [i])
    }

    private func comparison(_ code: Instruction.Code, _ node: ValueGraph.Node, _ p: Double, _ q: Double) -> (Instruction, [Int]) {
        (Instruction(code: code, p: p, q: q), [node.a, node.b])
    }

    /// `x >= t2 ? v2 : x >= t1 ? v1 : ...` with constants: two to four steps in one loop, the rest below them.
    private func ladder(_ i: Int) -> (instruction: Instruction, operands: [Int])? {
        var steps: [(threshold: Double, payment: Double)] = []
        var x = -1, at = i, tests = 0
        while steps.count < 4, graph[at].operation == .select, at == i || uses[at] == 1, let payment = graph[graph[at].b].constant,
            let (operand, interval) = range(graph[at].a), interval.high == .infinity, x < 0 || x == operand,
            steps.last.map({ interval.low < $0.threshold }) ?? true
        {
            x = operand
            steps.append((interval.low, payment))
            if uses[graph[at].a] == 1 { tests += 1 }
            at = graph[at].c
        }
        guard steps.count >= 2 else { return nil }
        steps.reverse()
        var instruction = Instruction(code: .ladder)
        for k in 0..<4 {
            instruction.thresholds[k] = steps[min(k, steps.count - 1)].threshold
            instruction.payments[k] = steps[min(k, steps.count - 1)].payment
        }
        guard let below = graph[at].constant else {
            instruction.code = .ladderElse
            return (instruction, [x, x, at])
        }
        instruction.q = below
        if graph[x].operation == .multiply, graph[graph[x].b].constant == nil, uses[x] == steps.count, tests == steps.count {
            instruction.code = .ladderProduct
            return (instruction, [graph[x].a, graph[x].b])
        }
        return (instruction, [x])
    }

    /// The one instruction that computes node `i`, and the nodes whose vectors it reads.
    private func shape(_ i: Int) -> (instruction: Instruction, operands: [Int]) {
        let node = graph[i]
        func constant(_ i: Int) -> Double? { i < 0 ? nil : graph[i].constant }
        func plain(_ code: Instruction.Code) -> (Instruction, [Int]) { (Instruction(code: code), [node.a]) }
        func binary(_ code: Instruction.Code, right: Instruction.Code, left: Instruction.Code) -> (Instruction, [Int]) {
            if let k = constant(node.b) { return (Instruction(code: right, p: k), [node.a]) }
            if let k = constant(node.a) { return (Instruction(code: left, p: k), [node.b]) }
            return (Instruction(code: code), [node.a, node.b])
        }
        switch node.operation {
        case .constant: return (Instruction(code: .fill, p: Double(bitPattern: node.bits)), [])
        case .name: return (Instruction(code: .copy), [])
        case .negate: return plain(.negate)
        case .not: return plain(.not)
        case .abs: return plain(.abs)
        case .sign: return plain(.sign)
        case .log: return plain(.log)
        case .exp: return plain(.exp)
        case .sqrt: return plain(.sqrt)
        case .tanh: return plain(.tanh)
        case .add:
            for (x, y) in [(node.a, node.b), (node.b, node.a)] where uses[x] == 1 && graph[x].operation == .multiply && constant(y) == nil {
                if let k = constant(graph[x].b) { return (Instruction(code: .scaleAdd, p: k), [graph[x].a, y]) }
                return (Instruction(code: .multiplyAdd), [graph[x].a, graph[x].b, y])
            }
            return binary(.add, right: .addConstant, left: .addConstant)
        case .subtract: return binary(.subtract, right: .addConstant, left: .subtractFrom)
        case .multiply: return binary(.multiply, right: .multiplyConstant, left: .multiplyConstant)
        case .divide:
            if constant(node.a) == nil, constant(node.b) == nil, graph[node.a].operation == .multiply, uses[node.a] == 1, constant(graph[node.a].b) == nil {
                return (Instruction(code: .multiplyDivide), [graph[node.a].a, graph[node.a].b, node.b])
            }
            return binary(.divide, right: .divideBy, left: .divideInto)
        case .minimum where uses[node.a] == 1 && graph[node.a].operation == .maximum:
            if let high = constant(node.b), let low = constant(graph[node.a].b), low <= high {
                let inner = graph[node.a].a
                if graph[inner].operation == .divide, uses[inner] == 1, shape(inner).instruction.code == .multiplyDivide {
                    return (Instruction(code: .clampMultiplyDivide, p: low, q: high), shape(inner).operands)
                }
                return (Instruction(code: .clamp, p: low, q: high), [graph[node.a].a])
            }
            return binary(.minimum, right: .minimumConstant, left: .minimumConstant)
        case .minimum: return binary(.minimum, right: .minimumConstant, left: .minimumConstant)
        case .maximum: return binary(.maximum, right: .maximumConstant, left: .maximumConstant)
        case .less, .lessEqual, .equal, .notEqual: return step(i, 1, 0)
        case .and, .or:
            let joined = step(i, 1, 0)
            if joined.0.code != .choose { return joined }
            if node.operation == .and {
                for (x, y) in [(node.a, node.b), (node.b, node.a)] {
                    if let test = range(joining: x) { return (Instruction(code: .maskRange, first: test.interval), [test.operand, y]) }
                }
                return (Instruction(code: .and), [node.a, node.b])
            }
            return (Instruction(code: .or), [node.a, node.b])
        case .select:
            if let ladder = ladder(i) { return ladder }
            switch (constant(node.b), constant(node.c)) {
            case (let p?, let q?):
                if uses[node.a] == 1 { return step(node.a, p, q) }
                return (Instruction(code: .choose, p: p, q: q), [node.a])
            case (nil, let q?):
                if let test = range(joining: node.a) { return (Instruction(code: .maskRange, p: q, first: test.interval), [test.operand, node.b]) }
                return (Instruction(code: .selectElse, p: q), [node.a, node.b])
            case (let p?, nil):
                if let test = range(joining: node.a) { return (Instruction(code: .rangeElse, p: p, first: test.interval), [test.operand, node.c]) }
                return (Instruction(code: .selectThen, p: p), [node.a, node.c])
            case (nil, nil): return (Instruction(code: .select), [node.a, node.b, node.c])
            }
        case .lag: return (Instruction(code: .lag, p: .nan, window: node.window), [node.a])
        case .lagCondition: return (Instruction(code: .lag, p: 0, window: node.window), [node.a])
        case .run: return (Instruction(code: .run, window: node.window), [node.a])
        case .since: return (Instruction(code: .since), [node.a])
        case .highest: return (Instruction(code: .highest, window: node.window), [node.a])
        case .lowest: return (Instruction(code: .lowest, window: node.window), [node.a])
        case .greater, .greaterEqual: preconditionFailure("'>' was turned into '<' before")
        }
    }

    // MARK: Instructions and registers

    private mutating func lower(_ i: Int) {
        let node = graph[i]
        if node.operation == .name {
            let column = columnOfName[node.name] ?? columnNames.count
            if column == columnNames.count {
                columnOfName[node.name] = column
                columnNames.append(graph.names[node.name])
            }
            places[i] = .column(column)
            return
        }
        let (instruction, operands) = shape(i)
        draft(instruction, operands, i)
    }

    private mutating func draft(_ instruction: Instruction, _ operands: [Int], _ node: Int) {
        drafts.append((instruction, operands.map { places[$0] }, node))
        places[node] = .virtual(drafts.count - 1)
    }

    /// Gives each virtual register a real one that is free from its last use on; the last instruction writes the output.
    /// Operand vectors are numbered columns first, then registers.
    private mutating func allocate() {
        var lastUse = [Int](repeating: -1, count: drafts.count)
        for (i, draft) in drafts.enumerated() {
            for case .virtual(let v)? in draft.operands { lastUse[v] = i }
        }
        var free: [Int] = []
        var register = [Int](repeating: -1, count: drafts.count)
        for (i, draft) in drafts.enumerated() {
            var instruction = draft.instruction
            func vector(_ k: Int) -> Int {
                guard k < draft.operands.count, let place = draft.operands[k] else { return -1 }
                switch place {
                case .column(let c): return c
                case .virtual(let v): return columnNames.count + register[v]
                }
            }
            (instruction.a, instruction.b, instruction.c) = (vector(0), vector(1), vector(2))
            if i < drafts.count - 1 {
                if free.isEmpty {
                    free.append(registerCount)
                    registerCount += 1
                }
                register[i] = free.removeLast()
                instruction.destination = columnNames.count + register[i]
            }
            instructions.append(instruction)
            // Operands are released after the destination was chosen: an instruction never writes what it reads.
            for v in Set(draft.operands.compactMap { if case .virtual(let v)? = $0 { v } else { nil } }) where lastUse[v] == i { free.append(register[v]) }
        }
    }
}
