/// Where a JSON text stops being JSON.
package struct JSONFault: Error, Sendable, Equatable {
    /// Offset in bytes from the start of the text.
    package let offset: Int
    /// What is wrong there, without a capital or a full stop.
    package let message: String
    /// A key that stands twice in one object, where that is the fault.
    package var duplicateKey: String?
}

extension JSONValue {
    /// Reads one document (RFC 8259), strictly: no trailing commas or comments, and a key that stands twice in one object is a fault.
    ///
    /// Whole numbers that fit 64 bits become `integer`, all others `number`. Nesting deeper than 128 is a fault.
    package init(parsing bytes: some Collection<UInt8>) throws(JSONFault) {
        var reader = JSONReader(bytes: Array(bytes))
        reader.skipSpace()
        self = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == reader.bytes.count else { throw reader.fault("text after the end of the document") }
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    func fault(_ message: String) -> JSONFault { JSONFault(offset: at, message: next == nil ? "the text ends too early" : message) }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    mutating func word(_ word: String, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        let end = at + word.utf8.count
        guard end <= bytes.count, bytes[at..<end].elementsEqual(word.utf8) else { throw fault("expected a value") }
        at = end
        return value
    }

    mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < 128 else { throw fault("nested too deeply") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func object(_ depth: Int) throws(JSONFault) -> JSONValue {
        at += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("expected a key in double quotes") }
            let start = at
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault("expected ':' after a key") }
            skipSpace()
            let value = try value(depth: depth + 1)
            guard members.updateValue(value, forKey: key) == nil else {
                throw JSONFault(offset: start, message: "the key '\(key)' stands twice", duplicateKey: key)
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw fault("expected ',' or '}'") }
        }
    }

    mutating func list(_ depth: Int) throws(JSONFault) -> JSONValue {
        at += 1
        var values: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .list(values) }
        while true {
            skipSpace()
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .list(values) }
            guard take(UInt8(ascii: ",")) else { throw fault("expected ',' or ']'") }
        }
    }

    mutating func string() throws(JSONFault) -> String {
        at += 1
        var out: [UInt8] = []
        while let byte = next {
            switch byte {
            case 0x22:
                guard let text = String(validating: out, as: UTF8.self) else { throw fault("text that is not UTF-8") }
                at += 1
                return text
            case 0x5C:
                at += 1
                try escape(into: &out)
            case 0..<0x20: throw fault("a control character inside a text")
            default:
                out.append(byte)
                at += 1
            }
        }
        throw fault("")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONFault) {
        guard let byte = next else { throw fault("") }
        at += 1
        switch byte {
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take(0x5C), take(UInt8(ascii: "u")) else { throw fault("half of a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
            out.append(contentsOf: UTF8.encode(scalar)!)
        default:
            at -= 1
            throw fault("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw fault("expected four hexadecimal digits") }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = at
        _ = take(UInt8(ascii: "-"))
        let first = at
        skipDigits()
        guard at > first else {
            at = start
            throw fault("expected a value")
        }
        guard at == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            at = start
            throw fault("a number with a leading zero")
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            let from = at
            skipDigits()
            guard at > from else { throw fault("expected a digit after the decimal point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            let from = at
            skipDigits()
            guard at > from else { throw fault("expected a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let value = Int(text) { return .integer(value) }
        return .number(Double(text) ?? .nan)
    }

    private mutating func skipDigits() {
        while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
    }
}
