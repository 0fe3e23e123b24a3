import NumericKernels
import Testing

@Suite struct OpenBLASKernelsTests {
    private static let haswell: Set<String> = ["sse4_2", "avx", "avx2", "fma", "bmi2"]
    private static let skylake = haswell.union(["avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"])

    @Test func theWidestSetThatTheFlagsAllow() {
        #expect(OpenBLASKernels(processorFlags: Self.skylake.union(["avx512_bf16"])) == .avx512)
        #expect(OpenBLASKernels(processorFlags: Self.haswell) == .avx2)
        // Knights Landing has the first of these flags and no kernels of its own; AVX2 needs the fused product.
        #expect(OpenBLASKernels(processorFlags: Self.haswell.union(["avx512f", "avx512cd"])) == .avx2)
        #expect(OpenBLASKernels(processorFlags: ["avx", "avx2"]) == .avx)
        #expect(OpenBLASKernels(processorFlags: []) == .sse)
    }

    @Test(arguments: [("Cooperlake", OpenBLASKernels.avx512), ("SkylakeX", .avx512), ("SKYLAKEX", .avx512), ("Haswell", .avx2), ("Zen", .avx2), ("Sandybridge", .avx), ("Nehalem", .sse)])
    func namesOfCores(_ name: String, _ kernels: OpenBLASKernels) { #expect(OpenBLASKernels(core: name) == kernels) }

    @Test func strangersAndOrder() {
        #expect(OpenBLASKernels(core: "neoversen1") == nil)
        #expect(OpenBLASKernels.allCases == OpenBLASKernels.allCases.sorted() && OpenBLASKernels.avx2 < .avx512)
        // The kernels that run here are known, and no wider than OpenBLAS has.
        #expect(OpenBLASKernels(core: openBLASDescription().core) != nil)
    }
}
