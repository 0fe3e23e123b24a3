import Foundation
import PolicyExport
import RunRecords
import TestSupport
import Testing

/// `assay export`: what it writes is read back and compared with the run it came from.
@Suite(.serialized) struct ExportTests {
    /// A run of two updates in `folder`, named `run`.
    private func train(_ settings: [String], seeds: Int = 1, experiment: String = "btc-s3-mlp", in folder: Workspace) async throws {
        let sets = (["ppo.n_steps=64", "ppo.n_epochs=2"] + settings).flatMap { ["--set", $0] }
        try await assay(
            list: ["train", "--no-report", "\(packageRoot)/experiments/\(experiment).yaml", "--reward", "\(packageRoot)/rewards/btc-s3.yaml", "--bars", "synthetic:btc-hourly,bars=3000"]
                + ["--steps", "1024", "--seeds", "\(seeds)", "--out", "run", "--quiet"] + sets, in: folder)
    }

    private func numbers(_ value: JSONValue?) -> [Double] { value?.list?.compactMap(\.number) ?? [] }

    /// The two networks once more, in 64 bits, from the exported weights and the exported raw features: what the csv says they decide.
    @Test(arguments: [["policy.hidden=[9, 5]"], ["policy.hidden=[6]", "policy.batch_norm=true"], ["policy.hidden=[7]", "normalize.observations=true"]])
    func theWeightsMakeTheDecisions(_ settings: [String]) async throws {
        let folder = try Workspace()
        try await train(settings, in: folder)
        try await assay("export", "run", "--format", "safetensors", "--out", "weights.safetensors", in: folder)
        let file = try SafetensorsFile(file: folder.path + "/weights.safetensors"), own = try SafetensorsFile(file: folder.path + "/run/policy.safetensors")
        #expect(file.tensors == own.tensors)
        #expect(file.metadata["actions"] == #"["HOLD","LONG","SHORT"]"# && file.metadata["reward"] == "btc-s3" && file.metadata["steps"] == "1024")
        #expect(file.metadata["reward_sha256"]?.count == 64)
        let names = try JSONValue(parsing: Array((file.metadata["observation_names"] ?? "").utf8)).list?.compactMap(\.text) ?? []
        #expect(names.count == 48 && names.suffix(4) == ["regime_LOW_VOL", "regime_TRENDING", "regime_HIGH_VOL", "regime_CRISIS"])
        let standardization = try JSONValue(parsing: Array((file.metadata["observation_standardization"] ?? "").utf8))
        let mean = numbers(standardization["mean"]), deviation = numbers(standardization["deviation"])
        let running = try file.metadata["observation_normalizer"].map { try JSONValue(parsing: Array($0.utf8)) }
        #expect((running != nil) == settings.contains("normalize.observations=true"))

        let csv = try await assay("export", "run", "--format", "csv", "--split", "validation", in: folder)
        let rows = csv.out.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let heads = rows[0]
        #expect(heads == ["time", "regime"] + names.dropLast(4) + ["probability_HOLD", "probability_LONG", "probability_SHORT", "value"])
        // A fifth of 3,000 bars.
        #expect(rows.count - 1 == 600)
        for row in rows.dropFirst() {
            var x = names.indices.map { i -> Double in
                let raw = names[i].hasPrefix("regime_") ? (row[1] == names[i].dropFirst(7) ? 1 : 0) : Double(row[heads.firstIndex(of: names[i])!]) ?? .nan
                return raw.isNaN || deviation[i] == 0 ? 0 : min(10, max(-10, (raw - mean[i]) / deviation[i]))
            }
            if let running {
                let m = numbers(running["mean"]), v = numbers(running["variance"])
                x = x.indices.map { min(10, max(-10, (x[$0] - m[$0]) / (v[$0] + 1e-8).squareRoot())) }
            }
            let logits = forward(file, "mlp_extractor.policy_net", "action_net", x), value = forward(file, "mlp_extractor.value_net", "value_net", x)[0]
            let weights = logits.map { exp($0 - logits.max()!) }, total = weights.reduce(0, +)
            let found = row[row.count - 4..<row.count].compactMap(Double.init)
            try #require(found.count == 4)
            for a in 0..<3 { #expect(abs(found[a] - weights[a] / total) < 1e-5) }
            #expect(abs(found[3] - value) < 1e-4 * max(1, abs(value)))
        }

        try await assay("export", "run", "--format", "onnx", "--out", "policy.onnx", in: folder)
        let bytes = try #require(FileManager.default.contents(atPath: folder.path + "/policy.onnx"))
        let model = try #require(ONNXModel(bytes: Array(bytes)).summary)
        #expect(model.inputs == ["obs", "action_mask"] && model.outputs == ["logits", "masked_logits", "probabilities", "action", "value"])
        for key in ["actions", "observation_names", "observation_standardization", "reward_sha256", "seed", "steps"] { #expect(model.metadata[key] == file.metadata[key]) }
        #expect((model.metadata["observation_normalizer"] != "null") == (running != nil))
        #expect(Set(own.tensors.map(\.name).filter { !$0.contains("net.1.") }).isSubset(of: Set(model.initializers)))
    }

    /// tanh layers with optional batch normalisation by running statistics, then the head.
    private func forward(_ file: SafetensorsFile, _ body: String, _ head: String, _ x: [Double]) -> [Double] {
        func values(_ name: String) -> [Double]? { file[name]?.floats.map { $0.map(Double.init) } }
        func linear(_ name: String, _ x: [Double]) -> [Double]? {
            guard let w = values(name + ".weight"), let b = values(name + ".bias"), w.count == b.count * x.count else { return nil }
            return b.indices.map { o in x.indices.reduce(b[o]) { $0 + w[o * x.count + $1] * x[$1] } }
        }
        var x = x
        for i in 0..<9 {
            if let mean = values("\(body).\(i).running_mean"), let variance = values("\(body).\(i).running_var"), let w = values("\(body).\(i).weight"),
                let b = values("\(body).\(i).bias")
            {
                x = x.indices.map { (x[$0] - mean[$0]) / (variance[$0] + 1e-5).squareRoot() * w[$0] + b[$0] }
                x = x.map { tanh($0) }
            } else if let y = linear("\(body).\(i)", x) {
                x = file["\(body).\(i + 1).running_mean"] == nil ? y.map { tanh($0) } : y
            }
        }
        return linear(head, x) ?? [.nan]
    }

    /// A Transformer's window and regime are inputs of its model; a bar's decision needs the bars before it, which lie in the split before.
    @Test func transformer() async throws {
        let folder = try Workspace()
        let sizes = ["context=10", "width=8", "layers=1", "heads=2", "feed_forward=8", "head_hidden=8"].map { "policy." + $0 }
        try await train(sizes, experiment: "btc-s3", in: folder)
        try await assay("export", "run", "--format", "onnx", "--out", "policy.onnx", in: folder)
        let bytes = try #require(FileManager.default.contents(atPath: folder.path + "/policy.onnx"))
        let model = try #require(ONNXModel(bytes: Array(bytes)).summary)
        #expect(model.inputs == ["obs", "regime", "action_mask"] && model.outputs == ["logits", "masked_logits", "probabilities", "action", "value"])
        #expect(model.metadata["context"] == "10")
        let own = try SafetensorsFile(file: folder.path + "/run/policy.safetensors")
        #expect(Set(own.tensors.map(\.name)).isSubset(of: Set(model.initializers)))
        let csv = try await assay("export", "run", "--format", "csv", "--split", "validation", in: folder)
        let rows = csv.out.split(separator: "\n").dropFirst().map { $0.split(separator: ",").suffix(4).compactMap { Double($0) } }
        #expect(rows.count == 600 && rows.allSatisfy { $0.count == 4 && abs($0[0] + $0[1] + $0[2] - 1) < 1e-5 })
        #expect(Set(rows.map { $0[0] }).count > 500)
    }

    @Test func refusals() async throws {
        let folder = try Workspace()
        try await train(["policy.hidden=[4]"], seeds: 2, in: folder)
        let several = try await assay("export", "run", "--format", "csv", in: folder, exits: 65)
        #expect(several.err == "error: 'run' holds the runs of 2 seeds\nhelp: name one: assay export run/seed-1 --format csv\n")
        let nowhere = try await assay("export", "run/seed-1", "--format", "onnx", in: folder, exits: 64)
        #expect(nowhere.err.contains("--format onnx needs --out FILE"))
        try folder.write("taken.onnx", "mine")
        let taken = try await assay("export", "run/seed-1", "--format", "onnx", "--out", "taken.onnx", in: folder, exits: 65)
        #expect(taken.err == "error: 'taken.onnx' exists\nhelp: choose another --out, or add --force to replace it\n")
        #expect(try folder.text("taken.onnx") == "mine")
        try await assay("export", "run/seed-1", "--format", "onnx", "--out", "taken.onnx", "--force", in: folder)
        #expect(FileManager.default.contents(atPath: folder.path + "/taken.onnx")?.count ?? 0 > 1_000)
        let missing = try await assay("export", "rum", "--format", "csv", in: folder, exits: 66)
        #expect(missing.err.contains("did you mean 'run'?"))
    }
}
