import Foundation
import TestSupport
import Testing

/// `data`, `features` and `regimes` on intraday markets.
@Suite struct IntradayCommandTests {
    @Test func dataOfTheSyntheticMarket() async throws {
        let run = try await assay("data", "synthetic:intraday,days=3,seed=2")
        #expect(run.out.contains(#/\nSPY +traded +1 min +\d+ +2023-12-01T09:00Z/#), "\(run.out)")
        #expect(run.out.contains("traded: 3 dates, 2024-01-02 to 2024-01-04"))
        let json = try JSONView(try await assay("data", "synthetic:intraday,days=3,seed=2", "--json").output)
        #expect(json["intraday"]["trading_days"].int == 9)
        #expect(json["intraday"]["parts"].items.count == 11)
        #expect(json["intraday"]["parts"][0]["pre_market_days"].int == 23)
    }

    @Test func dataOfFilesBySymbol() async throws {
        guard let spy = sharedData("intraday/1m/spy_1m_2025-09_2026-03.csv.gz"), let vix = sharedData("vol/vix_60m_2023-11_2026-08.csv.gz") else { return }
        let run = try await assay("data", "SPY: \(spy), VIX: \(vix)", "--days", "60")
        #expect(run.out.contains("traded: 60 dates, 2025-12-22 to 2026-03-19"), "\(run.out)")
        #expect(run.out.contains("SPY: filled_minute 38; policy: last close, volume 0"))
        #expect(run.out.contains("note: no minutes of large caps: mag7_corr is 0"))
        let strict = try await assay("data", "SPY: \(spy)", "--strict", exits: 65)
        #expect(strict.err.contains("spy_1m_2025-09_2026-03.csv.gz"))
    }

    @Test func featuresAndRegimes() async throws {
        let space = try Workspace()
        let features = try await assay("features", "--bars", "synthetic:intraday,days=10", "--split", "all", "--out", "out", in: space)
        for name in ["ema_diff", "cup_handle", "mag7_corr", "setup_score_put"] { #expect(features.out.contains(name)) }
        let lines = try String(contentsOfFile: space.path + "/out/features.csv", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 1 + 3 * 10 * 390)
        #expect(lines[1].hasPrefix("SPY,2024-01-02T14:30Z,") && !lines.contains { $0.contains(",,") })
        let regimes = try await assay("regimes", "--bars", "synthetic:intraday", "--days", "10")
        #expect(regimes.out.hasPrefix("detector balanced-minutes, 7020 regular minutes of 18 days (train split), 2024-01-02 to 2024-01-09"), "\(regimes.out)")
        let json = try JSONView(try await assay("regimes", "--bars", "synthetic:intraday,days=10", "--split", "all", "--json").output)
        #expect(json["regimes"]["bars"].items.compactMap(\.int).reduce(0, +) == 11_700)
    }

    @Test func cardsAreListedAndExplained() async throws {
        #expect(try await assay("list", "intraday-features").out.contains(#/\ncup_handle +0 to 1/#))
        #expect(try await assay("explain", "cup_handle").out.contains("best over 9 shapes"))
        #expect(try await assay("explain", "balanced-minutes").out.contains("efficiency ratio"))
    }

    @Test func whatIsWrongIsSaid() async throws {
        #expect(try await assay("data", "synthetic:intraday,dais=3", exits: 65).err.contains("did you mean 'days'?"))
        #expect(try await assay("ev", "rewards/btc-s1.yaml", "--bars", "synthetic:intraday", exits: 65).err.contains("a market of one-minute bars for options"))
        #expect(try await assay("ev", "rewards/btc-s1.yaml", "--bars", "SPY: a.csv", exits: 64).err.contains("names an intraday market"))
        #expect(try await assay("data", "SPY: /nowhere.csv", exits: 66).err.contains("/nowhere.csv"))
        #expect(try await assay("regimes", "--days", "5", exits: 64).err.contains("--days is for intraday markets"))
    }
}
