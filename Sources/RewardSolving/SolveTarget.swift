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
        /// `when: action == LONG and regime == X`: only where X has a band of LONG or SHORT.
        case longBonus = "long_bonus"
    }

    /// How large a share of a regime's bars an action should have.
    public struct Band: Sendable, Equatable {
        public let regime: Int
        /// 0 HOLD, 1 LONG, 2 SHORT.
        public let action: Int
        /// Share of the regime's bars, within (0, 1).
        public let share: ClosedRange<Double>
        /// What is aimed at: the middle, or where bands of one regime leave no room for all middles, as far up in each.
        public internal(set) var centre: Double

        public var actionName: String { EnvironmentKind.spot.actionNames[action] }
    }

    public static let entropy = "ppo.ent_coef"
    /// May fall to 0 over the run where it is constant: steps that shrink leave less of the last bars' noise in the policy, so that seeds differ by less.
    public static let learningRate = "ppo.learning_rate"

    public var name = ""
    public var about = ""
    public var file: String
    /// In the order of the regimes, then of the actions.
    public var bands: [Band] = []
    /// Ids of terms, `certain`, `ppo.ent_coef` and `ppo.learning_rate`; nil: every term whose pay is certain.
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

    public func band(_ regime: Int, _ action: Int = 0) -> Band? { bands.first { $0.regime == regime && $0.action == action } }
    /// Regimes with a band, in order.
    public var regimes: [Int] { Set(bands.map(\.regime)).sorted() }
    /// Whether the entropy coefficient may be changed.
    public var movesEntropy: Bool { move?.contains(Self.entropy) ?? (bounds[Self.entropy] != nil) }
    /// Whether a constant learning rate may be made to fall to 0.
    public var movesLearningRate: Bool { move?.contains(Self.learningRate) ?? false }
    /// Settings of the training that 'move' may name.
    static let movableSettings = [entropy, learningRate]
    /// In 'move': every term whose pay is certain, by whatever name, so that one target serves several rewards.
    public static let certain = "certain"

    /// Whether the weight of a term may change, by its id and by whether all of its pay is known when the action is chosen.
    func moves(_ id: String, isCertain: Bool) -> Bool {
        guard let move else { return isCertain }
        return move.contains(id) || isCertain && move.contains(Self.certain)
    }

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
            if items.isEmpty || move?.count != items.count { issues.append(list.issue("type", "'move' must be a list of term ids, '\(Self.certain)', \(Self.entropy) and \(Self.learningRate)", help: "for instance [\(Self.certain), \(Self.entropy)]: every term whose pay is certain, and the entropy coefficient")) }
        }
        if let place = root.get("bounds"), let mapping = place.mapping("'bounds'", &issues) {
            var reader = mapping
            for key in mapping.keys {
                guard let value = reader.get(key) else { continue }
                if key == Self.learningRate {
                    issues.append((mapping.keyPosition(key) ?? value).issue("bounds", "the learning rate has no bounds: named in 'move' it may fall to 0 over the run, and nothing else", help: "leave it out of 'bounds'"))
                } else { bounds[key] = Self.range(value, "the bounds of '\(key)'", &issues) }
            }
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
            var inner = actions, own: [Band] = []
            for word in actions.keys {
                guard let place = inner.get(word) else { continue }
                guard let action = Self.actions.firstIndex(of: word) else {
                    issues.append((actions.keyPosition(word) ?? place).issue("action", "'\(word)' is no action of the spot market", help: "actions: \(Self.actions.joined(separator: ", "))", note: suggestion(for: word, among: Self.actions).map { "did you mean '\($0)'?" }))
                    continue
                }
                guard let range = Self.range(place, "the band of \(word) in \(key)", &issues) else { continue }
                if range.lowerBound < 0.01 || range.upperBound > 0.99 {
                    issues.append(place.issue("range", "a band must lie within 1% and 99%: no finite weight holds a policy nearer to never or always"))
                } else if range.upperBound - range.lowerBound < 0.01 {
                    issues.append(place.issue("range", "a band of less than a point cannot be hit: two seeds differ by more"))
                } else { own.append(Band(regime: regime, action: action, share: range, centre: (range.lowerBound + range.upperBound) / 2)) }
            }
            if own.count == actions.keys.count { own = Self.balanced(own, key, value, &issues) }
            bands += own
        }
        bands.sort { ($0.regime, $0.action) < ($1.regime, $1.action) }
        if bands.isEmpty, issues.isEmpty { issues.append(place.issue("empty", "there is no band", help: "write, for instance, CRISIS:, and below it HOLD: [70%, 80%]")) }
    }

    private static let actions = EnvironmentKind.spot.actionNames

    /// Shares of a regime that can be had together: all three make 100%, and two leave something for the third. An issue where they cannot.
    private static func balanced(_ bands: [Band], _ regime: String, _ place: YAMLValue, _ issues: inout [InputIssue]) -> [Band] {
        let low = bands.reduce(0) { $0 + $1.share.lowerBound }, high = bands.reduce(0) { $0 + $1.share.upperBound }
        let isWhole = bands.count == actions.count, room = isWhole ? 1 : 0.99
        func sum(_ end: (ClosedRange<Double>) -> Double) -> String { bands.map { "\($0.actionName) \(percent(end($0.share)))" }.joined(separator: " and ") }
        if low > room + 1e-9 {
            issues.append(place.issue("bands", "the bands of \(regime) cannot hold together: at least \(sum(\.lowerBound)) make \(percent(low)) of its bars", help: isWhole ? "lower one of them: the three make 100%" : "lower one of them: the third action needs a share too"))
            return []
        }
        if isWhole, high < 1 - 1e-9 {
            issues.append(place.issue("bands", "the bands of \(regime) cannot hold together: at most \(sum(\.upperBound)) make only \(percent(high)) of its bars", help: "raise one of them, or leave one out: it takes what the others leave"))
            return []
        }
        // The middles, unless they make more (or for all three, less) than there is: then as far up in every band.
        let middle = (low + high) / 2, wanted = isWhole ? 1 : min(middle, max(low, 0.97))
        let up = high > low ? (wanted - low) / (high - low) : 0.5
        return bands.map { band in
            var band = band
            band.centre = band.share.lowerBound + up * (band.share.upperBound - band.share.lowerBound)
            return band
        }
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
