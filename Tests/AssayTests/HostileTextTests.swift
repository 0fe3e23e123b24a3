import Foundation
import TestSupport
import Testing

/// Text that a user wrote appears as itself and runs nothing: in the terminal, in figures, in the page, in file names.
@Suite struct HostileTextTests {
    private static let name = #"x"y'z`$(touch HACKED)<script>alert(1)</script>"# + "\n%d\\"
    private static let shownName = #"x"y'z`$(touch HACKED)<script>alert(1)</script>\n%d\"#
    private static let term = #"it's `touch HACKED` "q" </script><img src=x onerror=alert(1)>"#

    /// A JSON string is a YAML double-quoted scalar.
    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: text, options: [.fragmentsAllowed, .withoutEscapingSlashes]), as: UTF8.self)
    }

    private static func reward() throws -> String {
        """
        schema: 1
        name: \(try quoted(name))
        environment: spot
        about: "<b>bold</b> `touch HACKED` $(touch HACKED) {{command}} \\e[31mred"
        terms:
          - id: \(try quoted(term))
            weight: 100
            value: direction * next_return
          - id: "{{#rewards}}"
            weight: 0.01
            when: action == HOLD

        """
    }

    @Test func everywhereAsItself() async throws {
        let folder = try Workspace()
        let rewardFile = #"re"w'a $(touch HACKED) `touch HACKED` %s.yaml"#
        let barsFile = #"ba "r's" $(touch HACKED) `touch HACKED` %d"# + "\n<i>\u{1B}[31m.csv"
        try folder.write(rewardFile, Self.reward())
        try folder.write(barsFile, hourlyBars(5_000))
        let run = try await assay("ev", rewardFile, rewardFile, "--bars", barsFile, "--out", "report $(touch HACKED)", in: folder)

        // Terminal: one line, no escape sequence.
        #expect(flat(run.out).contains(Self.shownName), "\(run.out.prefix(400))")
        #expect(run.err.contains(#"ba "r's" $(touch HACKED) `touch HACKED` %d\n<i>\u{1B}[31m.csv: 5000 bars, nothing odd"#), "\(run.err)")
        #expect(!run.out.contains("\u{1B}") && !run.err.contains("\u{1B}"))

        // Files: nothing ran, and no name left the plots folder.
        let files = folder.contents
        #expect(!files.contains { $0.split(separator: "/").last == "HACKED" }, "\(files)")
        let plots = files.filter { $0.contains("/plots/") }
        #expect(plots.count >= 32)
        for file in plots { #expect(file.split(separator: "/").last?.wholeMatch(of: /[a-z0-9.-]+/) != nil, "\(file)") }

        // Page: escaped, and present.
        let page = try withoutOwnScripts(folder.text("report $(touch HACKED)/report.html"))
        #expect(page.firstMatch(of: /(?i)<script|<img|<b>bold|<i>/) == nil)
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(page.contains("onerror=alert(1)&gt;"))
        #expect(page.contains("{{#rewards}}"))
        #expect(!page.contains("\u{1B}"))

        // JSON keeps the text itself.
        let root = try JSONView(Data(folder.text("report $(touch HACKED)/report.json").utf8))
        #expect(root["rewards"][0]["name"].string == Self.name)
        #expect(root["rewards"][0]["regimes"][0]["actions"]["LONG"]["terms"].keys.contains(Self.term))

        // Drawing again runs nothing either.
        try await assay("plot", "report $(touch HACKED)", in: folder)
        #expect(!folder.contents.contains { $0.split(separator: "/").last == "HACKED" })
        // The report says how to repeat itself, in words that a shell takes as one argument each.
        let command = try #require(root["command"].string)
        #expect(command.contains(#"'re"w'\''a $(touch HACKED) `touch HACKED` %s.yaml'"#), "\(command)")
    }

    /// The recorded command, given to a shell, is the same run.
    @Test func theRecordedCommandRuns() async throws {
        let folder = try Workspace()
        try folder.write("re'w $(touch HACKED).yaml", Self.reward())
        let run = try await assay("ev", "re'w $(touch HACKED).yaml", "--bars", "synthetic:btc-hourly,bars=6000", "--json", in: folder)
        let command = try #require(try JSONView(run.output)["command"].string)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command.replacing(/^assay/, with: try assayProgram()) + " > again.json"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(FileManager.default.contents(atPath: folder.path + "/again.json") == run.output)
        #expect(!folder.contents.contains("HACKED"))
    }

    /// Faults in a file with such a name, and such names in faults, stay on their lines.
    @Test func messagesStayOnTheirLines() async throws {
        let folder = try Workspace()
        let file = "a\nfake.yaml:1:1: error: forged\u{1B}[31m.yaml"
        try folder.write(file, "schema: 1\nname: x\nenvironment: spot\n\"key\\nforged: error\\e[31m\": 1\nterms:\n  - id: a\n    weight: 1\n    value: 1\n")
        let run = try await assay("check", file, in: folder, exits: 65)
        #expect(run.err.hasPrefix(#"a\nfake.yaml:1:1: error: forged\u{1B}[31m.yaml:4:1: error: unknown key 'key\nforged: error\u{1B}[31m' in a reward file"#), "\(run.err)")
        #expect(!run.err.contains("\u{1B}"))
        let missing = try await assay("data", "no\nsuch\u{7}file.csv", in: folder, exits: 66)
        #expect(missing.err.hasPrefix(#"no\nsuch\u{7}file.csv: error: no such file"#))
        let unknown = try await assay("explain", "x\n\u{1B}[31m", in: folder, exits: 64)
        #expect(unknown.err.hasPrefix(#"Error: nothing is called 'x\n\u{1B}[31m'"#))
    }

    /// A log of transitions names its own regimes, actions and terms.
    @Test func transitionNames() async throws {
        let folder = try Workspace()
        var log = "regime,action,\"t `touch HACKED` \"\"q\"\" <script>\",b\n"
        for i in 0..<400 { log += "\"<b>R</b>\",\(i % 2 == 0 ? "HOLD" : "\"$(touch HACKED)\""),\(i % 7),1\n" }
        try folder.write("log.csv", log)
        let run = try await assay("ev", "--transitions", "log.csv", "--out", "report", in: folder)
        #expect(run.out.contains("<b>R</b>"))
        #expect(!folder.contents.contains { $0.hasSuffix("HACKED") })
        let page = try folder.text("report/report.html")
        #expect(page.firstMatch(of: /(?i)<script|<b>R/) == nil)
        #expect(page.contains("&lt;b&gt;R&lt;/b&gt;"))
    }
}
