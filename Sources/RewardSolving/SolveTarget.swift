internal import ComponentKit
internal import TradingTypes

/// What a mix should be, and what may be changed to get it: a target file.
public struct SolveTarget: Sendable {
    /// Terms that the solver may add with weight 0 where the reward has none of the kind in a regime.
    public enum Addition: String, Sendable, CaseIterable {
        /// `when: action == HOLD and regime == X`
        case holdBonus = "hold_bonus"
        /// `when: action != HOLD and regime == X`, weight at most 0
        case tradeCost = "trade_cost"
    }

    public struct Band: Sendable, Equatable {
        public let regime: Int
        /// Share of HOLD, within (0, 1).
        public let hold: ClosedRange<Double>
    }

    public static let entropy = "ppo.ent_coef"

    public var name = ""
    public var about = ""
    public var file: String
    /// In the order of the regimes.
    public var bands: [Band] = []
    /// Ids of terms, and `ppo.ent_coef`; nil: every term whose pay is certain.
    public var move: [String]?
    public var bounds: [String: ClosedRange<Double>] = [:]
    /// Changes of this size count as equally large; by default a weight's own size.
    public var scales: [String: Double] = [:]
    public var additions: [Addition] = []
    /// Hit rates at which the gaps must hold, each in [0, 1].
    public var hitRates: [Double] = [0.5]
    /// Most that a coin-flipper may earn a bar in any regime; nil: anything.
    public var coinFlipAtMost: Double?
    /// Whether trading must not pay more for certain than HOLD does.
    public var forbidsFarms = true

    public func band(_ regime: Int) -> Band? { bands.first { $0.regime == regime } }
    /// Whether the entropy coefficient may be changed.
    public var movesEntropy: Bool { move?.contains(Self.entropy) ?? (bounds[Self.entropy] != nil) }

    /// Throws `InputMissing`, or `InputIssues` with every fault of the file.
    public init(file: String) throws { try self.init(file: file, text: readTextFile(file)) }

    public init(file: String, text: String) throws {
        self.file = file
        let document = try YAMLDocument(file: file, text: text)
        var issues: [InputIssue] = []
        guard var root = document.root.mapping("a target file", &issues) else { throw InputIssues(issues) }
        root.schema(&issues)
        name = root.string("name", &issues) ?? ""
        about = root.string("about", &issues) ?? ""
        if let place = root.required("bands", &issues), let mapping = place.mapping("'bands'", &issues) { readBands(place, mapping, &issues) }
        if let list = root.get("move") {
            let items = list.items ?? []
            move = items.compactMap(\.scalarText)
            if items.isEmpty || move?.count != items.count { issues.append(list.issue("type", "'move' must be a list of term ids, and of \(Self.entropy)", help: "for instance [trade_cost, \(Self.entropy)]; leave it out to move every term whose pay is certain")) }
        }
        if let place = root.get("bounds"), let mapping = place.mapping("'bounds'", &issues) {
            var reader = mapping
            for key in mapping.keys { if let value = reader.get(key) { bounds[key] = Self.range(value, "the bounds of '\(key)'", &issues) } }
        }
        if let place = root.get("scales"), let mapping = place.mapping("'scales'", &issues) {
            var reader = mapping
            for key in mapping.keys { if let value = reader.number(key, &issues, in: 1e-9...1e9) { scales[key] = value } }
        }
        if let list = root.get("add") {
            for item in list.items ?? [list] {
                if let found = item.scalarText.flatMap({ Addition(rawValue: $0) }) { additions.append(found) } else {
                    let words = Addition.allCases.map(\.rawValue)
                    issues.append(item.issue("choice", "'\(item.scalarText ?? "")' is none of \(words.joined(separator: ", "))", note: item.scalarText.flatMap { suggestion(for: $0, among: words) }.map { "did you mean '\($0)'?" }))
                }
            }
        }
        if let list = root.get("hit_rates") {
            let values = (list.items ?? [list]).map(\.number)
            if values.isEmpty || !values.allSatisfy({ $0.map { (0...1).contains($0) } ?? false }) { issues.append(list.issue("type", "'hit_rates' must be a list of numbers from 0 to 1", help: "for instance [0.5, 0.52]")) } else {
                hitRates = values.compactMap { $0 }
            }
        }
        if let value = root.get("coin_flip_at_most"), !value.isNull { coinFlipAtMost = root.number("coin_flip_at_most", &issues) }
        forbidsFarms = root.bool("no_farm", &issues) ?? true
        root.finish(&issues)
        try issues.throwIfErrors()
    }

    private mutating func readBands(_ place: YAMLValue, _ mapping: YAMLMapping, _ issues: inout [InputIssue]) {
        var reader = mapping
        for key in mapping.keys {
            guard let value = reader.get(key) else { continue }
            guard let regime = Regime.names.firstIndex(of: key) else {
                issues.append((mapping.keyPosition(key) ?? value).issue("regime", "'\(key)' is no regime", help: "regimes: \(Regime.names.joined(separator: ", "))", note: suggestion(for: key, among: Regime.names).map { "did you mean '\($0)'?" }))
                continue
            }
            guard let actions = value.mapping("the bands of \(key)", &issues) else { continue }
            var inner = actions
            for action in actions.keys {
                guard let band = inner.get(action) else { continue }
                guard action == "HOLD" else {
                    issues.append((actions.keyPosition(action) ?? band).issue("action", "bands are solved for HOLD, not for '\(action)'", help: "trading takes what HOLD leaves; LONG against SHORT is the market's, not the reward's"))
                    continue
                }
                guard let range = Self.range(band, "the band of HOLD in \(key)", &issues) else { continue }
                if range.lowerBound < 0.01 || range.upperBound > 0.99 {
                    issues.append(band.issue("range", "a band must lie within 1% and 99%: no finite weight holds a policy nearer to never or always"))
                } else if range.upperBound - range.lowerBound < 0.01 {
                    issues.append(band.issue("range", "a band of less than a point cannot be hit: two seeds differ by more"))
                } else { bands.append(Band(regime: regime, hold: range)) }
            }
        }
        bands.sort { $0.regime < $1.regime }
        if bands.isEmpty, issues.isEmpty { issues.append(place.issue("empty", "there is no band", help: "write, for instance, CRISIS:, and below it HOLD: [70%, 80%]")) }
    }

    private static func range(_ value: YAMLValue, _ what: String, _ issues: inout [InputIssue]) -> ClosedRange<Double>? {
        let numbers = (value.items ?? []).compactMap(\.number)
        guard numbers.count == 2, value.items?.count == 2, numbers[0] <= numbers[1] else {
            issues.append(value.issue("type", "\(what) must be two numbers, the lower first", help: "for instance [40%, 60%]"))
            return nil
        }
        return numbers[0]...numbers[1]
    }
}
