import Foundation
import Reports
import RewardAnalysis
import Rewards
import Testing

/// A report of one reward on two regimes with two terms, whose numbers are made up.
private func weighedReport(term: String = "profit", file: String = "weight: 2\n") -> ExpectedValueReport {
    var report = sampleReport([1])
    let two = [[1.0, 0], [0, 1]]
    let regime = WeightPay.Regime(
        parts: [[[0, 0, 0], [0, 0, 0], [0, 0.25, -0.25], [0, 0, 0]], [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]], mirrored: [[0, -0.25, 0.25], [0, 0, 0]], right: [0.5, 0],
        wrong: [-0.5, 0], covariances: Dictionary(uniqueKeysWithValues: PayCovariance.allCases.map { ($0, two) }))
    report.rewards[0].terms = [term, "hold"].map { id in
        var terms = TermReport.blank
        (terms.id, terms.weight, terms.formula) = (id, 2, id)
        return terms
    }
    report.rewards[0].weightPay = WeightPay(regimes: Array(repeating: regime, count: 4), text: WeightedText(pieces: [file, "\n"], terms: [0], written: ["2"]))
    return report
}

@Suite struct PlaygroundDataTests {
    @Test func onlyWhereItWasAskedFor() throws {
        #expect(playgroundJSON(sampleReport()) == nil)
        let page = try evPage(sampleReport(), figures: ReportFigures(sampleReport()), drawings: [:], failures: [])
        #expect(!page.contains("<script") && !page.contains("script-src") && !page.contains("id=\"playground\""))
    }

    /// Whatever a user's file holds, it stays inside the data.
    @Test func textCannotLeaveTheData() throws {
        let hostile = "</script><script>alert(1)</script><!-- & \u{2028} ' \" {{#rewards}}"
        let report = weighedReport(term: hostile, file: hostile + "\nweight: ")
        let json = try #require(playgroundJSON(report))
        #expect(!json.contains { "<>&\u{2028}".contains($0) })
        let root = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let reward = try #require((root["rewards"] as? [[String: Any]])?.first)
        #expect(((reward["text"] as? [String: Any])?["pieces"] as? [String])?.first == hostile + "\nweight: ")
        let page = try evPage(report, figures: ReportFigures(report), drawings: [:], failures: [])
        #expect(page.ranges(of: "<script").count == 2 && page.ranges(of: "</script>").count == 2)
        #expect(page.contains("script-src 'sha256-"))
    }

    /// Means go to the page in full precision.
    @Test func numbersAreWhole() throws {
        var report = weighedReport()
        let third = 1.0 / 3 + 1e-16
        report.rewards[0].weightPay?.regimes[1].parts[0][2][1] = third
        let json = try #require(playgroundJSON(report))
        #expect(json.ranges(of: "\(third)").count == 1)
        let root = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let regimes = try #require((root["rewards"] as? [[String: Any]])?.first?["regimes"] as? [[String: Any]])
        #expect(regimes.count == 4 && regimes[2]["gap_interval"] != nil)
    }
}
