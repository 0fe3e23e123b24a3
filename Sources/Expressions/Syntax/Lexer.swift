internal import ComponentKit

/// Cuts the text of an expression into tokens. Never stops: whatever cannot be read is reported, and replaced by what was
/// probably meant (so that the faults behind it are found as well) or by a `junk` token that the parser passes over.
struct Lexer {
    let anchor: TextAnchor
    let scalars: [Unicode.Scalar]
    private(set) var tokens: [Token] = []
    private(set) var issues: [InputIssue] = []
    private var at = 0

    init(_ anchor: TextAnchor) {
        self.anchor = anchor
        scalars = Array(anchor.text.unicodeScalars)
        while at < scalars.count { next() }
        tokens.append(Token(kind: .end, range: scalars.count..<scalars.count))
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? { at + ahead < scalars.count ? scalars[at + ahead] : nil }

    private mutating func emit(_ kind: TokenKind, _ length: Int) {
        tokens.append(Token(kind: kind, range: at..<at + length))
        at += length
    }

    /// Reports the next `length` scalars and emits `kind` in their place.
    private mutating func report(_ message: String, _ length: Int, as kind: TokenKind = .junk, help: String?, code: String = "syntax") {
        issues.append(anchor.issue(code, offset: at, length: length, message, help: help))
        emit(kind, length)
    }

    private mutating func next() {
        let c = scalars[at]
        if c.properties.isWhitespace {
            at += 1
        } else if c.isDigit || (c == "." && peek(1)?.isDigit == true) {
            number()
        } else if c.isWordStart {
            word()
        } else {
            symbol(c)
        }
    }

    private mutating func symbol(_ c: Unicode.Scalar) {
        let following = peek(1)
        switch c {
        case "+": emit(.plus, 1)
        case "-": emit(following == ">" ? .arrow : .minus, following == ">" ? 2 : 1)
        case "*" where following == "*": power("**")
        case "*": emit(.star, 1)
        case "/" where following == "/": report("'//' is not an operator", 2, as: .slash, help: "division is '/'; comments belong in YAML, after ' #'")
        case "/": emit(.slash, 1)
        case "(": emit(.open, 1)
        case ")": emit(.close, 1)
        case "[": emit(.openBracket, 1)
        case "]": emit(.closeBracket, 1)
        case ",": emit(.comma, 1)
        case "<" where following == "=": emit(.lessEqual, 2)
        case "<" where following == ">": report("'<>' is not an operator", 2, as: .notEqual, help: "write '!=' for \"differs from\"")
        case "<": emit(.less, 1)
        case ">" where following == "=": emit(.greaterEqual, 2)
        case ">": emit(.greater, 1)
        case "=" where following == "=" && peek(2) == "=": report("'===' is not an operator", 3, as: .equal, help: "write '==' to compare")
        case "=" where following == "=": emit(.equal, 2)
        case "=" where following == "<": report("'=<' is not an operator", 2, as: .lessEqual, help: "write '<=' for \"at most\"")
        case "=" where following == ">": report("'=>' is not an operator", 2, as: .greaterEqual, help: "write '>=' for \"at least\", '->' inside tier(...)")
        case "=": report("'=' does not compare", 1, as: .equal, help: "write '==' to compare")
        case "!" where following == "=": emit(.notEqual, 2)
        case "!": report("'!' is not an operator", 1, as: .not, help: "write 'not'")
        case "&": report(following == "&" ? "'&&' is not an operator" : "'&' is not an operator", following == "&" ? 2 : 1, as: .and, help: "write 'and'")
        case "|": report(following == "|" ? "'||' is not an operator" : "'|' is not an operator", following == "|" ? 2 : 1, as: .or, help: "write 'or'")
        case "^": power("^")
        case "%": percent()
        case "?": report("'?' is not an operator", 1, help: "write if(condition, value, otherwise)")
        case "\"", "'", "`", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}": quoted(c)
        case "\u{2212}", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}":
            report("'\(c)' (\(c.code)) is a typographic dash, not a minus", 1, as: .minus, help: "type '-'")
        case "\u{00D7}", "\u{00B7}", "\u{22C5}": report("'\(c)' (\(c.code)) is not an operator", 1, as: .star, help: "multiplication is '*'")
        case "\u{00F7}": report("'\(c)' (\(c.code)) is not an operator", 1, as: .slash, help: "division is '/'")
        case "\u{2264}": report("'\(c)' (\(c.code)) is not an operator", 1, as: .lessEqual, help: "write '<='")
        case "\u{2265}": report("'\(c)' (\(c.code)) is not an operator", 1, as: .greaterEqual, help: "write '>='")
        case "\u{2260}": report("'\(c)' (\(c.code)) is not an operator", 1, as: .notEqual, help: "write '!='")
        case "\u{2192}": report("'\(c)' (\(c.code)) is not an arrow that is read here", 1, as: .arrow, help: "write '->'")
        default: stray(c)
        }
    }

    private mutating func power(_ sign: String) {
        report("'\(sign)' is not an operator: there are no powers", sign.count, as: .star, help: "write x * x for a square, exp(y * log(x)) for other powers, sqrt(x) for a root")
    }

    private mutating func percent() {
        let afterNumber = tokens.last?.kind == .number
        report("'%' must follow a number directly", 1, help: afterNumber ? "write 30% without a space" : "a fraction is written 30%; there is no remainder operator")
        // `30 % x`: the number is still a number, so let the sign vanish instead of standing between two values.
        if afterNumber { tokens.removeLast() }
    }

    /// Text in quotes, up to the closing quote or the end.
    private mutating func quoted(_ c: Unicode.Scalar) {
        let closers: [Unicode.Scalar] = c == "\u{2018}" || c == "\u{2019}" ? ["\u{2019}"] : c == "\u{201C}" || c == "\u{201D}" ? ["\u{201D}"] : [c]
        if let end = scalars[(at + 1)...].firstIndex(where: { closers.contains($0) }) {
            report("text in quotes has no meaning here", end + 1 - at, help: "write names, actions and regimes without quotes")
        } else {
            report("a quote opens here and never closes", scalars.count - at, help: "write names, actions and regimes without quotes")
        }
    }

    /// A character with no meaning; a run of the same kind is one issue.
    private mutating func stray(_ c: Unicode.Scalar) {
        var length = 1
        if c.properties.isAlphabetic {
            while let n = peek(length), n.isWordPart || n.properties.isAlphabetic { length += 1 }
            return report(
                "the character '\(c)' (\(c.code)) cannot be part of a name", length, help: "names are written with the letters a-z, digits, '_' and '.'")
        }
        while peek(length) == c { length += 1 }
        let shown = c.properties.isDefaultIgnorableCodePoint || c.value < 0x20 || (0x7F...0x9F).contains(c.value) ? "an invisible character" : "'\(c)'"
        report("\(shown) (\(c.code)) has no meaning here", length, help: c == "#" || c == ";" ? "an expression is a single value; comments belong in YAML, after ' #'" : "remove it")
    }

    private mutating func word() {
        var length = 1
        while let c = peek(length), c.isWordPart || (c == "." && peek(length + 1)?.isWordStart == true) { length += 1 }
        if let c = peek(length), !c.isASCII, c.properties.isAlphabetic {
            while let n = peek(length), n.isWordPart || n.properties.isAlphabetic { length += 1 }
            return report(
                "the character '\(c)' (\(c.code)) cannot be part of a name", length, help: "names are written with the letters a-z, digits, '_' and '.'")
        }
        let text = string(at..<at + length)
        switch text {
        case "and": emit(.and, length)
        case "or": emit(.or, length)
        case "not": emit(.not, length)
        case "in": emit(.in, length)
        case "AND", "And", "OR", "Or", "NOT", "Not", "IN", "In":
            let lower = text.lowercased()
            report("'\(text)' is not an operator", length, as: TokenKind(rawValue: lower) ?? .junk, help: "write '\(lower)'")
        default:
            tokens.append(Token(kind: .name, range: at..<at + length, text: text))
            at += length
        }
    }

    /// `1`, `.5`, `1e-3`, `1_000`, `30%`, `45 min`.
    private mutating func number() {
        var length = 0
        while let c = peek(length), c.isDigit || c == "_" || c == "." { length += 1 }
        if let e = peek(length), e == "e" || e == "E" {
            let sign = peek(length + 1) == "+" || peek(length + 1) == "-" ? 1 : 0
            if peek(length + 1 + sign)?.isDigit == true {
                length += 2 + sign
                while let c = peek(length), c.isDigit || c == "_" { length += 1 }
            }
        }
        let value = Self.value(scalars[at..<at + length])
        var tail = 0
        while let c = peek(length + tail), c.isWordPart || c == "." { tail += 1 }
        let whole = string(at..<at + length + tail)
        if tail > 0 {
            let unit = string(at + length..<at + length + tail)
            if let minutes = durationUnits[unit], let value { return literal(.duration, value * minutes, length + tail) }
            if let meant = durationSynonyms[unit] {
                return report("'\(unit)' is not a unit of time", length + tail, help: "write \(string(at..<at + length)) \(meant); the units are s, min, h and d")
            }
            return report("'\(whole)' is neither a number nor a name", length + tail, help: Self.numberHelp)
        }
        guard let value else { return report("'\(whole)' is not a number", length, help: Self.numberHelp) }
        guard value.isFinite else { return report("'\(whole)' is too large for a number", length, help: "the largest number is about 1.8e308") }
        if peek(length) == "%" { return literal(.number, value / 100, length + 1) }
        var spaces = 0
        while let c = peek(length + spaces), c.properties.isWhitespace { spaces += 1 }
        var unitLength = 0
        while let c = peek(length + spaces + unitLength), c.isWordPart || c == "." { unitLength += 1 }
        let unit = string(at + length + spaces..<at + length + spaces + unitLength)
        if spaces > 0, unitLength > 0 {
            var after = length + spaces + unitLength
            while let c = peek(after), c.properties.isWhitespace { after += 1 }
            if peek(after) != "(" {
                if let minutes = durationUnits[unit] { return literal(.duration, value * minutes, length + spaces + unitLength) }
                if let meant = durationSynonyms[unit] {
                    return report("'\(unit)' is not a unit of time", length + spaces + unitLength, help: "write \(whole) \(meant); the units are s, min, h and d")
                }
            }
        }
        literal(.number, value, length)
    }

    private mutating func literal(_ kind: TokenKind, _ value: Double, _ length: Int) {
        tokens.append(Token(kind: kind, range: at..<at + length, value: value))
        at += length
    }

    private static let numberHelp = "numbers look like 1, 0.5, 1e-3, 1_000, 30%; durations like 45 min"

    private func string(_ range: Range<Int>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[range])
        return text
    }

    /// The value of digits with at most one point, single underscores between digits, and an exponent; nil for anything else.
    private static func value(_ run: ArraySlice<Unicode.Scalar>) -> Double? {
        var text = "", points = 0, inExponent = false
        var previous: Unicode.Scalar = " "
        for (i, c) in zip(run.indices, run) {
            if c == "_" {
                guard previous.isDigit, i + 1 < run.endIndex, run[i + 1].isDigit else { return nil }
            } else {
                if c == "e" || c == "E" { inExponent = true }
                if c == "." {
                    points += 1
                    if points > 1 || inExponent || previous == "_" { return nil }
                }
                text.unicodeScalars.append(c)
            }
            previous = c
        }
        return Double(text)
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { "0" <= self && self <= "9" }
    var isWordStart: Bool { ("a" <= self && self <= "z") || ("A" <= self && self <= "Z") || self == "_" }
    var isWordPart: Bool { isWordStart || isDigit }
    /// `U+2212`
    var code: String {
        let hex = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    }
}
