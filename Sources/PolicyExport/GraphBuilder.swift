internal import Foundation
internal import RunRecords

/// Builds an ONNX graph node by node. Values are named by text; a name is made once, by an input, an initialiser or a node, before it is used.
///
///     var graph = GraphBuilder(name: "policy")
///     let x = graph.input("obs", .float, [.named("N"), .size(4)])
///     let w = graph.initializer("w", weights, shape: [3, 4])
///     graph.output(graph.node("Gemm", [x, w], output: "logits", attributes: ["transB": 1]), .float, [.named("N"), .size(3)])
///     let model = graph.model(version: "0.1.0")
///
/// Breaking that order, or naming two values alike, traps: a graph is code, not input.
package struct GraphBuilder: Sendable {
    /// Element types, by their codes in the format.
    package enum ElementType: Int32, Sendable { case float = 1, int32 = 6, int64 = 7, bool = 9, double = 11 }

    package enum Dimension: Sendable {
        case size(Int)
        /// A size known only when the model runs: `N`.
        case named(String)
    }

    package enum Attribute: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
        case int(Int)
        case float(Float)
        case text(String)
        case ints([Int])
        case floats([Float])

        package init(integerLiteral value: Int) { self = .int(value) }
        package init(floatLiteral value: Float) { self = .float(value) }
        package init(stringLiteral value: String) { self = .text(value) }
        package init(arrayLiteral elements: Int...) { self = .ints(elements) }
    }

    private var graph = ONNXGraphProto()
    private var names: Set<String> = []

    package init(name: String) { graph.name = name }

    /// A value that the caller of the model gives; its name.
    @discardableResult
    package mutating func input(_ name: String, _ type: ElementType, _ shape: [Dimension]) -> String {
        define(name)
        graph.input.append(GraphBuilder.value(name, type, shape))
        return name
    }

    /// Makes a value that exists a result of the model.
    package mutating func output(_ name: String, _ type: ElementType, _ shape: [Dimension]) {
        precondition(names.contains(name), "GraphBuilder: the output '\(name)' is made by no node")
        graph.output.append(GraphBuilder.value(name, type, shape))
    }

    /// A constant tensor, row by row; its name. `shape` defaults to one dimension; `[]` is a scalar.
    @discardableResult
    package mutating func initializer(_ name: String, _ values: [Float], shape: [Int]? = nil) -> String {
        constant(name, .float, shape ?? [values.count], values.count, littleEndianBytes(values))
    }

    @discardableResult
    package mutating func initializer(_ name: String, _ values: [Double], shape: [Int]? = nil) -> String {
        constant(name, .double, shape ?? [values.count], values.count, littleEndianBytes(values))
    }

    @discardableResult
    package mutating func initializer(_ name: String, _ values: [Int64], shape: [Int]? = nil) -> String {
        constant(name, .int64, shape ?? [values.count], values.count, littleEndianBytes(values))
    }

    @discardableResult
    package mutating func initializer(_ name: String, _ values: [Bool], shape: [Int]? = nil) -> String {
        constant(name, .bool, shape ?? [values.count], values.count, values.map { $0 ? 1 : 0 })
    }

    /// A node of the standard operator set with one output; its name, which is made up when not given. An empty input name leaves an optional input out.
    @discardableResult
    package mutating func node(_ operation: String, _ inputs: [String], output: String? = nil, attributes: [String: Attribute] = [:]) -> String {
        node(operation, inputs, outputs: [output ?? "\(operation.lowercased())_\(graph.node.count)"], attributes: attributes)[0]
    }

    /// A node with several outputs; their names.
    @discardableResult
    package mutating func node(_ operation: String, _ inputs: [String], outputs: [String], attributes: [String: Attribute] = [:]) -> [String] {
        for input in inputs { precondition(input.isEmpty || names.contains(input), "GraphBuilder: \(operation) reads '\(input)', which nothing has made yet") }
        outputs.forEach { define($0) }
        var node = ONNXNodeProto()
        node.opType = operation
        node.name = "\(operation)_\(graph.node.count)"
        node.input = inputs
        node.output = outputs
        // In order of their names, so that equal graphs give equal bytes.
        node.attribute = attributes.sorted { $0.key < $1.key }.map(GraphBuilder.attribute)
        graph.node.append(node)
        return outputs
    }

    /// The finished model: IR version 8, operator set 17, which onnxruntime 1.12 and later read.
    package func model(version: String, metadata: [String: String] = [:]) -> ONNXModel {
        precondition(!graph.output.isEmpty, "GraphBuilder: the graph has no output")
        var model = ONNXModelProto()
        model.irVersion = 8
        model.producerName = "assay"
        model.producerVersion = version
        model.graph = graph
        var operators = ONNXOperatorSetId()
        operators.version = 17
        model.opsetImport = [operators]
        model.metadataProps = metadata.sorted { $0.key < $1.key }.map { key, value in
            var entry = ONNXStringStringEntry()
            entry.key = key
            entry.value = value
            return entry
        }
        guard let bytes: [UInt8] = try? model.serializedBytes() else { preconditionFailure("GraphBuilder: a model of more than 2 GiB") }
        return ONNXModel(bytes: bytes)
    }

    private mutating func define(_ name: String) {
        precondition(!name.isEmpty && names.insert(name).inserted, "GraphBuilder: the name '\(name)' is empty or taken")
    }

    private mutating func constant(_ name: String, _ type: ElementType, _ shape: [Int], _ count: Int, _ bytes: [UInt8]) -> String {
        precondition(shape.reduce(1, *) == count, "GraphBuilder: '\(name)' has the shape \(shape) and \(count) values")
        define(name)
        var tensor = ONNXTensorProto()
        tensor.name = name
        tensor.dims = shape.map(Int64.init)
        tensor.dataType = type.rawValue
        tensor.rawData = Data(bytes)
        graph.initializer.append(tensor)
        return name
    }

    private static func value(_ name: String, _ type: ElementType, _ shape: [Dimension]) -> ONNXValueInfoProto {
        var info = ONNXValueInfoProto()
        info.name = name
        info.type.tensorType.elemType = type.rawValue
        info.type.tensorType.shape.dim = shape.map { size in
            var dimension = ONNXTensorShapeProto.Dimension()
            switch size {
            case .size(let count): dimension.dimValue = Int64(count)
            case .named(let name): dimension.dimParam = name
            }
            return dimension
        }
        return info
    }

    private static func attribute(_ name: String, _ value: Attribute) -> ONNXAttributeProto {
        var out = ONNXAttributeProto()
        out.name = name
        switch value {
        case .float(let value): (out.f, out.type) = (value, 1)
        case .int(let value): (out.i, out.type) = (Int64(value), 2)
        case .text(let value): (out.s, out.type) = (Data(value.utf8), 3)
        case .floats(let values): (out.floats, out.type) = (values, 6)
        case .ints(let values): (out.ints, out.type) = (values.map(Int64.init), 7)
        }
        return out
    }
}
