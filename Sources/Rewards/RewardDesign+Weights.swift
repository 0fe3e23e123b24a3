/// A reward file cut at its weights: writing other numbers into the gaps gives the same file, comments and all, with other weights.
package struct WeightedText: Sendable, Equatable {
    /// Text before the first weight, between two of them, after the last; one more than `terms`.
    package let pieces: [String]
    /// Index of the term whose weight stands in each gap; every term once, in file order.
    package let terms: [Int]
    /// What the file says in each gap.
    package let written: [String]

    package init(pieces: [String], terms: [Int], written: [String]) {
        self.pieces = pieces
        self.terms = terms
        self.written = written
    }

    /// The file with `weights` in place of its own, by the terms' index; others stay as they are written.
    package func text(_ weights: [Int: Double]) -> String {
        var out = pieces[0]
        for (i, piece) in pieces.dropFirst().enumerated() { out += (weights[terms[i]].map { "\($0)" } ?? written[i]) + piece }
        return out
    }
}

extension RewardDesign {
    /// The file cut at its weights; nil where a weight is not written as a number of its own (an anchor that several terms share, a quoted number).
    package var weightedText: WeightedText? {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        // Scalars before each line, and the file as scalars: columns count scalars.
        var starts: [Int] = [], scalars: [Unicode.Scalar] = []
        for (i, line) in lines.enumerated() {
            if i > 0 { scalars.append("\n") }
            starts.append(scalars.count)
            scalars += line.unicodeScalars
        }
        var spans: [(range: Range<Int>, term: Int)] = []
        for (k, term) in terms.enumerated() {
            let place = term.weightPlace
            guard place.line >= 1, place.line <= starts.count, place.column >= 1 else { return nil }
            let from = starts[place.line - 1] + place.column - 1
            var to = from
            while to < scalars.count, Self.isOfNumber(scalars[to]) { to += 1 }
            guard to > from, YAMLNumber.value(of: scalars[from..<to]) == term.weight else { return nil }
            spans.append((from..<to, k))
        }
        spans.sort { $0.range.lowerBound < $1.range.lowerBound }
        guard zip(spans, spans.dropFirst()).allSatisfy({ $0.range.upperBound <= $1.range.lowerBound }) else { return nil }
        var pieces: [String] = [], written: [String] = [], at = 0
        func piece(_ range: Range<Int>) -> String {
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars[range])
            return text
        }
        for span in spans {
            pieces.append(piece(at..<span.range.lowerBound))
            written.append(piece(span.range))
            at = span.range.upperBound
        }
        pieces.append(piece(at..<scalars.count))
        return WeightedText(pieces: pieces, terms: spans.map(\.term), written: written)
    }

    private static func isOfNumber(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || "+-.eE_%".unicodeScalars.contains(scalar)
    }
}

/// A number as YAML files may write it.
private enum YAMLNumber {
    static func value(of scalars: ArraySlice<Unicode.Scalar>) -> Double? {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars.filter { $0 != "_" })
        if text.hasSuffix("%") { return Double(text.dropLast()).map { $0 / 100 } }
        return Double(text)
    }
}
