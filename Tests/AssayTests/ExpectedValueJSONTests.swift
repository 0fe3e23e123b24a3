import Foundation
import TestSupport
import Testing

/// The document of `assay ev --json` on the synthetic market: one run, read by all tests.
@Suite struct ExpectedValueJSONTests {
    private static let arguments = [
        "ev", "rewards/btc-s1.yaml", "rewards/btc-s2.yaml", "rewards/btc-s3.yaml", "--bars", "synthetic:btc-hourly,bars=12000", "--json",
    ]
    private static let shared = Task { try await runAssay(arguments + ["--quiet"]) }

    private func document() async throws -> JSONView {
        let run = try await Self.shared.value
        #expect(run.code == 0, "\(run.summary)")
        return try JSONView(run.output)
    }

    @Test func nothingElseIsPrinted() async throws {
        let run = try await Self.shared.value
        #expect(run.errors.isEmpty, "\(run.err)")
        #expect(run.out.hasPrefix("{"))
        let root = try JSONView(run.output)
        #expect(root["schema_version"].int == 1)
        // 60% of the 12,000 bars less the last, which has no next return.
        #expect(root["bars"].int == 7_199 || root["bars"].int == 7_200)
        #expect(root["rewards"].items.compactMap { $0["name"].string } == ["btc-s1", "btc-s2", "btc-s3"])
        #expect(!run.out.contains("NaN") && !run.out.contains("Infinity") && !run.out.contains(": inf"))
    }

    @Test func sameBytesAgain() async throws {
        let first = try await Self.shared.value
        let second = try await assay(list: Self.arguments + ["--quiet"])
        #expect(first.output == second.output)
    }

    /// What trading costs, when it fills and what HOLD does are parameters of the document, and reach the rewards.
    @Test func environmentFlagsAreParameters() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("assay-cost-\(UInt32.random(in: 0...UInt32.max)).yaml").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "schema: 1\nname: cost\nenvironment: spot\nterms:\n  - id: cost\n    weight: -1\n    value: cost\n".write(toFile: file, atomically: true, encoding: .utf8)
        func document(_ flags: String...) async throws -> JSONView {
            let run = try await assay(list: ["ev", file, "--bars", "synthetic:btc-hourly,bars=3000", "--json", "--quiet"] + flags)
            #expect(run.code == 0, "\(run.summary)")
            return try JSONView(run.output)
        }
        func long(_ root: JSONView) -> Double? { root["rewards"].items.first?["regimes"].items.first?["actions"]["LONG"]["expected"].double }
        func parameter(_ root: JSONView, _ label: String) -> String? { root["parameters"].items.first { $0["label"].string == label }?["value"].string }
        let free = try await document()
        #expect(parameter(free, "fee") == "0 bps" && parameter(free, "fill") == "close" && parameter(free, "HOLD") == "flat")
        #expect(long(free) == 0)
        let dear = try await document(
            "--fee-bps", "10", "--slippage-bps", "2.5", "--hold", "keep", "--fill", "next_open", "--funding-bps", "-1", "--borrow-bps", "300")
        for (name, value) in [
            ("fee", "10 bps"), ("slippage", "2.5 bps"), ("HOLD", "keep"), ("fill", "next_open"), ("funding", "-1 bps every 8 h"), ("borrow", "300 bps a year"),
        ] { #expect(parameter(dear, name) == value) }
        #expect(try #require(long(dear)) < -0.0005)
        let bad = try await runAssay(["ev", file, "--fee-bps=-1"])
        #expect(bad.code == 64 && bad.err.contains("--fee-bps must lie between 0 and 10000"))
    }

    /// The number of threads changes nothing but the recorded command.
    @Test(arguments: [1, 2]) func threadsChangeNothing(_ threads: Int) async throws {
        func lines(_ run: ProgramRun) -> [Substring] { run.out.split(separator: "\n").filter { !$0.contains("\"command\"") } }
        let first = try await Self.shared.value
        let second = try await assay(list: Self.arguments + ["--quiet", "--threads", "\(threads)"])
        #expect(lines(first) == lines(second))
    }

    @Test func quietSilencesTheTableToo() async throws {
        let run = try await assay("ev", "rewards/btc-s1.yaml", "--bars", "synthetic:btc-hourly,bars=6000", "--quiet")
        #expect(run.errors.isEmpty, "\(run.err)")
        #expect(run.out.hasPrefix("btc-s1: always trade at zero edge, always trade at the learnable edge\n"), "\(run.out)")
    }

