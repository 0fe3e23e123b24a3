/// What a registered thing is: the text that listings, help, error suggestions and reports all read.
public struct Card: Sendable {
    public struct Parameter: Sendable {
        public let name: String
        public let summary: String
        public let unit: String
        public let defaultValue: Double?
        public let range: ClosedRange<Double>

        public init(
            _ name: String, _ summary: String, unit: String = "", default defaultValue: Double? = nil,
            in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        ) {
            self.name = name
            self.summary = summary
            self.unit = unit
            self.defaultValue = defaultValue
            self.range = range
        }
    }

    /// Permanent id, snake_case.
    public let name: String
    /// What kind of thing it is: `reward term`, `feature`, `detector`, `plot`, ...
    public let kind: String
    /// One sentence.
    public let summary: String
    /// Formula in plain text.
    public let formula: String
    public let unit: String
    public let parameters: [Parameter]
    /// Paper, book, or program with version.
    public let source: String
    /// Further labelled facts (`accrual`, `provenance`, `warm-up`), in display order.
    public let facts: [(label: String, text: String)]

    public init(
        name: String, kind: String, summary: String, formula: String, unit: String = "", parameters: [Parameter] = [],
        source: String = "", facts: [(label: String, text: String)] = []
    ) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.formula = formula
        self.unit = unit
        self.parameters = parameters
        self.source = source
        self.facts = facts
    }
}

/// An alphabetical list of named components. Building one with a duplicate name is a programmer's error.
public struct Catalogue<Component: Sendable>: Sendable {
    public let components: [Component]
    private let cardOf: @Sendable (Component) -> Card
    private let index: [String: Int]

    public init(_ components: [Component], card: @escaping @Sendable (Component) -> Card) {
        self.components = components
        cardOf = card
        var index: [String: Int] = [:]
        for (i, component) in components.enumerated() {
            let name = card(component).name
            precondition(index[name] == nil, "two components are named '\(name)'")
            index[name] = i
        }
        self.index = index
    }

    public subscript(name: String) -> Component? { index[name].map { components[$0] } }
    public var cards: [Card] { components.map(cardOf) }
    public var names: [String] { cards.map(\.name) }
}
