/// OpenBLAS's kernel sets for x86-64, by the instructions they are written with.
package enum OpenBLASKernels: Int, Sendable, Comparable, CaseIterable {
    /// SSE2 and SSE3: `Prescott`, `Core2`, `Nehalem`, ...
    case sse
    /// AVX: `Sandybridge`, `Bulldozer`.
    case avx
    /// AVX2 with fused multiply-add: `Haswell`, `Zen`.
    case avx2
    /// AVX-512: `SkylakeX`, `Cooperlake`, `Sapphirerapids`.
    case avx512

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// The widest set that a processor with these `flags` of /proc/cpuinfo can run.
    package init(processorFlags flags: Set<String>) {
        let avx512: Set<String> = ["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"]
        self = avx512.isSubset(of: flags) ? .avx512 : flags.isSuperset(of: ["avx2", "fma"]) ? .avx2 : flags.contains("avx") ? .avx : .sse
    }

    /// The set that a core name of OpenBLAS belongs to, whatever its case; nil for names of other architectures and new ones.
    package init?(core: String) {
        switch core.lowercased() {
        case "skylakex", "cooperlake", "sapphirerapids": self = .avx512
        case "haswell", "zen", "excavator": self = .avx2
        case "sandybridge", "bulldozer", "piledriver", "steamroller": self = .avx
        case "prescott", "core2", "penryn", "dunnington", "nehalem", "atom", "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "nano", "katmai", "coppermine",
            "northwood", "banias", "generic": self = .sse
        default: return nil
        }
    }

    package var name: String {
        switch self {
        case .sse: "SSE"
        case .avx: "AVX"
        case .avx2: "AVX2"
        case .avx512: "AVX-512"
        }
    }
}
