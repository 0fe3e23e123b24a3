import Foundation
import TestSupport
import Testing

/// One run, expected to end by itself with `code`.
@discardableResult
func assay(
    _ arguments: String..., in folder: Workspace? = nil, environment: [String: String?] = [:], exits code: Int32 = 0,
    location: SourceLocation = #_sourceLocation
) async throws -> ProgramRun {
    try await assay(list: arguments, in: folder, environment: environment, exits: code, location: location)
}

@discardableResult
func assay(
    list arguments: [String], in folder: Workspace? = nil, environment: [String: String?] = [:], exits code: Int32 = 0, timeout: Double = 120,
    location: SourceLocation = #_sourceLocation
) async throws -> ProgramRun {
    let run = try await runAssay(arguments, in: folder?.path ?? packageRoot, environment: environment, timeout: timeout)
    #expect(run.hasEnded, "assay \(arguments): \(run.summary)", sourceLocation: location)
    #expect(run.code == code, "assay \(arguments): \(run.summary)", sourceLocation: location)
    return run
}

let barHeader = "time,open,high,low,close,volume\n"

/// Hourly rows from 2020-01-01 with volatility that changes every 200 bars; the walk is a fixed congruential sequence, so that the file never changes.
func hourlyBars(_ count: Int) -> String {
    var state: UInt64 = 12_345
    func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }
    var text = barHeader, price = 100.0
    for i in 0..<count {
        let size = 0.002 * Double(1 + (i / 200) % 4)
        let next = price * (1 + size * (uniform() + uniform() + uniform() - 1.5) * 2)
        let time = Date(timeIntervalSince1970: 1_577_836_800 + Double(i) * 3_600).formatted(.iso8601)
        text += String(format: "%@,%.4f,%.4f,%.4f,%.4f,%.3f\n", time, price, max(price, next) * 1.001, min(price, next) * 0.999, next, 5 + 5 * uniform())
        price = next
    }
    return text
}

/// A reward with one certain and one uncertain term.
let plainReward = """
    schema: 1
    name: plain
    environment: spot
    terms:
      - id: base_return
        weight: 100
        value: direction * next_return
      - id: hold
        weight: 0.01
        when: action == HOLD

    """

/// The visible text of a terminal line block, white space collapsed (tables and sentences are wrapped to the width).
func flat(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

/// A page without the two scripts that Assay itself puts there: the playground's data and its program, which the content security policy names by its hash.
func withoutOwnScripts(_ page: String) throws -> String {
    let scripts = page.matches(of: /(?s)<script type="application\/json" id="playground-data">[^<>]*<\/script>\s*<script>"use strict";.*?<\/script>/)
    #expect(scripts.count == 1)
    #expect(page.contains(/script-src 'sha256-[A-Za-z0-9+\/=]{44}'/) && !page.contains("unsafe-eval"))
    return page.replacing(try #require(scripts.first?.output), with: "")
}
