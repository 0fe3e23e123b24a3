package import RunRecords
internal import SwiftProtobuf

/// A finished ONNX model: the bytes of its file, and what can be asked about them without running it.
package struct ONNXModel: Sendable, Equatable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Writes the file atomically. Throws `RecordNotWritten`.
    package func write(to path: String) throws(RecordNotWritten) { try AtomicFile.write(bytes, to: path) }

    /// The names in the graph; nil when the bytes are no ONNX model.
    package var summary: Summary? {
        guard let model = try? ONNXModelProto(serializedBytes: bytes), model.irVersion > 0 else { return nil }
        return Summary(
            inputs: model.graph.input.map(\.name), outputs: model.graph.output.map(\.name), operations: model.graph.node.map(\.opType),
            initializers: model.graph.initializer.map(\.name), metadata: Dictionary(model.metadataProps.map { ($0.key, $0.value) }) { a, _ in a })
    }

    package struct Summary: Sendable, Equatable {
        package let inputs: [String]
        package let outputs: [String]
        /// Operator names in the order of the nodes.
        package let operations: [String]
        package let initializers: [String]
        package let metadata: [String: String]
    }
}
