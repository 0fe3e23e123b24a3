import Foundation
import TestSupport
import Testing

/// `assay ev --transitions`: rewards that somebody else's environment paid.
@Suite struct TransitionCommandTests {
    /// Constant pay per action and regime, exact in binary, so that means have no rounding.
    private static let pay: [String: [String: Double]] = [
        "LOW_VOL": ["HOLD": 0.125, "LONG": -0.0625, "SHORT": -0.03125], "CRISIS": ["HOLD": 0.5, "LONG": -0.25, "SHORT": -0.75],
    ]

    struct Row {
        let regime: String, action: String, pay: Double, noise: Double
    }

    private static let rows: [Row] = {
        var state: UInt64 = 99
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 40)
        }
        return (0..<3_000).map { i in
            let regime = i / 60 % 2 == 0 ? "LOW_VOL" : "CRISIS", action = ["HOLD", "LONG", "SHORT"][next() % 3]
            return Row(regime: regime, action: action, pay: pay[regime]![action]!, noise: Double(next() % 1_001 - 500) / 1_024)
        }
    }()

    private static func write(_ folder: Workspace) throws {
        var text = "episode,step,regime,action,pay,noise\n"
        for (i, row) in rows.enumerated() { text += "\(i / 500),\(i % 500),\(row.regime),\(row.action),\(row.pay),\(row.noise)\n" }
        try folder.write("log.csv", text)
    }

    @Test func meansAreTheFilesMeans() async throws {
        let folder = try Workspace()
        try Self.write(folder)
        let run = try await assay("ev", "--transitions", "log.csv", "--json", in: folder)
        #expect(run.errors.isEmpty)
        let root = try JSONView(run.output)
        #expect(root["bars"].int == 3_000)
        let reward = root["rewards"][0]
        #expect(reward["name"].string == "log.csv")
        #expect(reward["terms"].items.map { $0["id"].string } == ["pay", "noise"])
        #expect(reward["terms"][0]["provenance"].items.map(\.string) == ["guaranteed"])
        #expect(reward["terms"][1]["provenance"].items.map(\.string) == ["uncertain"])
        #expect(reward["regimes"].items.map { $0["regime"].string } == ["LOW_VOL", "CRISIS"])
        for regime in reward["regimes"].items {
            let name = try #require(regime["regime"].string)
            #expect(regime["actions"].keys == ["HOLD", "LONG", "SHORT"])
            for action in regime["actions"].keys {
                let cell = Self.rows.filter { $0.regime == name && $0.action == action }
                let mean = cell.reduce(0) { $0 + $1.pay + $1.noise } / Double(cell.count)
                let noise = cell.reduce(0) { $0 + $1.noise } / Double(cell.count)
                let view = regime["actions"][action]
                #expect(abs(try #require(view["expected"].double) - mean) < 1e-12)
                #expect(view["guaranteed"].double == Self.pay[name]![action]!)
                #expect(abs(try #require(view["uncertain"].double) - noise) < 1e-12)
                #expect(view["terms"]["pay"].double == Self.pay[name]![action]!)
                #expect(abs(try #require(view["terms"]["noise"].double) - noise) < 1e-12)
                let interval = view["interval95"].doubles
                #expect(interval.count == 2 && interval[0] < mean && mean < interval[1])
                // A mean of independent numbers: the interval is about +-1.96 sd / sqrt(n); 15% allows for the bootstrap's own noise and block length.
                let variance = cell.reduce(0) { $0 + ($1.noise - noise) * ($1.noise - noise) } / Double(cell.count)
                let half = 1.96 * (variance / Double(cell.count)).squareRoot()
                #expect(abs((interval[1] - interval[0]) / 2 / half - 1) < 0.15, "\(name) \(action)")
            }
            #expect(regime["greedy"]["zero_edge"].isNull)
            #expect(regime["greedy"]["zero_edge_reason"].string?.isEmpty == false)
            for key in ["bars_to_decide", "break_even_hit_rate", "coin_flip_per_bar"] {
                #expect(regime[key].isNull, "\(key)")
                #expect(regime[key + "_reason"].string?.contains("mirrored future") == true, "\(key): \(regime[key + "_reason"].string ?? "none")")
            }
            // HOLD's constant less the better constant of the trades.
            let constants = Self.pay[name]!
            #expect(regime["guarantee_premium"].double == constants["HOLD"]! - max(constants["LONG"]!, constants["SHORT"]!))
        }
        #expect(reward["coin_flip_per_bar"].isNull)
        #expect(reward["verdict"]["class"].string == "hold_collapse")
    }

    /// The terminal says "as logged", since a log has no zero edge.
    @Test func theTableNamesItsAssumption() async throws {
        let folder = try Workspace()
        try Self.write(folder)
        let run = try await assay("ev", "--transitions", "log.csv", in: folder)
        #expect(run.out.hasPrefix("log.csv: hold collapse as logged\n"), "\(run.out.prefix(300))")
        #expect(flat(run.out).contains("as logged, the best paid action is HOLD in LOW_VOL, HOLD in CRISIS"))
        #expect(!run.out.contains("flips a coin"))
    }

    struct Fault: CustomTestStringConvertible, Sendable {
        let name: String, text: String, messages: [String]
        var testDescription: String { name }
    }

    static let faults = [
        Fault(
            name: "missing column", text: "regme,action,pay\nLOW_VOL,HOLD,1\n",
            messages: ["log.csv:1:1: error: the column 'regime' is missing; found: regme, action, pay", "did you mean the column 'regme'? rename it", "help: needed: regime, action, and one column per reward term"]),
        Fault(name: "two missing columns", text: "a,b,c\n1,2,3\n", messages: ["the column 'regime' is missing", "the column 'action' is missing", "2 errors"]),
        Fault(name: "no terms", text: "regime,action,step\nLOW_VOL,HOLD,1\n", messages: ["log.csv:1:1: error: there is no reward term"]),
        Fault(
            name: "text in numbers", text: "regime,action,pay\nLOW_VOL,HOLD,1\nLOW_VOL,HOLD,abc\nLOW_VOL,HOLD,\nLOW_VOL,HOLD,inf\n",
            messages: ["log.csv:3:1: error: 'pay' is 'abc', not a finite number", "log.csv:4:1: error: 'pay' is empty, not a finite number", "log.csv:5:1: error: 'pay' is 'inf', not a finite number", "help: write 0 where a term paid nothing", "3 errors"]),
        Fault(name: "empty", text: "", messages: ["log.csv: error: is empty", "help: a transition log has a header 'regime,action,TERM,...' and one line a step"]),
        Fault(name: "header only", text: "regime,action,pay\n", messages: ["log.csv:1:1: error: has a header but no steps"]),
        Fault(name: "long row", text: "regime,action,pay\nLOW_VOL,HOLD,1\nLOW_VOL,HOLD,1,5\n", messages: ["log.csv:3:1: error: has more cells than the header's 3", "help: quote cells that contain the separator"]),
        Fault(name: "short row", text: "regime,action,pay\nLOW_VOL,HOLD,1\nLOW_VOL,HOLD\n", messages: ["log.csv:3:1: error: "]),
        Fault(name: "empty regime", text: "regime,action,pay\n,HOLD,1\n", messages: ["log.csv:2:1: error: 'regime' is empty"]),
        Fault(name: "column twice", text: "regime,action,pay,pay\nLOW_VOL,HOLD,1,2\n", messages: ["log.csv:1:1: error: the column 'pay' appears twice"]),
        Fault(
            name: "numbers as actions", text: "regime,action,pay\n" + (0..<40).map { "LOW_VOL,0.\($0),1\n" }.joined(),
            messages: ["log.csv:1:1: error: the column 'action' holds 40 different values; at most 16 can be analysed"]),
        Fault(name: "not UTF-8 or not a table", text: "\u{0}\u{1}\u{2}", messages: ["log.csv"]),
    ]

    @Test(arguments: faults) func isExplained(_ fault: Fault) async throws {
        let folder = try Workspace()
        try folder.write("log.csv", fault.text)
        let run = try await assay("ev", "--transitions", "log.csv", in: folder, exits: 65)
        for message in fault.messages { #expect(run.err.contains(message), "\(run.err)") }
        #expect(run.output.isEmpty)
    }

    /// A faulty line is named by its line in the file, quoted line breaks and blank lines included.
    @Test func linesAreTheFiles() async throws {
        let folder = try Workspace()
        try folder.write("log.csv", "regime,action,note_pay\nLOW_VOL,\"HO\nLD\",1\n\nLOW_VOL,HOLD,abc\n")
        let run = try await assay("ev", "--transitions", "log.csv", in: folder, exits: 65)
        #expect(run.err.contains("log.csv:5:1: error: 'note_pay' is 'abc'"), "\(run.err)")
    }

    @Test func manyFaultsAreCutShort() async throws {
        let folder = try Workspace()
        try folder.write("log.csv", "regime,action,pay\n" + (0..<100).map { _ in "LOW_VOL,HOLD,x\n" }.joined())
        let run = try await assay("ev", "--transitions", "log.csv", in: folder, exits: 65)
        #expect(run.err.components(separatedBy: "not a finite number").count == 21)
        #expect(run.err.contains("and more faults further down; the first 20 are shown"))
    }

    /// Quotes, doubled quotes, separators inside cells, semicolons, Windows line ends, a byte-order mark.
    @Test(arguments: [
        "regime,action,\"pay, flat\",b\nLOW_VOL,\"HOLD\",\"0.5\",0\nLOW_VOL,HOLD,0.5,0.25\n",
        "regime,action,\"pay, flat\",b\r\nLOW_VOL,\"HOLD\",\"0.5\",0\r\nLOW_VOL,HOLD,0.5,0.25\r\n",
        "regime;action;\"pay, flat\";b\nLOW_VOL;\"HOLD\";\"0.5\";0\nLOW_VOL;HOLD;0.5;0.25\n",
        "\u{FEFF}regime,action,\"pay, flat\",b\nLOW_VOL,HOLD,0.5,0\nLOW_VOL,HOLD,0.5,0.25",
    ]) func formsOfCSV(_ text: String) async throws {
        let folder = try Workspace()
        try folder.write("log.csv", text)
        let run = try await assay("ev", "--transitions", "log.csv", "--json", in: folder)
        let reward = try JSONView(run.output)["rewards"][0]
        #expect(reward["terms"].items.map { $0["id"].string } == ["pay, flat", "b"])
        #expect(reward["regimes"][0]["actions"]["HOLD"]["expected"].double == 0.625)
    }
}
