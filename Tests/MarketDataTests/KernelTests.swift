import NumericKernels
import Testing

@Suite struct DecimalParsingTests {
    private func parse(_ text: String) -> Double? {
        let b = Array(text.utf8)
        return parseDecimal(b.span, from: 0, to: b.count)
    }

    @Test(arguments: [
        "0", "-0", "1", "8333.98", "+2.5", ".5", "5.", "1e3", "1E-3", "9007199254740993", "177.32000732421875", "4410762.810386474", "1e22", "1e23", "123456789012345e22",
        "0.1", "0.30000000000000004", "2.2250738585072011e-308", "4.9e-324", "1e-400", "1.7976931348623157e308", "00000000000000000000001.5", "0.000000000000000000000000000012345",
        "12345678901234567890123", "0.00000000000000000000000000000000000000000000000001",
    ])
    func agreesWithTheStandardLibrary(_ text: String) throws {
        let ours = try #require(parse(text))
        #expect(ours.bitPattern == Double(text)?.bitPattern)
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "abc", "1.2.3", "0x10", "nan", "inf", "1 ", " 1", "1,5", "1e999", "--1", "1e5x", "\u{661}"])
    func refusesWhatIsNotAPlainNumber(_ text: String) { #expect(parse(text) == nil) }

    /// 200,000 random decimals of 1 to 21 digits: the same bits as Double(String), which rounds correctly.
    @Test func randomDecimalsAreCorrectlyRounded() {
        var rng = RandomStream(seed: 11, purpose: "decimals")
        var wrong: [String] = []
        for _ in 0..<200_000 {
            var text = ""
            for _ in 0..<Int(1 + rng.below(21)) { text += String(rng.below(10)) }
            if rng.below(4) > 0 {
                let at = text.index(text.startIndex, offsetBy: Int(rng.below(UInt64(text.count + 1))))
                text.insert(".", at: at)
            }
            if rng.below(5) == 0 { text += "e\(Int(rng.below(60)) - 30)" }
            if parse(text)?.bitPattern != Double(text.hasPrefix(".") ? "0" + text : text)?.bitPattern { wrong.append(text) }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }
}

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples (NIST "SHA256.pdf" and the CAVP short vectors).
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func knownVectors(_ text: String, _ digest: String) { #expect(SHA256.hex(Array(text.utf8)) == digest) }

    @Test func aMillionLettersInPieces() {
        var hash = SHA256()
        let piece = [UInt8](repeating: 0x61, count: 997)
        for _ in 0..<1003 { hash.update(piece) }
        hash.update(piece, count: 1_000_000 - 997 * 1003)  // 9 more
        #expect(hash.finishHex() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}
