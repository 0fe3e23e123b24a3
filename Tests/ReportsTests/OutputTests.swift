import ComponentKit
import Foundation
import Reports
import RewardAnalysis
import Testing

private func document(_ report: ExpectedValueReport) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(evJSON(report).utf8)) as? [String: Any])
}

@Test func jsonHoldsTheFixedNames() throws {
    let root = try document(sampleReport())
    #expect(root["schema_version"] as? Int == 1)
    let rewards = try #require(root["rewards"] as? [[String: Any]])
    #expect(rewards.compactMap { $0["name"] as? String } == ["btc-s1", "btc-s2", "btc-s3"])
    let reward = rewards[2]
    #expect(Set(reward.keys).isSuperset(of: ["name", "regimes", "coin_flip_per_bar", "coin_flip_interval95", "verdict", "learnable_edge_class", "terms", "hash"]))
    #expect(Set(try #require(reward["verdict"] as? [String: Any]).keys).isSuperset(of: ["class", "sentence"]))
    let regimes = try #require(reward["regimes"] as? [[String: Any]])
    #expect(regimes.count == 4)
    let trending = regimes[1]
    #expect(Set(trending.keys).isSuperset(of: ["regime", "bars", "share", "actions", "contrasts", "guarantee_premium", "break_even_hit_rate", "greedy", "bars_to_decide"]))
    #expect(trending["regime"] as? String == "TRENDING")
    #expect(trending["bars"] as? Int == 6_838)
    // E.2, set 3, TRENDING: premium -.04 - .01 = -.05, break-even .442, greedy TRADE.
    #expect(abs(try #require(trending["guarantee_premium"] as? Double) + 0.05) < 1e-12)
    let even = try #require(trending["break_even_hit_rate"] as? [String: Any])
    #expect(abs(try #require(even["estimate"] as? Double) - 0.442) < 0.001)
    #expect((even["interval95"] as? [Double])?.count == 2)
    let greedy = try #require(trending["greedy"] as? [String: Any])
    #expect(greedy["zero_edge"] as? String == "TRADE")
    #expect(Set(try #require(greedy["learnable_edge"] as? [String: Double]).keys) == ["HOLD", "LONG", "SHORT"])
    #expect(Set(try #require(greedy["clairvoyant"] as? [String: Double]).keys) == ["HOLD", "LONG", "SHORT"])
    let hold = try #require((trending["actions"] as? [String: Any])?["HOLD"] as? [String: Any])
    #expect(Set(hold.keys) == ["expected", "interval95", "guaranteed", "path", "uncertain", "shaping", "terms"])
    #expect((hold["terms"] as? [String: Double])?["trending_hold"] == -0.04)
    let contrasts = try #require(trending["contrasts"] as? [String: [String: Any]])
    #expect(Set(contrasts.keys) == ["LONG-HOLD", "SHORT-HOLD", "TRADE-HOLD"])
    #expect(Set(try #require(contrasts["LONG-HOLD"]).keys).isSuperset(of: ["estimate", "interval95"]))
}

@Test func whatIsUnknownIsNullWithItsReasonBeside() throws {
    var report = sampleReport([1])
    report.edge = nil
    report.rewards[0].regimes[0].breakEvenHitRate = Estimate(nil, reason: "skill does not enter")
    report.rewards[0].regimes[0].actions[1].expected = .infinity
    report.rewards[0].regimes[0].actions[1].interval95 = Interval(.nan, 1)
    report.rewards[0].regimes[0].learnableGreedy = []
    let root = try document(report)
    #expect(root["edge"] is NSNull && root["edge_reason"] is String)
    let regime = try #require((root["rewards"] as? [[String: Any]])?.first?["regimes"] as? [[String: Any]]).first
    #expect(regime?["break_even_hit_rate"] is NSNull)
    #expect(regime?["break_even_hit_rate_reason"] as? String == "skill does not enter")
    #expect(regime?["bars_to_decide"] is NSNull)
    #expect(regime?["bars_to_decide_reason"] as? String == "the gap is zero, so no number of bars decides")
    let greedy = regime?["greedy"] as? [String: Any]
    #expect(greedy?["learnable_edge"] is NSNull && greedy?["learnable_edge_reason"] is String)
    let long = (regime?["actions"] as? [String: Any])?["LONG"] as? [String: Any]
    #expect(long?["expected"] is NSNull && long?["expected_reason"] as? String == "not finite")
    #expect(long?["interval95"] is NSNull && long?["interval95_reason"] is String)
    // Sorted keys: the document's own keys stand in order.
    let keys = evJSON(report).split(separator: "\n").filter { $0.hasPrefix("  \"") }.compactMap { $0.split(separator: "\"").dropFirst().first }.map(String.init)
    #expect(keys == keys.sorted() && keys.contains("schema_version"))
}

