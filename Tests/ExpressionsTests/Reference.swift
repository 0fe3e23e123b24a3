import TradingTypes
import Expressions

/// Random expressions as trees of their own, printed as text for the compiler and evaluated here by plain recursion: the
/// oracle of the evaluation tests. It shares no code with the compiler.
indirect enum Tree {
    case number(Double)
    case name(String)
    case negate(Tree), function(String, Tree)
    case arithmetic(String, Tree, Tree)
    case extreme(String, [Tree])
    case clamp(Tree, Tree, Tree)
    case choice(Tree, Tree, Tree)
    case tier(Tree, [(Double, Double)])
    // conditions
    case compare(String, Tree, Tree)
    case not(Tree)
    case join(String, Tree, Tree)
    case member(Tree, [Tree], negated: Bool)

    /// Text with no more parentheses than the precedence table asks for.
    func text(_ outer: Int = 0) -> String {
        func wrap(_ own: Int, _ inner: String) -> String { own < outer ? "(\(inner))" : inner }
        switch self {
        case .number(let x): return x < 0 ? wrap(7, "\(x)") : "\(x)"
        case .name(let name): return name
        case .negate(let x): return wrap(7, "-\(x.text(7))")
        case .function(let name, let x): return "\(name)(\(x.text()))"
        case .arithmetic(let op, let a, let b):
            let own = op == "+" || op == "-" ? 5 : 6
            return wrap(own, "\(a.text(own)) \(op) \(b.text(own + 1))")
        case .extreme(let name, let list): return "\(name)(\(list.map { $0.text() }.joined(separator: ", ")))"
        case .clamp(let x, let a, let b): return "clamp(\(x.text()), \(a.text()), \(b.text()))"
        case .choice(let c, let a, let b): return "if(\(c.text()), \(a.text()), \(b.text()))"
        case .tier(let x, let steps): return "tier(\(x.text()), \(steps.map { "\($0.0) -> \($0.1)" }.joined(separator: ", ")))"
        case .compare(let op, let a, let b): return wrap(4, "\(a.text(5)) \(op) \(b.text(5))")
        case .not(let c): return wrap(3, "not \(c.text(3))")
        case .join(let op, let a, let b):
            let own = op == "or" ? 1 : 2
            return wrap(own, "\(a.text(own)) \(op) \(b.text(own + 1))")
        case .member(let x, let list, let negated):
            return wrap(4, "\(x.text(5)) \(negated ? "not in" : "in") [\(list.map { $0.text() }.joined(separator: ", "))]")
        }
    }

    func value(_ row: [String: Double]) -> Double {
        switch self {
        case .number(let x): return x
        case .name(let name): return row[name]!
        case .negate(let x): return -x.value(row)
        case .function(let name, let x):
            let x = x.value(row)
            switch name {
            case "abs": return abs(x)
            case "sign": return x.isNaN ? x : x > 0 ? 1 : x < 0 ? -1 : 0
            default: return x.squareRoot()
            }
        case .arithmetic(let op, let a, let b):
            let a = a.value(row), b = b.value(row)
            return op == "+" ? a + b : op == "-" ? a - b : op == "*" ? a * b : a / b
        case .extreme(let name, let list):
            let values = list.map { $0.value(row) }
            if values.contains(where: \.isNaN) { return .nan }
            return name == "min" ? values.min()! : values.max()!
        case .clamp(let x, let a, let b):
            let x = x.value(row), a = a.value(row), b = b.value(row)
            if x.isNaN || a.isNaN || b.isNaN { return .nan }
            return min(max(x, a), b)
        case .choice(let c, let a, let b): return c.holds(row) ? a.value(row) : b.value(row)
        case .tier(let x, let steps):
            let x = x.value(row)
            return steps.last { x >= $0.0 }?.1 ?? 0
        default: return holds(row) ? 1 : 0
        }
    }

    func holds(_ row: [String: Double]) -> Bool {
        switch self {
        case .compare(let op, let a, let b):
            let a = a.value(row), b = b.value(row)
            if a.isNaN || b.isNaN { return false }
            switch op {
            case "<": return a < b
            case "<=": return a <= b
            case ">": return a > b
            case ">=": return a >= b
            case "==": return a == b
            default: return a != b
            }
        case .not(let c): return !c.holds(row)
        case .join(let op, let a, let b): return op == "and" ? a.holds(row) && b.holds(row) : a.holds(row) || b.holds(row)
        case .member(let x, let list, let negated):
            let x = x.value(row)
            return list.contains { $0.value(row) == x } != negated
        case .name(let name): return row[name]! != 0
        default: return false
        }
    }

    /// The size of the numbers that enter the value: what rounding errors are measured against.
    func magnitude(_ row: [String: Double]) -> Double {
        switch self {
        case .negate(let x): return x.magnitude(row)
        case .arithmetic(let op, let a, let b):
            switch op {
            case "+", "-": return a.magnitude(row) + b.magnitude(row)
            case "*": return a.magnitude(row) * b.magnitude(row)
            default: return a.magnitude(row) / abs(b.value(row))
            }
        case .choice(let c, let a, let b): return c.holds(row) ? a.magnitude(row) : b.magnitude(row)
        default: return abs(value(row))
        }
    }
}

