import Foundation
import Reports
import RewardAnalysis
import Testing

/// The file that a name makes if anything runs it. Its path is absolute because figures are drawn in a folder that is removed afterwards.
let trap = "/tmp/assay-trap-\(ProcessInfo.processInfo.processIdentifier)"

/// Names that try to break out of a terminal, a figure, a page, a table; every one that runs something would make the file `trap`.
let hostileNames: [(id: String, text: String)] = [
    ("backtick", "a `touch \(trap)` b"),
    ("dollar", "$(touch \(trap))"),
    ("system", "'; system('touch \(trap)'); print '"),
    ("double", "\"; system(\"touch \(trap)\"); print \""),
    ("quote", "it's 'quoted'"),
    ("doublequote", "say \"hi\""),
    ("unbalanced", "\"open"),
    ("script", "<script>alert(1)</script>"),
    ("attribute", "\" onmouseover=\"alert(1)"),
    ("svg", "</text></svg><img src=x onerror=alert(1)>"),
    ("entity", "&lt;b&gt; &amp;"),
    ("mustache", "{{command}} {{{svg}}}"),
    ("newline", "one\ntwo\r\nthree\tfour"),
    ("escape", "\u{1B}[31mred\u{1B}[0m"),
    ("percent", "100% %s %n %"),
    ("backslash", "C:\\new\\table \\042"),
    ("enhanced", "a_b^c {d} @e &f ~g"),
    ("macro", "@command @ARG1"),
    ("comment", "# not a comment"),
    ("unicode", "été 漢字 \u{202E}abc"),
    ("path", "../../../etc/passwd"),
    ("option", "-e system('touch \(trap)')"),
]

func hostileReport(_ name: String) -> ExpectedValueReport {
    var report = sampleReport([3])
    report.rewards[0].name = name
    report.rewards[0].file = name
    report.rewards[0].about = name
    report.rewards[0].sentence = name
    report.rewards[0].notes = [name]
    report.command = name
    report.data[1].value = name
    report.regimeNames[0] = name
    for g in report.rewards[0].regimes.indices {
        if g == 0 { report.rewards[0].regimes[g].regime = name }
        report.rewards[0].regimes[g].sentence = name
        for a in report.rewards[0].regimes[g].actions.indices { report.rewards[0].regimes[g].actions[a].terms[0].id = name }
    }
    report.rewards[0].terms[0].id = name
    report.rewards[0].terms[0].formula = name
    return report
}

/// The text of a page or drawing, as a reader sees it: entities replaced (ampersand last).
func unescaped(_ text: String) -> String {
    text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
}

@Test(arguments: hostileNames.map(\.id)) func userTextAppearsAsItselfAndRunsNothing(_ id: String) async throws {
    let text = try #require(hostileNames.first { $0.id == id }?.text)
    try await withTemporaryFolder { folder in
        let report = hostileReport(text)
        let written = try await writeReport(report, to: folder)
        // First, so that nothing thrown below can hide it.
        #expect(!FileManager.default.fileExists(atPath: trap))
        let page = try readText(written.page)
        #expect(unescaped(page).contains(shown(text)))
        #expect(!page.contains("<script"))
        #expect(!page.contains("<img"))
        // Outside quoted attribute values no tag has an event attribute.
        let tags = page.replacingOccurrences(of: "=\"[^\"]*\"|='[^']*'", with: "=", options: .regularExpression)
        #expect(tags.range(of: "<[a-z][^>]* on[a-z]+", options: .regularExpression) == nil)
        #expect(page.ranges(of: "</svg>").count == page.ranges(of: "<svg ").count)

        let slug = slug(text)
        #expect(slug.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } && !slug.isEmpty)
        let tsv = try readText(folder + "/plots/ev-\(slug)-values.tsv")
        #expect(tsv.contains(shown(text)))
        #expect(tsv.split(separator: "\n").allSatisfy { $0.split(separator: "\t", omittingEmptySubsequences: false).count == 15 })

        if gnuplotIsHere {
            #expect(written.figureFailures == [])
            let drawing = try readText(folder + "/plots/ev-regimes.svg")
            #expect(unescaped(drawing).contains("Price and regimes: " + figureText(text, limit: 73)))
            #expect(!drawing.contains("<script") && !drawing.contains("<img"))
        }

        let decoded = try #require(try JSONSerialization.jsonObject(with: Data(evJSON(report).utf8)) as? [String: Any])
        let rewards = try #require(decoded["rewards"] as? [[String: Any]])
        #expect(rewards[0]["name"] as? String == text)

        let table = evTable(report)
        #expect(table.contains(shown(text).prefix(20)))
        #expect(!table.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202E })
        #expect(table.split(separator: "\n").allSatisfy { terminalWidth(String($0)) <= 110 })
    }
}

@Test func figuresShowSymbolsAboveTheBasicPlaneAsEscapes() {
    #expect(figureText("up 🙂", limit: 40) == "up \\u{1F642}")
    #expect(figureText("abcdef", limit: 4) == "abc…")
}

@Test func gnuplotStringsAreSingleQuoted() {
    #expect(gnuplotString("it's `x` \"y\"\n") == #"'it'."\047".'s `x` "y"\n'"#)
}

@Test func slugsAreDistinctAndPlain() {
    #expect(slugs(["BTC S3", "btc/s3", "", "漢字", "../x"]) == ["btc-s3", "btc-s3-2", "reward", "reward-2", "x"])
    #expect(slug(String(repeating: "ab ", count: 60)).count <= 40)
}

@Test func aDrawingWithAScriptIsRefused() {
    let svg = "<?xml version=\"1.0\"?><svg viewBox=\"0 0 1 1\"><script>x</script></svg>"
    #expect(inlineSVG(svg, prefix: "p", label: "l") == "")
}

@Test func idsInDrawingsAreMadeUnique() {
    let svg = "<?xml?>\n<svg width=\"1\" viewBox=\"0 0 8 6\" xmlns=\"http://www.w3.org/2000/svg\">\n<path id='gpPt0'/><use xlink:href='#gpPt0' clip-path=\"url(#c)\"/></svg>"
    let inline = inlineSVG(svg, prefix: "f", label: "a\"b")
    #expect(inline.hasPrefix("<svg viewBox=\"0 0 8 6\" role=\"img\" aria-label=\"a&quot;b\">"))
    #expect(inline.contains("id='f-gpPt0'") && inline.contains("href='#f-gpPt0'") && inline.contains("url(#f-c)"))
    #expect(!inline.contains("http"))
}