@Test func jsonIsTheSameBytesEveryTime() throws {
    #expect(evJSON(sampleReport()) == evJSON(sampleReport()))
}

@Test func tableSaysTheVerdictFirstAndFits() throws {
    let table = evTable(sampleReport())
    let lines = table.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "btc-s1: always trade at zero edge, always trade at the learnable edge")
    #expect(lines.allSatisfy { terminalWidth(String($0)) <= 110 })
    #expect(!table.contains("\u{1B}"))
    #expect(evTable(sampleReport(), color: true).contains("\u{1B}[1m"))
    // One table a reward: nothing had to be split.
    #expect(lines.filter { $0.contains("LOW_VOL ") && $0.contains("11,823") }.count == 3)
    #expect(lines.filter { $0.hasPrefix("LOW_VOL") }.count == 3)
    // E.2 and E.3: set 3, HIGH_VOL.
    let row = try #require(lines.last { $0.hasPrefix("HIGH_VOL") })
    #expect(row.split(separator: " ").map(String.init) == ["HIGH_VOL", "4,411", "+0.0200", "+0.0109", "+0.0191", "+0.0300", "0.502", "-0.0050", "HOLD", "48/27/25", "6/47/47", "485,325"])
}

@Test(arguments: [40, 60, 80, 110]) func narrowTerminalsGetNarrowTables(_ width: Int) {
    let lines = evTable(sampleReport([3]), width: width).split(separator: "\n")
    #expect(lines.allSatisfy { terminalWidth(String($0)) <= width })
}

@Test func fiveActionsSplitTheTable() {
    var report = sampleReport([3])
    for g in report.rewards[0].regimes.indices {
        let trade = report.rewards[0].regimes[g].actions[1]
        report.rewards[0].regimes[g].actions += ["BUY_CALL", "BUY_PUT"].map { name in
            var action = trade
            action.action = name
            return action
        }
    }
    #expect(evTable(report).split(separator: "\n").allSatisfy { terminalWidth(String($0)) <= 110 })
}

@Test func pageStandsAlone() async throws {
    try await withTemporaryFolder { folder in
        let written = try await writeReport(sampleReport(), to: folder)
        let page = try readText(written.page)
        #expect(page.contains("Content-Security-Policy"))
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("//www"))
        #expect(!page.contains("@import") && !page.contains("@font-face") && !page.contains("<link") && !page.contains("<script"))
        for match in page.matches(of: /(?:src|href)=["']([^"']*)["']/) { #expect(match.1.hasPrefix("#"), "\(match.1)") }
        let ids = page.matches(of: /\sid=["']([^"']*)["']/).map { String($0.1) }
        #expect(Set(ids).count == ids.count)
        // Verdict, tables, discount, terms, hash and command are all there.
        for text in ["Always holds: HOLD is paid more", "guarantee", "0.605", "trending_activity", "0123456789abcdef", "assay ev rewards/btc-s1.yaml"] {
            #expect(page.contains(text), "\(text)")
        }
        let verdict = try #require(page.range(of: "id=\"verdict\"")), table = try #require(page.range(of: "<table>"))
        #expect(verdict.lowerBound < table.lowerBound)
        if gnuplotIsHere { #expect(page.ranges(of: "<svg ").count == figureNames.count) }
    }
}

@Test func numbersAreShownPlainly() {
    #expect(signed(0.015, 4) == "+0.0150")
    #expect(signed(-0.00001, 4) == "0.0000")
    #expect(signed(.nan, 4) == "-")
    #expect(grouped(485_324) == "485,324")
    #expect(grouped(-1_000) == "-1,000")
    #expect(percent(0.453) == "45.3%")
    #expect(exact(.infinity) == "NaN")
    #expect(decimals(for: [0.105, -0.04]) == 3)
    #expect(plusMinus(Interval(-0.01, 0.03), around: 0.015, 3) == "±0.025")
}

@Test func anEmptyReportIsStillWritten() async throws {
    try await withTemporaryFolder { folder in
        let written = try await writeReport(.blank, to: folder)
        #expect(written.plotFiles == [])
        #expect(evTable(.blank) == "")
        #expect(try readText(written.json).contains("\"rewards\": ["))
    }
}
