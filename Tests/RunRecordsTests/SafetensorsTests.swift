import ComponentKit
import Foundation
import RunRecords
import Testing

private typealias Tensor = SafetensorsFile.Tensor

/// The tensors of `exact.safetensors`, in the order of generate.py.
private let exactTensors: [Tensor] = [
    Tensor("mlp_extractor.policy_net.0.weight", (0..<12).map { Float($0) / 7 }, shape: [3, 4]),
    Tensor("action_net.bias", [-0.0, .infinity, 1e-38] as [Float]),
    Tensor("moments", [-1, -0.5, 0, 0.5, 1] as [Double]),
    Tensor("steps", [1, -(1 << 62)] as [Int64]),
    Tensor("random", [.max, 3] as [UInt64]),
    Tensor("mask", [true, false, false, true], shape: [2, 2]),
    Tensor("bytes", [0, 255, 7] as [UInt8]),
    Tensor("small", [-5, 6] as [Int32]),
    Tensor(name: "halves", dtype: .f16, shape: [2], bytes: [0x00, 0x3E, 0x80, 0xC0]),
    Tensor(name: "complex", dtype: .c64, shape: [1], bytes: littleEndianBytes([1, 2] as [Float])),
    Tensor(name: "signed", dtype: .i8, shape: [1], bytes: [0xFF]),
    Tensor(name: "shorts", dtype: .i16, shape: [1], bytes: littleEndianBytes([-300] as [Int16])),
    Tensor(name: "words", dtype: .u16, shape: [1], bytes: [0xFF, 0xFF]),
    Tensor(name: "longs", dtype: .u32, shape: [1], bytes: littleEndianBytes([4_000_000_000] as [UInt32])),
    Tensor("scalar", [2.5] as [Float], shape: []),
    Tensor("empty", [] as [Float], shape: [0, 3]),
    Tensor("quote\" back\\ tab\t \u{E9} \u{1}", [1] as [Float]),
]

@Suite struct SafetensorsTests {
    /// `exact.safetensors` was written by Python's safetensors 0.8.0.
    @Test(.tags(.parity)) func writesTheBytesOfTheReference() {
        let file = SafetensorsFile(tensors: exactTensors, metadata: ["note": "caf\u{E9} \"x\"\n/"])
        #expect(file.encoded() == fixtureBytes("exact.safetensors"))
        #expect(SafetensorsFile(tensors: exactTensors.reversed(), metadata: file.metadata).encoded() == file.encoded())
    }

