import ComponentKit
import Expressions
import Rewards
import TestSupport
import TradingTypes

/// What terms may read in these tests: the spot names and the three features that terms and shipped files use.
let termScope = NameScope.spot(
    features: [
        (name: "atr_14", unit: "percent", summary: "ATR14 / close * 100"),
        (name: "rsi_14", unit: "", summary: "(RSI14 - 50) / 50"),
        (name: "return_1", unit: "", summary: "last return in standard deviations"),
    ], regimeNames: Regime.names)

/// A reward file with a single term of weight 1.
func termFile(_ name: String, _ parameters: [String] = []) -> String {
    var text = "schema: 1\nname: test\nenvironment: spot\nterms:\n  - id: it\n    weight: 1\n    term: \(name)\n"
    if !parameters.isEmpty { text += "    parameters:\n" + parameters.map { "      \($0)\n" }.joined() }
    return text
}

func design(_ text: String, choices: [String: String] = [:], gamma: Double = 0.99) throws -> RewardDesign {
    try RewardDesign(file: "test.yaml", text: text, scope: termScope, gamma: gamma, choices: choices)
}

func stack(_ name: String, _ parameters: [String] = []) throws -> RewardStack { RewardStack(try design(termFile(name, parameters))) }

/// Pay of a term of weight 1 along `outcomes`, [T].
func pay(_ name: String, _ parameters: [String] = [], _ outcomes: OutcomeColumns) throws -> [Double] {
    try stack(name, parameters).ledger(outcomes)[0]
}

/// Columns of a trajectory: those given, and for all other names a constant that suits most terms. `action` follows from `direction`
/// and `changed` from `direction` and `position` unless given.
func outcomes(_ given: [String: [Double]], episodeStarts: [Int] = [0], next: [String: Column] = [:]) -> OutcomeColumns {
    let n = given.values.first?.count ?? 0
    var columns: [String: Column] = [
        "open": .constant(100), "high": .constant(101), "low": .constant(99), "close": .constant(100), "volume": .constant(10),
        "volatility_24h": .constant(0.01), "trend": .constant(1), "regime": .constant(0), "hour": .constant(12),
        "atr_14": .constant(1), "rsi_14": .constant(0), "return_1": .constant(1), "position": .constant(0), "direction": .constant(0),
        "bars_in_position": .constant(0), "bars_flat": .constant(0), "unrealized": .constant(0), "drawdown": .constant(0),
        "next_return": .constant(0), "cost": .constant(0), "realized": .constant(0),
    ]
    for (name, values) in given { columns[name] = .values(values) }
    let direction = columns["direction"] ?? .constant(0), position = columns["position"] ?? .constant(0)
    if given["action"] == nil {
        columns["action"] = .values((0..<n).map { direction[$0] == 0 ? 0 : direction[$0] > 0 ? 1 : 2 })
    }
    if given["changed"] == nil { columns["changed"] = .values((0..<n).map { direction[$0] == position[$0] ? 0 : 1 }) }
    return OutcomeColumns(count: n, action: nil, columns: columns, next: next, episodeStarts: episodeStarts)
}

/// A random trajectory of `count` steps: actions, returns, and the path that follows from them at a fee of 10 basis points.
/// HOLD goes flat; `stay` is the chance of keeping the position. Written apart from the environment, so that terms are not tested against its code.
func randomOutcomes(_ count: Int, seed: UInt64, episodeStarts: [Int] = [0], stay: Double = 0.6) -> OutcomeColumns {
    var random = TestRandom(state: seed)
    var columns: [String: [Double]] = [:]
    func add(_ name: String, _ value: Double) { columns[name, default: []].append(value) }
    var position = 0.0, age = 0.0, idle = 0.0, entryValue = 1.0, value = 1.0, equity = 1.0, peak = 1.0
    for row in 0..<count {
        if episodeStarts.contains(row) { (position, age, idle, entryValue, value, equity, peak) = (0, 0, 0, 1, 1, 1, 1) }
        let keeps = random.uniform() < stay
        let direction = keeps ? position : Double(Int(random.uniform() * 3)) - 1
        let r = 0.02 * (random.uniform() + random.uniform() - 1)
        let unrealized = position == 0 ? 0 : value / entryValue - 1
        let cost = 0.001 * abs(direction - position)
        add("position", position)
        add("bars_in_position", age)
        add("bars_flat", idle)
        add("unrealized", unrealized)
        add("drawdown", 1 - equity / peak)
        add("direction", direction)
        add("next_return", r)
        add("cost", cost)
        add("realized", direction != position && position != 0 ? unrealized - 0.001 : 0)
        add("regime", Double(Int(random.uniform() * 4)))
        add("rsi_14", 2 * random.uniform() - 1)
        add("volatility_24h", 0.002 + 0.01 * random.uniform())
        equity *= 1 + direction * r - cost
        peak = max(peak, equity)
        if direction != position { (entryValue, value) = (1, 1) }
        value *= 1 + direction * r
        age = direction == 0 ? 0 : direction == position ? age + 1 : 1
        idle = direction == 0 ? (position == 0 ? idle + 1 : 1) : 0
        position = direction
    }
    return outcomes(columns, episodeStarts: episodeStarts)
}

extension OutcomeColumns {
    /// The same decisions with another future: what is known only afterwards is drawn anew.
    func withOtherFuture(seed: UInt64) -> OutcomeColumns {
        var random = TestRandom(state: seed)
        var copy = self
        func draw(_ scale: Double) -> Column { .values((0..<count).map { _ in scale * (2 * random.uniform() - 1) }) }
        copy.columns["next_return"] = draw(0.03)
        copy.columns["realized"] = draw(0.05)
        copy.columns["cost"] = draw(0.001)
        return copy
    }

    /// Rows `range` as a run of their own.
    func rows(_ range: Range<Int>) -> OutcomeColumns {
        let cut = columns.mapValues { column -> Column in
            if case .values(let values) = column { return .values(Array(values[range])) }
            return column
        }
        return OutcomeColumns(count: range.count, action: action, columns: cut)
    }
}

/// SplitMix64, for tests that need numbers but no particular generator.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Hand-worked values agree to this: they are rounded to about ten digits.
let handTolerance = 1e-9

/// Parameters without which a term cannot be used at all.
let neededParameters: [String: [String]] = [
    "positive_only": ["of: direction * next_return"],
    "potential": ["phi: unrealized"],
    "reward_machine": [
        "states: [WAIT, IN]", "edges:", "  - from: WAIT", "    to: IN", "    when: direction != 0", "    reward: 0.1", "  - from: IN",
        "    to: WAIT", "    when: realized > 0.005", "    reward: 1",
    ],
]
