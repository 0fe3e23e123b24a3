internal import ComponentKit
public import TradingTypes

/// A word that stands for a fixed value: an action or a regime.
public struct NamedConstant: Sendable, Equatable {
    public let name: String
    public let type: ValueType
    /// The code that columns hold.
    public let code: Double
}

/// Everything that an expression of one environment may read. `assay list names` prints it.
///
/// The environment's actions and the regimes are constants; `action`, the action chosen at this bar, is always a name.
/// Two names alike are a programmer's error.
public struct NameScope: Sendable {
    public let environment: EnvironmentKind
    /// In display order, `action` included.
    public let names: [NameInfo]
    /// Actions, then regimes, in the order of their codes.
    public let constants: [NamedConstant]
    private let index: [String: Int]
    private let constantIndex: [String: Int]

    public init(environment: EnvironmentKind, names: [NameInfo], regimeNames: [String]) {
        self.environment = environment
        var all = names
        if !all.contains(where: { $0.name == "action" }) {
            all.append(
                NameInfo(
                    name: "action", type: .action, time: .decision, readsAction: true,
                    summary: "The action chosen at this bar: \(environment.actionNames.joined(separator: ", "))."))
        }
        self.names = all
        constants =
            environment.actionNames.enumerated().map { NamedConstant(name: $1, type: .action, code: Double($0)) }
            + regimeNames.enumerated().map { NamedConstant(name: $1, type: .regime, code: Double($0)) }
        index = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
        constantIndex = Dictionary(uniqueKeysWithValues: constants.enumerated().map { ($1.name, $0) })
    }

    /// The name's description, or nil where the scope has no such name.
    public subscript(name: String) -> NameInfo? { index[name].map { names[$0] } }

    /// The action or regime of that name.
    public func constant(_ name: String) -> NamedConstant? { constantIndex[name].map { constants[$0] } }

    /// The names of the constants of one type, in the order of their codes.
    public func constantNames(_ type: ValueType) -> [String] { constants.filter { $0.type == type }.map(\.name) }

    /// The readable name or constant that looks most like `word`.
    func nearest(to word: String) -> String? {
        suggestion(for: word, among: names.map(\.name) + constants.map(\.name))
    }

    /// The command that shows every readable name.
    var listing: String { "assay list names --environment \(environment.rawValue)" }
}