/// Makes random trees over the spot names.
struct TreeMaker {
    var random: TestRandom
    /// Only operators through which sums are split, for the test of linear parts.
    var linear = false

    static let numbers = ["close", "rsi_14", "position", "unrealized", "next_return", "cost", "direction"]

    mutating func number(_ depth: Int) -> Tree {
        if depth == 0 || random.unit() < 0.1 {
            if random.unit() < 0.35 { return .number(random.pick([0, 1, -1, 2, 0.5, 0.25, 3, -0.04, 1.5])) }
            return .name(random.pick(Self.numbers))
        }
        switch Int(random.unit() * (linear ? 9 : 16)) {
        case 0, 1, 2: return .arithmetic(random.pick(["+", "-"]), number(depth - 1), number(depth - 1))
        case 3, 4: return .arithmetic("*", number(depth - 1), number(depth - 1))
        case 5:
            // Never by zero: of two zeros, min and max may give either, and the sign would show in the infinity.
            return .arithmetic("/", number(depth - 1), .arithmetic("+", .function("abs", number(depth - 1)), .number(0.5)))
        case 6: return .negate(number(depth - 1))
        case 7, 8: return .choice(condition(depth - 1), number(depth - 1), number(depth - 1))
        case 9, 10: return .function(random.pick(["abs", "sign", "sqrt"]), number(depth - 1))
        case 11, 12: return .extreme(random.pick(["min", "max"]), (0..<2 + Int(random.unit() * 2)).map { _ in number(depth - 1) })
        case 13: return .clamp(number(depth - 1), .number(-1), number(depth - 1))
        case 14:
            let steps = [(-1.5, 1), (-0.5, -2), (0, 0.3), (0.25, 7), (1, 0.5), (1.5, 0)]
            return .tier(number(depth - 1), Array(steps.prefix(1 + Int(random.unit() * 6))))
        default: return .choice(condition(depth - 1), .number(random.pick([0, 1, 0.08])), .number(random.pick([0, -1, 0.3])))
        }
    }

    mutating func condition(_ depth: Int) -> Tree {
        if depth == 0 || random.unit() < 0.2 {
            switch Int(random.unit() * 4) {
            case 0: return .name("changed")
            case 1: return .compare(random.pick(["==", "!="]), .name("action"), .name(random.pick(["HOLD", "LONG", "SHORT"])))
            case 2: return .member(.name("regime"), [.name("TRENDING"), .name(random.pick(["CRISIS", "LOW_VOL"]))], negated: random.unit() < 0.3)
            default: return .compare(random.pick(["==", "!="]), .name("regime"), .name(random.pick(["TRENDING", "CRISIS"])))
            }
        }
        switch Int(random.unit() * 6) {
        case 0, 1, 2: return .compare(random.pick(["<", "<=", ">", ">=", "==", "!="]), number(depth - 1), number(depth - 1))
        case 3: return .not(condition(depth - 1))
        case 4: return .join("and", condition(depth - 1), condition(depth - 1))
        default: return .join("or", condition(depth - 1), condition(depth - 1))
        }
    }
}

/// Random columns for the spot names; `missing` is the share of NaN among the numbers.
struct RandomMarket {
    var table: ColumnTable
    var rows: [[String: Double]]

    init(rows count: Int, missing: Double, random: inout TestRandom) {
        var rows = [[String: Double]](repeating: [:], count: count)
        for i in 0..<count {
            for name in TreeMaker.numbers {
                // Small integers among the numbers, so that equalities and zeros happen.
                var x = random.unit() < 0.3 ? (random.unit() * 5).rounded(.down) - 2 : random.unit() * 4 - 2
                if random.unit() < missing { x = .nan }
                rows[i][name] = x
            }
            rows[i]["action"] = (random.unit() * 3).rounded(.down)
            rows[i]["regime"] = (random.unit() * 4).rounded(.down)
            rows[i]["changed"] = (random.unit() * 2).rounded(.down)
            for constant in spot.constants { rows[i][constant.name] = constant.code }
        }
        self.rows = rows
        var columns: [String: Column] = [:]
        for name in TreeMaker.numbers + ["action", "regime", "changed"] { columns[name] = .values(rows.map { $0[name]! }) }
        table = ColumnTable(rowCount: count, columns: columns)
    }
}
