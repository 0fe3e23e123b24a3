/// The smallest pieces of an expression's text.
enum TokenKind: String {
    case number, duration, name
    case plus = "+", minus = "-", star = "*", slash = "/"
    case less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">=", equal = "==", notEqual = "!="
    case and, or, not, `in`
    case open = "(", close = ")", openBracket = "[", closeBracket = "]", comma = ",", arrow = "->"
    /// Something that has already been reported.
    case junk
    case end

    /// Whether a value can begin with this token.
    var startsValue: Bool {
        switch self {
        case .number, .duration, .name, .open, .not: true
        default: false
        }
    }

    var isComparison: Bool {
        switch self {
        case .less, .lessEqual, .greater, .greaterEqual, .equal, .notEqual, .in: true
        default: false
        }
    }

    /// How tightly a two-sided operator binds, 1 (`or`) to 6 (`*`); nil for everything else. `not` binds at 3.
    var precedence: Int? {
        switch self {
        case .or: 1
        case .and: 2
        case .less, .lessEqual, .greater, .greaterEqual, .equal, .notEqual, .in: 4
        case .plus, .minus: 5
        case .star, .slash: 6
        default: nil
        }
    }
}

/// One token and where it stands, in unicode scalars from the start of the text.
struct Token {
    var kind: TokenKind
    var range: Range<Int>
    /// The number, or the minutes of a duration.
    var value: Double = 0
    /// The word, for names.
    var text: String = ""
}

/// Minutes per unit of a duration literal.
let durationUnits: [String: Double] = ["s": 1.0 / 60, "min": 1, "h": 60, "d": 1440]

/// Words that people write for those units.
let durationSynonyms: [String: String] = [
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "m": "min", "mins": "min", "minute": "min", "minutes": "min", "hr": "h",
    "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
]
