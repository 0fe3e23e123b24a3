import ArgumentParser

@main
struct Assay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "x")
    func run() async throws { print("hi") }
}
