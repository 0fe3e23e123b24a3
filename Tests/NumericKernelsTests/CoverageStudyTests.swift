import Foundation
import NumericKernels
import Testing

@Suite struct CoverageStudyTests {
    /// 200 series: the standard error of a coverage near .94 is 1.7 points, so 7 points are four of them.
    @Test func intervalsCoverAboutAsOftenAsTheySay() throws {
        let rows = coverageStudy([.autoregression(bars: 1000, phi: 0.5)], series: 200, replicates: 400, seed: 3, threads: 2)
        let row = try #require(rows.first)
        #expect(row.bars == 1000 && row.regimeBars == 1000 && row.runs == 1)
        for share in [row.percentile, row.basic, row.studentised, row.neweyWest, row.ratio, row.ratioPercentile, row.pooled] { #expect(abs(share - 0.95) < 0.07) }
        #expect(row.meanBlock > 3 && row.meanBlock < 40)
    }

    @Test func aRareRegimeHasTheRunsItSays() throws {
        let scenario = CoverageScenario.rareRegime(bars: 20_000, phi: 0.5, meanRun: 24, meanGap: 190)
        let one = coverageStudy([scenario], series: 12, replicates: 50, seed: 3, threads: 1)
        let two = coverageStudy([scenario], series: 12, replicates: 50, seed: 3, threads: 2)
        let row = try #require(one.first)
        // 20,000 / 214 = 93 runs a series, standard deviation about 9, over 12 series 2.6.
        #expect(abs(row.runs - 93.5) < 13 && abs(row.regimeBars - 2243) < 400)
        #expect(row.studentised == two[0].studentised && row.ratio == two[0].ratio && row.pooled == two[0].pooled && row.meanBlock == two[0].meanBlock)
    }

    /// The recorded study; printed, takes a few minutes: ASSAY_COVERAGE=2000 gives the number of series.
    @Test(.tags(.slow), .enabled(if: ProcessInfo.processInfo.environment["ASSAY_COVERAGE"] != nil))
    func recordedStudy() {
        let series = Int(ProcessInfo.processInfo.environment["ASSAY_COVERAGE"] ?? "") ?? 2000
        for scenario in standardCoverageScenarios {
            for r in coverageStudy([scenario], series: series, threads: 2) {
                print(
                    "row: \(r.scenario) | bars \(r.bars) | regime bars \(r.regimeBars) runs \(r.runs) | block \(r.meanBlock) | percentile \(r.percentile) basic \(r.basic) studentised \(r.studentised) Newey-West \(r.neweyWest) | ratio \(r.ratio) \(r.ratioPercentile) | pooled \(r.pooled) | width \(r.relativeWidth)"
                )
            }
        }
    }
}
