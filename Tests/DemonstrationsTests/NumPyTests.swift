import ComponentKit
import Foundation
import Testing
import TestSupport

import Demonstrations

/// Files that NumPy and imitation wrote and read: Tests/Parity/demonstrations/generate.py made both sides of the comparison.
@Suite struct NumPyTests {
    static func parity(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("demonstrations/" + name)))) }

    @Test func headersAreNumPys() throws {
        // numpy 2.4.6: numpy.save of arange(6, dtype='<f4').reshape(2, 3), arange(5, dtype='u1'), zeros(0, dtype='<i8').
        let two = try Self.parity("float32.npy")
        #expect(NumPyFile.encode([0, 1, 2, 3, 4, 5] as [Float], .float32, shape: [2, 3]) == two)
        let one = try Self.parity("uint8.npy")
        #expect(NumPyFile.encode([0, 1, 2, 3, 4] as [UInt8], .uint8, shape: [5]) == one)
        let none = try Self.parity("empty.npy")
        #expect(NumPyFile.encode([] as [Int64], .int64, shape: [0]) == none)
        let read = try NumPyFile.decode(two, .float32, as: Float.self)
        #expect(read.values == [0, 1, 2, 3, 4, 5] && read.shape == [2, 3])
    }

    @Test(arguments: [
        ("not NumPy", Array("hello, world".utf8)), ("header cut", [0x93] + Array("NUMPY".utf8) + [1, 0, 200, 0, 0x7B, 0x7D]),
        ("huge shape", NumPyTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4), }", data: 4)),
        ("Fortran order", NumPyTests.file("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", data: 4)),
        ("other element", NumPyTests.file("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", data: 8)),
        ("short data", NumPyTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", data: 4)),
        ("negative size", NumPyTests.file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", data: 4)),
        ("no shape", NumPyTests.file("{'descr': '<f4', 'fortran_order': False, }", data: 4)),
    ] as [(String, [UInt8])])
    func brokenFilesAreRefused(_ name: String, _ bytes: [UInt8]) {
        #expect(throws: NumPyFault.self, "\(name)") { try NumPyFile.decode(bytes, .float32, as: Float.self) }
    }

    static func file(_ header: String, data: Int) -> [UInt8] {
        let text = Array((header + "\n").utf8)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text + [UInt8](repeating: 0, count: data)
    }

    /// imitation 1.0.1 loaded `sample.npz`, whose bytes this must still be, and generate.py compared every episode with what it had been told to expect.
    @Test(arguments: [("sample-own.npz", Sample.ownObservations()), ("sample-table.npz", Sample.onTable()), ("sample-beside.npz", Sample.besideTable())])
    func trajectoriesAreThoseThatImitationLoaded(_ name: String, _ set: DemonstrationSet) throws {
        let bytes = try ImitationFile.encode(set, file: "demos")
        let loaded = try Self.parity(name)
        #expect(bytes == loaded)
    }

    @Test func nothingIsNoTrajectory() {
        #expect(throws: InputIssues.self) { try ImitationFile.encode(DemonstrationSet(names: Sample.names), file: "demos") }
    }
}
