import Foundation
import Reports
import Testing

@Test func writeSample() async throws {
    let written = try await writeReport(sampleReport(), to: "/tmp/assay-sample")
    #expect(written.figureFailures == [])
    print(evTable(sampleReport()))
    print(evMarkdown(sampleReport([3])))
}
