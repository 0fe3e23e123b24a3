import Foundation
import TestSupport
import Testing

/// The playground in a real browser. Skipped, with a message, where there is no Chromium or no Python.
@Suite(.serialized) struct BrowserTests {
    private static func find(_ names: [String]) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let python = find(["python3"])
    static let isHere: Bool = {
        let browser = ProcessInfo.processInfo.environment["ASSAY_CHROMIUM"] ?? find(["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"])
        let here = browser != nil && python != nil
        if !here { print("skipped: the playground is not opened, there is no Chromium or no python3 ('apt-get install chromium-headless-shell python3' installs them)") }
        return here
    }()

    /// Opens the page, moves sliders by the keyboard, copies the YAML, and asks `assay ev` about it: expected values, gaps, premiums, break-evens, greedy actions, class and
    /// sentence are those of the page. The script also sees script errors, refused content and requests to anywhere.
    @Test(.enabled(if: isHere)) func slidersSayWhatTheCommandLineSays() async throws {
        let folder = try Workspace()
        let market = ["--bars", "synthetic:btc-hourly,bars=9000,edge=0.03", "--replicates", "400"]
        let rewards = ["btc-s2", "btc-s3"].map { "\(packageRoot)/rewards/\($0).yaml" }
        try await assay(list: ["ev"] + rewards + market + ["--out", "report", "--quiet"], in: folder)
        let said = try open(folder.path + "/report/report.html", market)
        #expect(said.contains("8 states of 2 rewards compared, 0 emulated mixes"), "\(said)")
    }

    /// The page of a forecast: the mix moves with the sliders, and the script's emulator is the command line's.
    @Test(.enabled(if: isHere)) func slidersMoveTheForecastMix() async throws {
        let folder = try Workspace()
        let bars = ["--bars", "synthetic:btc-hourly,bars=9000"]
        let command = ["forecast", "\(packageRoot)/rewards/btc-s3.yaml", "--experiment", "\(packageRoot)/experiments/btc-s3-mlp.yaml", "--steps", "20000", "--sliders", "12"]
        try await assay(list: command + bars + ["--out", "report", "--quiet"], in: folder)
        let said = try open(folder.path + "/report/report.html", bars)
        #expect(said.contains("4 states of 1 rewards compared, 3 emulated mixes"), "\(said)")
        let page = try folder.text("report/report.html")
        #expect(page.contains("id=\"forecast\"") && page.contains("Forecast of training"))
    }

    /// Runs the script on a page; what it said. `market` are the flags that `assay ev` takes for the same bars.
    private func open(_ page: String, _ market: [String]) throws -> String {
        let script = "\(packageRoot)/Tests/Browser/playground.py"
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [script, try assayProgram(), page, "--"] + market
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        return said
    }
}
