import Foundation
import TestSupport
import Testing

/// `list`, `explain`, `doctor`, `features`, `regimes`, and the help texts.
@Suite struct LookAroundTests {
    static let verbs = ["", "demo", "ev", "check", "compare", "data", "features", "regimes", "list", "explain", "plot", "doctor", "teach", "clone", "train", "evaluate", "report", "export", "forecast", "postmortem", "sweep", "solve"]

    /// A description first, then an example that starts with the command itself.
    @Test(arguments: verbs) func helpShowsAnExample(_ verb: String) async throws {
        let run = try await assay(list: (verb.isEmpty ? [] : [verb]) + ["--help"])
        #expect(run.errors.isEmpty)
        let lines = run.out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0].hasPrefix("OVERVIEW: "))
        #expect(lines[0].count > "OVERVIEW: ".count + 20)
        let usage = try #require(lines.firstIndex { $0.hasPrefix("USAGE:") })
        let example = lines[..<usage].firstIndex { $0.hasPrefix("Example") }
        #expect(example != nil, "no example before the usage: \(run.out)")
        #expect(lines[..<usage].contains { $0.hasPrefix("  assay \(verb)".trimmingCharacters(in: .newlines)) })
    }

    /// Every verb of the general help has its own page above: a new verb must be added to the list.
    @Test func everyVerbIsListed() async throws {
        let run = try await assay("--help")
        let section = try #require(run.out.components(separatedBy: "SUBCOMMANDS:\n").last)
        let names = section.split(separator: "\n").compactMap { $0.firstMatch(of: #/^  ([a-z]+) +[A-Z]/#)?.1 }.map(String.init)
        #expect(Set(names).subtracting(["See"]) == Set(Self.verbs).subtracting([""]))
    }

    @Test func version() async throws {
        let run = try await assay("--version")
        #expect(run.out.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }

    @Test func listOfEverything() async throws {
        let run = try await assay("list")
        for kind in ["terms", "features", "detectors", "teachers", "plots", "names"] { #expect(run.out.contains("\n" + kind)) }
        // 44 of the standard set and two neutral variants.
        #expect(run.out.contains(#/\nfeatures .* 46\n/#), "\(run.out)")
    }

    @Test func namesOfSpot() async throws {
        let run = try await assay("list", "names", "--environment", "spot")
        let rows = run.out.split(separator: "\n").map { flat(String($0)) }
        #expect(rows[0].hasPrefix("name type known at unit what it is"))
        #expect(rows.contains { $0.hasPrefix("next_return number outcome") }, "\(run.out)")
        #expect(rows.contains { $0.hasPrefix("regime regime decision") }, "\(run.out)")
    }

    @Test func namesOfOptions() async throws {
        let rows = try await assay("list", "names", "--environment", "options").out.split(separator: "\n").map { flat(String($0)) }
        #expect(rows.contains { $0.hasPrefix("sale_return number outcome") && $0.contains("fraction") })
        #expect(rows.contains { $0.hasPrefix("setup_score number decision") })
    }

    /// What `list` names, `explain` knows.
    @Test func everyListedNameIsExplained() async throws {
        let listed = try JSONView(try await assay("list", "--json").output)["entries"].items
        #expect(listed.count > 90)
        let terms = listed.filter { $0["kind"].string == "terms" }.compactMap { $0["name"].string }
        #expect(terms.count >= 20)
        for name in [terms[0], terms[terms.count - 1]] {
            let run = try await assay("explain", name)
            #expect(run.out.hasPrefix("\(name) ("))
        }
    }

    @Test func differentialSharpe() async throws {
        let run = try await assay("explain", "differential_sharpe")
        #expect(run.out.hasPrefix("differential_sharpe ("))
        for label in ["formula: ", "source: ", "parameter "] { #expect(run.out.contains("  " + label), "no \(label)in \(run.out)") }
        let json = try JSONView(try await assay("explain", "differential_sharpe", "--json").output)
        #expect(json["entries"][0]["name"].string == "differential_sharpe")
    }

    @Test func doctor() async throws {
        let run = try await assay("doctor")
        for row in ["assay", "gnuplot", "OpenBLAS", "processors"] { #expect(run.out.contains("\n" + row)) }
        #expect(run.out.contains(#/ kernels .*[1-9][0-9]* GFLOP\/s a core/#), "\(run.out)")
    }

    /// The variable is named, with what would run without it; where it is not set, nobody speaks of it.
    @Test func doctorNamesTheVariable() async throws {
        let free = try await assay("doctor", environment: ["OPENBLAS_CORETYPE": nil])
        #expect(!free.out.contains("OPENBLAS_CORETYPE"))
        let core = try #require(free.out.firstMatch(of: #/OpenBLAS +(\w+) kernels/#)?.1)
        let forced = try await assay("doctor", environment: ["OPENBLAS_CORETYPE": "Nehalem"])
        #expect(forced.out.contains("Nehalem kernels (SSE)"), "\(forced.out)")
        #expect(forced.out.contains("OPENBLAS_CORETYPE=Nehalem") && forced.out.contains("without it OpenBLAS takes \(core) at "), "\(forced.out)")
    }

    @Test func featuresAsCSV() async throws {
        let folder = try Workspace()
        let run = try await assay("features", "--bars", "synthetic:btc-hourly,bars=3000", "--split", "all", "--out", "f", in: folder)
        #expect(run.out.split(separator: "\n").count >= 45)
        #expect(run.err.contains("wrote f/features.csv"))
        let lines = try folder.text("f/features.csv").split(separator: "\n")
        let heads = lines[0].split(separator: ",", omittingEmptySubsequences: false)
        #expect(heads.count == 46)
        #expect(heads.first == "time" && heads.last == "regime")
        #expect(Set(heads).count == 46)
        #expect((2_999...3_000).contains(lines.count - 1))
        #expect(lines.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 46 })
        let listed = try JSONView(try await assay("list", "features", "--json").output)["entries"].items.compactMap { $0["name"].string }
        #expect(heads.dropFirst().dropLast().map(String.init) == listed.filter { !$0.hasSuffix("_neutral") })
        #expect(lines.dropFirst().allSatisfy { ["LOW_VOL", "TRENDING", "HIGH_VOL", "CRISIS"].contains($0.split(separator: ",").last) })
    }

    @Test func featuresAsJSON() async throws {
        let run = try await assay("features", "--bars", "synthetic:btc-hourly,bars=3000", "--json")
        #expect(run.errors.isEmpty)
        let features = try JSONView(run.output)["features"].items
        #expect(features.count == 44)
        for feature in features {
            let low = try #require(feature["min"].double), mean = try #require(feature["mean"].double), high = try #require(feature["max"].double)
            #expect(low <= mean + 1e-12 && mean <= high + 1e-12, "\(feature["name"].string ?? "")")
            #expect(feature["missing_share"].double == 0)
        }
    }

    @Test func regimesOfTheSyntheticMarket() async throws {
        let run = try await assay("regimes", "--bars", "synthetic:btc-hourly,bars=6000")
        #expect(run.out.hasPrefix("detector balanced, 3"), "\(run.out)")
        #expect(run.out.contains("transition matrix"))
        #expect(run.out.contains("agreement with hmm: "))
    }

    /// Too few bars to fit the second detector: the first one's result stands, and the reason is said.
    @Test func regimesWithoutAComparison() async throws {
        let run = try await assay("regimes", "--bars", "synthetic:btc-hourly,bars=300")
        #expect(run.code == 0 && run.out.hasPrefix("detector balanced, 179 bars"), "\(run.summary)")
        #expect(run.out.contains("no comparison with hmm: the hidden Markov detector has 179 training bars"), "\(run.out)")
        let json = try JSONView(try await assay("regimes", "--bars", "synthetic:btc-hourly,bars=300", "--json").output)["regimes"]
        #expect(json["agreement"]["detector"].string == nil)
        #expect(json["agreement_reason"].string?.contains("179 training bars") == true)
        let asked = try await runAssay(["regimes", "--bars", "synthetic:btc-hourly,bars=300", "--detector", "hmm"])
        #expect(asked.code == 65, "\(asked.summary)")
    }

    /// Help fits a terminal of 80 columns.
    @Test(arguments: ["demo", "ev", "features", "regimes", "data", "check", "list", "explain", "plot", "doctor"])
    func helpFitsEightyColumns(_ command: String) async throws {
        let run = try await assay(command, "--help")
        #expect(run.code == 0)
        #expect(run.out.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(run.out)")
    }

    @Test func dataOfTheSyntheticMarket() async throws {
        let one = try await assay("data", "synthetic:btc-hourly,seed=2,bars=2000")
        let two = try await assay("data", "synthetic:btc-hourly,seed=2,bars=2000")
        #expect(one.output == two.output)
        #expect(flat(one.out).contains("bar length 1 h"), "\(one.out)")
    }
}
