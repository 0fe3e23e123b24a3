import Foundation
import RunRecords
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" [1, -2,0] ", .list([.integer(1), .integer(-2), .integer(0)])), ("9223372036854775807", .integer(.max)),
        ("9223372036854775808", .number(9.223372036854775808e18)), ("1.0", .number(1)), ("1e2", .number(100)), ("-0.5E-1", .number(-0.05)),
        (#"{"a":{"b":[true,false]},"":"x"}"#, .object(["a": .object(["b": .list([.bool(true), .bool(false)])]), "": .text("x")])),
        (#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, .text("\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{1F600}")), ("[]", .list([])), ("{ }", .object([:])),
    ]) func reads(_ text: String, _ value: JSONValue) throws { #expect(try JSONValue(parsing: text.utf8) == value) }

    @Test(arguments: [
        ("", 0, "the text ends too early"), ("[1,]", 3, "expected a value"), ("{\"a\" 1}", 5, "expected ':' after a key"), ("{a:1}", 1, "expected a key in double quotes"),
        ("[1 2]", 3, "expected ',' or ']'"), ("{\"a\":1 \"b\":2}", 7, "expected ',' or '}'"), ("01", 0, "a number with a leading zero"), ("[1.]", 3, "expected a digit after the decimal point"),
        ("[1e+]", 4, "expected a digit in the exponent"), ("nul", 0, "expected a value"), ("\"\u{1}\"", 1, "a control character inside a text"), ("\"\\x\"", 2, "an unknown escape"),
        ("\"\\ud800\"", 7, "half of a surrogate pair"), ("\"\\u12g4\"", 5, "expected four hexadecimal digits"), ("1 2", 2, "text after the end of the document"),
        ("{\"k\":1,\"k\":2}", 7, "the key 'k' stands twice"), ("NaN", 0, "expected a value"), (String(repeating: "[", count: 200), 128, "nested too deeply"),
    ]) func refuses(_ text: String, _ offset: Int, _ message: String) {
        let fault = #expect(throws: JSONFault.self) { try JSONValue(parsing: text.utf8) }
        #expect(fault?.message == message)
        #expect(fault?.offset == offset)
    }

    static let sample = JSONValue.object([
        "b": .list([.integer(1), .number(1e-5), .number(2)]), "a": .object(["z": .null, "A": .bool(false)]), "none": .object([:]),
        "text": .text("a\"\\\u{1}\n/\u{E9}"), "bad": .number(.nan), "rows": .list([.object(["x": .integer(1)]), .list([])]),
    ])

    @Test func writesCompactly() throws {
        let text = #"{"a":{"A":false,"z":null},"b":[1,1e-05,2.0],"bad":"nan","none":{},"rows":[{"x":1},[]],"text":"a\"\\\u0001\n/é"}"#
        #expect(Self.sample.compact == text)
        let again = try JSONValue(parsing: text.utf8)
        #expect(again.compact == text)
    }

    @Test func writesDocuments() throws {
        #expect(
            Self.sample.document == """
                {
                  "a": {
                    "A": false,
                    "z": null
                  },
                  "b": [1, 1e-05, 2.0],
                  "bad": "nan",
                  "none": {},
                  "rows": [
                    {
                      "x": 1
                    },
                    []
                  ],
                  "text": "a\\"\\\\\\u0001\\n/é"
                }

                """)
        #expect(try JSONValue(parsing: Self.sample.document.utf8).compact == Self.sample.compact)
        #expect(try JSONSerialization.jsonObject(with: Data(Self.sample.document.utf8)) is [String: Any])
    }
}

/// Against Python's own `str` and `round`.
@Suite struct PythonNumberTests {
    @Test(.tags(.parity)) func doubles() {
        for pair in RecordsFixture.shared.numbers.doubles { #expect(pythonText(Double(bitPattern: UInt64(pair[0], radix: 16)!)) == pair[1]) }
    }

    @Test(.tags(.parity)) func singles() {
        for pair in RecordsFixture.shared.numbers.singles { #expect(pythonText(Float(bitPattern: UInt32(pair[0], radix: 16)!)) == pair[1]) }
    }

    @Test(.tags(.parity)) func roundedToSixPlaces() {
        for pair in RecordsFixture.shared.numbers.rounded {
            #expect(pythonText(pythonRounded(Double(bitPattern: UInt64(pair[0], radix: 16)!), places: 6)) == pair[1], "\(pair[0])")
        }
    }
}