    /// Every member that DESIGN.md section 12 names, of the right type.
    @Test(arguments: 0..<3) func hasEveryMember(_ index: Int) async throws {
        let reward = try await document()["rewards"][index]
        let regimes = reward["regimes"].items
        #expect(regimes.compactMap { $0["regime"].string } == ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"])
        let shares = regimes.compactMap { $0["share"].double }
        #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
        #expect(regimes.compactMap { $0["bars"].int }.reduce(0, +) == (try await document()["bars"].int))
        for regime in regimes {
            #expect(regime["actions"].keys == ["HOLD", "LONG", "SHORT"])
            for action in regime["actions"].keys.map({ regime["actions"][$0] }) {
                let parts = try ["guaranteed", "path", "uncertain", "shaping"].map { try #require(action[$0].double) }
                let expected = try #require(action["expected"].double)
                #expect(abs(parts.reduce(0, +) - expected) < 1e-12)
                let interval = action["interval95"].doubles
                #expect(interval.count == 2 && interval[0] <= expected + 1e-12 && expected <= interval[1] + 1e-12)
                let terms = action["terms"].keys.map { action["terms"][$0].double ?? .nan }
                #expect(abs(terms.reduce(0, +) - expected) < 1e-12)
            }
            #expect(regime["guarantee_premium"].double != nil)
            #expect(isEstimate(regime["break_even_hit_rate"]) || (regime["break_even_hit_rate"].isNull && regime["break_even_hit_rate_reason"].string != nil))
            #expect(["HOLD", "TRADE", "TIE"].contains(regime["greedy"]["zero_edge"].string))
            for kind in ["learnable_edge", "clairvoyant"] {
                let mix = regime["greedy"][kind]
                #expect(mix.keys == ["HOLD", "LONG", "SHORT"])
                #expect(abs(mix.keys.compactMap { mix[$0].double }.reduce(0, +) - 1) < 1e-9)
            }
            #expect(regime["bars_to_decide"].double != nil || (regime["bars_to_decide"].isNull && regime["bars_to_decide_reason"].string?.isEmpty == false))
            #expect(regime["contrasts"].keys == ["LONG-HOLD", "SHORT-HOLD", "TRADE-HOLD"])
            for contrast in regime["contrasts"].keys.map({ regime["contrasts"][$0] }) { #expect(isEstimate(contrast)) }
        }
        #expect(reward["coin_flip_per_bar"].double != nil)
        #expect(reward["verdict"]["class"].string != nil)
        #expect(reward["verdict"]["sentence"].string?.isEmpty == false)
        #expect(reward["learnable_edge_class"].string != nil)
    }

    private func isEstimate(_ view: JSONView) -> Bool { view["estimate"].double != nil && view["interval95"].doubles.count == 2 }

    @Test(arguments: [(0, "always_trade"), (1, "hold_collapse"), (2, "mixed")]) func verdicts(_ index: Int, _ name: String) async throws {
        #expect(try await document()["rewards"][index]["verdict"]["class"].string == name)
    }

    /// REWARD-ANALYSIS E.3: a coin-flipper under set 3 earns about 2.5 cents a bar at the case's regime shares.
    @Test func coinFlips() async throws {
        let rewards = try await document()["rewards"].items
        #expect(abs(try #require(rewards[0]["coin_flip_per_bar"].double)) < 1e-9)
        #expect(abs(try #require(rewards[2]["coin_flip_per_bar"].double) - 0.025) < 0.003)
    }

    @Test func aSplitWithItsOwnBars() async throws {
        let run = try await assay("ev", "rewards/btc-s1.yaml", "--bars", "synthetic:btc-hourly,bars=8000", "--split", "test", "--json")
        let bars = try #require(try JSONView(run.output)["bars"].int)
        #expect((1_590...1_600).contains(bars))
    }

    @Test func anotherSeedMovesTheIntervalsOnly() async throws {
        let run = try await assay(list: Self.arguments + ["--seed", "2"])
        let one = try await document()["rewards"][2]["regimes"][0], two = try JSONView(run.output)["rewards"][2]["regimes"][0]
        #expect(one["guarantee_premium"].double == two["guarantee_premium"].double)
        #expect(one["actions"]["LONG"]["expected"].double == two["actions"]["LONG"]["expected"].double)
        #expect(one["actions"]["LONG"]["interval95"].doubles != two["actions"]["LONG"]["interval95"].doubles)
    }
}
