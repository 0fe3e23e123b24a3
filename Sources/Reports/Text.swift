internal import ComponentKit
internal import Foundation

// How text that a user wrote (reward ids, file names, symbols, term ids) is shown. Nothing here trusts it.

/// `text` with everything that cannot be seen, or that changes how its neighbours are shown, written as an escape:
/// control characters (as `ComponentKit.visible`), line and paragraph separators, bidirectional overrides, and code points that XML forbids.
package func shown(_ text: String) -> String {
    escaping(visible(text)) { scalar in
        switch scalar.value {
        case 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}

/// `shown(text)` cut to `limit` characters (an ellipsis marks the cut), with code points above U+FFFF written as escapes:
/// cairo may draw an emoji from a bitmap font at its native size, which covers the figure.
package func figureText(_ text: String, limit: Int) -> String {
    clipped(escaping(shown(text)) { $0.value > 0xFFFF }, limit)
}

/// `text` cut to `limit` characters, the last being an ellipsis when something was cut.
package func clipped(_ text: String, _ limit: Int) -> String {
    text.count <= limit ? text : String(text.prefix(max(0, limit - 1))) + "…"
}

private func escaping(_ text: String, _ hidden: (Unicode.Scalar) -> Bool) -> String {
    guard text.unicodeScalars.contains(where: hidden) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
        if hidden(scalar) {
            out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            out.unicodeScalars.append(scalar)
        }
    }
    return out
}

/// A gnuplot string expression: single-quoted, the only form in which gnuplot neither runs backticks nor expands macros nor reads escapes.
///
/// A quote inside is joined on as `"\\047"`: gnuplot 5.4 misreads the usual doubling where the text starts with a quote.
package func gnuplotString(_ text: String) -> String {
    "'" + shown(text).replacing("'", with: "'.\"\\047\".'") + "'"
}

/// A file-name part made of `a-z 0-9 -` only, at most 40 characters; `reward` when nothing is left.
package func slug(_ text: String) -> String {
    var out = ""
    for scalar in text.lowercased().unicodeScalars {
        if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
            out.unicodeScalars.append(scalar)
        } else if !out.isEmpty, !out.hasSuffix("-") {
            out += "-"
        }
    }
    out = String(out.prefix(40))
    while out.hasSuffix("-") { out.removeLast() }
    return out.isEmpty ? "reward" : out
}

/// One slug a name, in order, made distinct by `-2`, `-3`, ...
package func slugs(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.map { name in
        let base = slug(name)
        var candidate = base, n = 1
        while !taken.insert(candidate).inserted {
            n += 1
            candidate = "\(base)-\(n)"
        }
        return candidate
    }
}

/// Columns that `text` takes in a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks.
package func terminalWidth(_ text: String) -> Int {
    var width = 0
    for character in text {
        guard let scalar = character.unicodeScalars.first else { continue }
        switch scalar.value {
        case 0x0300...0x036F, 0x200B...0x200F: break
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            width += 2
        default: width += 1
        }
    }
    return width
}
