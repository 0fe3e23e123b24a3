import Foundation
import TestSupport
import Testing

/// The notebooks run from end to end. Skipped, with a message, where Jupyter's nbconvert is not installed.
@Suite(.serialized) struct NotebookTests {
    static let nbconvert: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let found = folders.map { "\($0)/jupyter-nbconvert" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil { print("skipped: notebooks are not executed, there is no jupyter-nbconvert ('apt-get install jupyter-nbconvert python3-ipykernel python3-pandas' installs it)") }
        return found
    }()
    static let names = ["design", "postmortem", "pretrain"]

    @Test func allOfThemAreListed() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: packageRoot + "/notebooks").filter { $0.hasSuffix(".ipynb") }
        #expect(found.sorted() == Self.names.map { $0 + ".ipynb" })
    }

    /// What a run leaves in the cells stays out of the repository.
    @Test(arguments: names) func outputsAreStripped(_ name: String) throws {
        let root = try JSONView(Data(contentsOf: URL(fileURLWithPath: "\(packageRoot)/notebooks/\(name).ipynb")))
        #expect(root["nbformat"].int == 4 && root["cells"].items.count > 8)
        for cell in root["cells"].items where cell["cell_type"].string == "code" {
            #expect(cell["outputs"].items.isEmpty && cell["execution_count"].int == nil)
        }
    }

    /// nbconvert ends with an error where a cell fails; figures must have been shown.
    @Test(.enabled(if: nbconvert != nil), arguments: names) func runs(_ name: String) async throws {
        let folder = try Workspace()
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.nbconvert))
        process.arguments = [
            "--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=240", "--output-dir", folder.path, "--output", "done.ipynb", "\(packageRoot)/notebooks/\(name).ipynb",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["ASSAY": try assayProgram(), "ASSAY_ROOT": packageRoot, "ASSAY_NOTEBOOKS": folder.path + "/work", "PYDEVD_DISABLE_FILE_VALIDATION": "1", "IPYTHONDIR": folder.path + "/ipython"]
        ) { $1 }
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said.suffix(3_000))")
        guard folder.contents.contains("done.ipynb") else { return }
        let done = try JSONView(Data(folder.text("done.ipynb").utf8))
        let outputs = done["cells"].items.flatMap { $0["outputs"].items }
        let figures = outputs.filter { output in ["image/svg+xml", "image/png"].contains { output["data"].keys.contains($0) } }
        let tables = outputs.filter { $0["data"].keys.contains("text/html") }
        #expect(!figures.isEmpty && tables.count >= 2, "\(figures.count) figures, \(tables.count) tables")
    }
}
