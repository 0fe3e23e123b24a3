import Foundation
import Testing

import Demonstrations

/// Writes the samples that Tests/Parity/demonstrations/generate.py hands to imitation; off unless asked for.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["ASSAY_WRITE_DEMONSTRATIONS"] != nil)) struct WriteDemonstrations {
    @Test func writeSamples() throws {
        let folder = ProcessInfo.processInfo.environment["ASSAY_WRITE_DEMONSTRATIONS"] ?? ""
        for (name, set) in [("own", Sample.ownObservations()), ("table", Sample.onTable()), ("beside", Sample.besideTable())] {
            try DemonstrationFolder.write(set, to: "\(folder)/\(name)", force: true, includingTrajectories: true)
            #expect(try DemonstrationFolder.read("\(folder)/\(name)") == set)
        }
    }
}
