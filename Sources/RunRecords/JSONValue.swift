/// A JSON document as a value: what manifests, checkpoint headers and evaluations are made of.
package indirect enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    package subscript(key: String) -> JSONValue? { if case .object(let members) = self { members[key] } else { nil } }
    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    package var list: [JSONValue]? { if case .list(let values) = self { values } else { nil } }
    package var object: [String: JSONValue]? { if case .object(let members) = self { members } else { nil } }
    /// A number of either kind.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The document on one line without spaces, keys sorted by their UTF-8 bytes: equal values give equal bytes.
    ///
    /// Numbers as Python writes them (`1e-05`, `0.1`); one that is not finite becomes the text `"nan"`, `"inf"` or `"-inf"`,
    /// since JSON has no word for it. Reading gives the text back.
    package var compact: String {
        var out: [UInt8] = []
        write(to: &out, indent: nil)
        return String(decoding: out, as: UTF8.self)
    }

    /// The document as `compact`, indented by two spaces and with a final newline.
    package var document: String {
        var out: [UInt8] = []
        write(to: &out, indent: 0)
        return String(decoding: out, as: UTF8.self) + "\n"
    }

    private func write(to out: inout [UInt8], indent: Int?) {
        func newline(_ depth: Int) {
            out.append(0x0A)
            out.append(contentsOf: repeatElement(0x20, count: 2 * depth))
        }
        func writeItems<Item>(_ items: [Item], _ open: UInt8, _ close: UInt8, isFlat: Bool, _ body: (Item) -> Void) {
            out.append(open)
            let inner = isFlat ? nil : indent.map { $0 + 1 }
            for (k, item) in items.enumerated() {
                if k > 0 { out.append(UInt8(ascii: ",")) }
                if let inner { newline(inner) } else if k > 0, indent != nil { out.append(0x20) }
                body(item)
            }
            if let inner, !items.isEmpty { newline(inner - 1) }
            out.append(close)
        }
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: String(value).utf8)
        case .number(let value):
            let digits = pythonText(value)
            if value.isFinite { out.append(contentsOf: digits.utf8) } else { JSONValue.quote(digits, to: &out) }
        case .text(let value): JSONValue.quote(value, to: &out)
        case .list(let values):
            let isFlat = values.allSatisfy { $0.list == nil && $0.object == nil }
            writeItems(values, UInt8(ascii: "["), UInt8(ascii: "]"), isFlat: isFlat) { $0.write(to: &out, indent: isFlat ? indent : indent.map { $0 + 1 }) }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            writeItems(sorted, UInt8(ascii: "{"), UInt8(ascii: "}"), isFlat: false) { key, value in
                JSONValue.quote(key, to: &out)
                out.append(UInt8(ascii: ":"))
                if indent != nil { out.append(0x20) }
                value.write(to: &out, indent: indent.map { $0 + 1 })
            }
        }
    }

    /// `text` as a JSON string, escaped as little as the standard allows.
    static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22: out.append(contentsOf: "\\\"".utf8)
            case 0x5C: out.append(contentsOf: "\\\\".utf8)
            case 0x08: out.append(contentsOf: "\\b".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0x0A: out.append(contentsOf: "\\n".utf8)
            case 0x0C: out.append(contentsOf: "\\f".utf8)
            case 0x0D: out.append(contentsOf: "\\r".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                out.append(contentsOf: "\\u00".utf8)
                out.append(digits[Int(byte >> 4)])
                out.append(digits[Int(byte & 15)])
            default: out.append(byte)
            }
        }
        out.append(0x22)
    }
}

extension JSONValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(Dictionary(uniqueKeysWithValues: elements)) }
}
