public import ArgumentParser
import ComponentKit
import Expressions
import Features
import Foundation
import Intraday
import Regimes
import Reports
import RewardLints
import Rewards
public import TradingTypes

extension EnvironmentKind: ExpressibleByArgument {}

/// Everything that has a card, by the word that lists it.
enum Registry {
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case terms, features
        case intradayFeatures = "intraday-features"
        case detectors, teachers, plots, lints, names
    }

    static func cards(_ kind: Kind, environment: EnvironmentKind = .spot) -> [Card] {
        switch kind {
        case .terms: RewardCatalog.standard.cards
        case .features: FeatureCatalog.cards
        case .intradayFeatures: IntradayFeatureCatalog.cards
        case .detectors: RegimeDetectorCatalog.standard.map { $0.card }
        case .teachers: Shipped.scriptCards
        case .plots: PlotCatalog.cards
        case .lints: LintCatalog.cards
        case .names: readableNames(environment).names.map(card)
        }
    }

    static var all: [Card] { Kind.allCases.filter { $0 != .names }.flatMap { cards($0) } + [IntradayRegimes.card] + names }
    private static var names: [Card] {
        let features = Set(FeatureCatalog.cards.map(\.name))
        let spot = spotScope().names, known = features.union(spot.map(\.name))
        return (spot.filter { !features.contains($0.name) } + readableNames(.options).names.filter { !known.contains($0.name) }).map(card)
    }

    private static func card(_ name: NameInfo) -> Card {
        Card(
            name: name.name, kind: "readable name", summary: name.summary, formula: "", unit: name.unit,
            facts: [("type", "\(name.type)"), ("known at", name.time == .decision ? (name.readsPath ? "decision (agent's path)" : "decision") : "outcome")])
    }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List reward terms, features, detectors, teacher scripts, plots, lints, or the names an expression can read.",
        discussion: "Example:\n  assay list names --environment spot")

    @Argument(help: ArgumentHelp("terms, features, intraday-features, detectors, teachers, plots, lints or names; all counts when absent.", valueName: "kind"))
    var kind: Registry.Kind?

    @Option(help: "Whose names: spot or options.")
    var environment: EnvironmentKind = .spot

    @Flag(help: "One JSON document on standard output.")
    var json = false

    func validate() throws {
        if environment != .spot, kind != .names { throw ValidationError("--environment goes with names: assay list names --environment \(environment.rawValue)") }
    }

    func run() throws {
        let kinds = kind.map { [$0] } ?? Registry.Kind.allCases
        if json {
            let entries = kinds.flatMap { kind in Registry.cards(kind, environment: environment).map { CardJSON(kind.rawValue, $0) } }
            Console.print(try jsonText(["entries": entries]))
            return
        }
        guard let kind else {
            var rows: [[String]] = []
            for kind in Registry.Kind.allCases {
                let cards = Registry.cards(kind)
                rows.append([kind.rawValue, cards.prefix(4).map(\.name).joined(separator: ", "), "\(cards.count)"])
            }
            Console.print(plainTable(["kind", "such as", "count"], rows, textColumns: 2) + "\n'assay list terms' shows the terms, 'assay explain NAME' one card.")
            return
        }
        let heads = kind == .names ? ["name", "type", "known at", "unit", "what it is"] : ["name", "unit", "what it is"]
        let rows = Registry.cards(kind, environment: environment).map { card in
            kind == .names ? [card.name] + card.facts.map(\.text) + [card.unit, card.summary] : [card.name, card.unit, card.summary]
        }
        Console.print(plainTable(heads, rows, textColumns: heads.count), terminator: "")
    }
}

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Show the card of a term, feature, detector, teacher script, plot or name.", discussion: "Example:\n  assay explain differential_sharpe")

    @Argument(help: ArgumentHelp("What to explain; 'assay list' shows what there is.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("All cards of a kind: terms, features, detectors, teachers, plots, lints or names.", valueName: "kind"))
    var all: Registry.Kind?

    @Flag(help: "Markdown instead of plain text.")
    var markdown = false

    @Flag(help: "One JSON document on standard output.")
    var json = false

    func run() throws {
        let found = all.map { Registry.cards($0) } ?? Registry.all.filter { $0.name == name }
        guard !found.isEmpty else {
            guard let name else { throw ValidationError("name something to explain, or give --all terms") }
            let near = suggestion(for: name, among: Registry.all.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("nothing is called '\(visible(name))'\(near) 'assay list' shows all names")
        }
        if json {
            Console.print(try jsonText(["entries": found.map { CardJSON($0.kind, $0) }]))
            return
        }
        Console.print(found.map(markdown ? Self.markdownText : Self.text).joined(separator: "\n\n"))
    }

    static func markdownText(_ card: Card) -> String {
        var lines = ["## `\(card.name)`", "", card.summary, ""]
        func add(_ label: String, _ text: String) {
            if !text.isEmpty { lines.append("- \(label): \(text)") }
        }
        add("formula", card.formula.isEmpty ? "" : "`\(card.formula)`")
        add("unit", card.unit)
        for p in card.parameters { add("parameter `\(p.name)`", parameterText(p)) }
        for fact in card.facts { add(fact.label, fact.text) }
        add("source", card.source)
        return lines.joined(separator: "\n")
    }

    private static func parameterText(_ p: Card.Parameter) -> String {
        let isBounded = p.range.lowerBound > -.greatestFiniteMagnitude || p.range.upperBound < .greatestFiniteMagnitude
        let range = isBounded ? ", \(shortNumber(p.range.lowerBound)) to \(shortNumber(p.range.upperBound))" : ""
        return "\(p.summary)\(p.unit.isEmpty ? "" : " [\(p.unit)]") (default \(p.defaultValue.map(shortNumber) ?? "none")\(range))"
    }

    static func text(_ card: Card) -> String {
        var lines = ["\(card.name) (\(card.kind))", "  \(card.summary)"]
        func add(_ label: String, _ text: String) {
            if !text.isEmpty { lines.append("  \(label): \(text)") }
        }
        add("formula", card.formula)
        add("unit", card.unit)
        for p in card.parameters { add("parameter \(p.name)", parameterText(p)) }
        for fact in card.facts { add(fact.label, fact.text) }
        add("source", card.source)
        return lines.joined(separator: "\n")
    }
}

/// A card as JSON.
struct CardJSON: Encodable {
    struct Parameter: Encodable {
        let name: String, summary: String, unit: String
        let `default`: Double?
    }

    let kind: String, name: String, summary: String, formula: String, unit: String, source: String
    let parameters: [Parameter]
    let facts: [String: String]

    init(_ kind: String, _ card: Card) {
        self.kind = kind
        name = card.name
        summary = card.summary
        formula = card.formula
        unit = card.unit
        source = card.source
        parameters = card.parameters.map { Parameter(name: $0.name, summary: $0.summary, unit: $0.unit, default: $0.defaultValue) }
        facts = Dictionary(card.facts.map { ($0.label, $0.text) }) { first, _ in first }
    }
}

/// JSON with sorted keys and `schema_version`.
func jsonText(_ fields: [String: any Encodable]) throws -> String {
    var all = fields
    all["schema_version"] = 1
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(all.mapValues(AnyEncodable.init)), as: UTF8.self)
}

private struct AnyEncodable: Encodable {
    let value: any Encodable
    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