    @Test(.tags(.parity)) func readsTheFilesOfTheReference() throws {
        let file = try SafetensorsFile(decoding: fixtureBytes("exact.safetensors"), file: "exact")
        #expect(file.metadata == ["note": "caf\u{E9} \"x\"\n/"])
        #expect(file.tensors.count == exactTensors.count)
        for tensor in exactTensors { #expect(file[tensor.name] == tensor) }
        #expect(file["steps"]?.integers == [1, -(1 << 62)])
        #expect(file["random"]?.words == [.max, 3])
        #expect(file["mask"]?.booleans == [true, false, false, true])
        #expect(file["moments"]?.doubles == [-1, -0.5, 0, 0.5, 1])
        #expect(file["small"]?.smallIntegers == [-5, 6])
        #expect(file["scalar"]?.floats == [2.5])
        #expect(file["scalar"]?.doubles == nil)
        #expect(file["absent"] == nil)
        let several = try SafetensorsFile(decoding: fixtureBytes("several.safetensors"), file: "several")
        #expect(several.metadata == ["format": "pt", "steps": "512", "b": ""])
        #expect(several["a"]?.floats == [0, 0])
    }

    @Test func writeReadEqual() throws {
        let folder = try Scratch()
        let nothing = SafetensorsFile(tensors: [])
        try nothing.write(to: folder("none"))
        #expect(try folder.bytes("none") == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
        #expect(try SafetensorsFile(file: folder("none")) == nothing)
        let file = SafetensorsFile(tensors: exactTensors, metadata: ["b": "2", "a": "1"])
        try file.write(to: folder("some"))
        #expect(try SafetensorsFile(file: folder("some")) == file)
        let found = issue { _ = try SafetensorsFile(file: folder("gone")) }
        #expect(found?.message == "no such file" && found?.file == folder("gone"))
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        let name: String, bytes: [UInt8], code: String, message: String
        var testDescription: String { name }

        init(_ name: String, header: String, data: Int = 0, code: String, _ message: String) {
            self.init(name, bytes: littleEndianBytes([UInt64(header.utf8.count)]) + Array(header.utf8) + [UInt8](repeating: 0, count: data), code: code, message)
        }

        init(_ name: String, bytes: [UInt8], code: String, _ message: String) {
            (self.name, self.bytes, self.code, self.message) = (name, bytes, code, message)
        }
    }

    static let broken = [
        Broken("nothing", bytes: [], code: "header_too_small", "has 0 bytes, fewer than the 8 of a header length"),
        Broken("short", bytes: [1, 2, 3], code: "header_too_small", "has 3 bytes, fewer than the 8 of a header length"),
        Broken("oversized", bytes: littleEndianBytes([UInt64(100_000_001)]), code: "header_too_large", "names a header of 100000001 bytes; at most 100000000 are allowed"),
        Broken("enormous", bytes: [UInt8](repeating: 255, count: 8), code: "header_too_large", "names a header of 18446744073709551615 bytes; at most 100000000 are allowed"),
        Broken("cut header", bytes: littleEndianBytes([UInt64(20)]) + Array("{}".utf8), code: "header_length", "names a header of 20 bytes, but only 2 follow"),
        Broken("not text", bytes: littleEndianBytes([UInt64(3)]) + [0x7B, 0xFF, 0x7D], code: "header_encoding", "has a header that is not UTF-8 text"),
        Broken("no brace", header: " {}", code: "header_start", "has a header that does not start with '{'"),
        Broken("empty header", header: "", code: "header_start", "has a header that does not start with '{'"),
        Broken("not JSON", header: "{\"a\":", code: "header_json", "has a header that is not JSON: the text ends too early (byte 13)"),
        Broken("more JSON", header: "{}{}", code: "header_json", "has a header that is not JSON: text after the end of the document (byte 10)"),
        Broken(
            "duplicate", header: #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: 1,
            code: "duplicate_key", "names 'a' twice in its header"),
        Broken("duplicate inside", header: #"{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, data: 1, code: "duplicate_key", "names 'dtype' twice in its header"),
        Broken("duplicate escaped", header: #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":1}"#, code: "duplicate_key", "names 'a' twice in its header"),
        Broken("unknown dtype", header: #"{"a":{"dtype":"F128","shape":[0],"data_offsets":[0,0]}}"#, code: "dtype", "gives tensor 'a' the unknown dtype 'F128'"),
        Broken("no dtype", header: #"{"a":{"shape":[0],"data_offsets":[0,0]}}"#, code: "tensor_entry", "gives tensor 'a' no dtype"),
        Broken("entry is a list", header: #"{"a":[]}"#, code: "tensor_entry", "describes tensor 'a' by something other than an object"),
        Broken("negative shape", header: #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}}"#, code: "shape", "gives tensor 'a' no shape (a list of whole numbers from 0)"),
        Broken("three offsets", header: #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}"#, code: "data_offsets", "gives tensor 'a' no data_offsets (two whole numbers from 0)"),
        Broken("backwards", header: #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}}"#, data: 2, code: "data_offsets", "ends tensor 'a' before it begins: [2, 1]"),
        Broken(
            "hole", header: #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, data: 3,
            code: "hole", "leaves bytes 1 to 2 of its data unused, before tensor 'b'"),
        Broken(
            "overlap", header: #"{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, data: 3,
            code: "overlap", "lets tensor 'b' begin at byte 1, inside the tensor before it, which ends at 2"),
        Broken("wrong size", header: #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,12]}}"#, data: 12, code: "byte_count", "gives tensor 'a' 12 bytes; F32 [2, 2] needs 16"),
        Broken(
            "overflow", header: #"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, code: "overflow",
            "gives tensor 'a' the shape [4294967296, 4294967296], more than can be counted"),
        Broken("half a byte", header: #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#, data: 1, code: "sub_byte", "gives tensor 'a' 12 bits, which do not end at a byte"),
        Broken("cut data", header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 7, code: "truncated", "ends after 7 bytes of data; its header promises 8"),
        Broken("more data", header: #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 10, code: "trailing_bytes", "has 2 bytes after its last tensor"),
        Broken("metadata of numbers", header: #"{"__metadata__":{"a":1}}"#, code: "metadata", "has a __metadata__ whose 'a' is not text"),
        Broken("metadata is a list", header: #"{"__metadata__":[]}"#, code: "metadata", "has a __metadata__ that is not an object"),
    ]

    @Test(arguments: broken) func rejects(_ c: Broken) {
        let found = issue { _ = try SafetensorsFile(decoding: c.bytes, file: "x.safetensors") }
        #expect(found?.message == "not a whole safetensors file: it \(c.message)")
        #expect(found?.code == c.code)
        #expect(found?.file == "x.safetensors")
    }

    @Test(arguments: [#"{"__metadata__":null}"#, "{} \n", #"{"b":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"later":[1]}}"#])
    func accepts(_ header: String) throws {
        _ = try SafetensorsFile(decoding: littleEndianBytes([UInt64(header.utf8.count)]) + Array(header.utf8), file: "x")
    }

    /// Any single byte of the header changed, or any cut: never a crash.
    @Test func survivesDamage() {
        let bytes = fixtureBytes("exact.safetensors")
        for k in 0..<bytes.count { #expect(issue { _ = try SafetensorsFile(decoding: Array(bytes[..<k]), file: "x") } != nil) }
        for k in 0..<1160 {
            var damaged = bytes
            damaged[k] ^= 0x15
            _ = try? SafetensorsFile(decoding: damaged, file: "x")
        }
    }
}
