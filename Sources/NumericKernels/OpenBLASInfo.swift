internal import COpenBLAS

/// Which matrix kernels run here, for manifests and benchmarks: results differ in the last bits from one core name to another.
package struct OpenBLASDescription: Sendable, Equatable {
    /// The kernel set that OpenBLAS chose, e.g. `SkylakeX`.
    package var core: String
    /// Version and build options.
    package var configuration: String
    /// Threads that one call uses; always 1, we split work ourselves.
    package var threads: Int
    /// Value of OPENBLAS_CORETYPE, nil where unset. `Haswell` there halves the speed on machines with AVX-512.
    package var coreTypeVariable: String?
}

/// Describes the library in use; also makes its calls single-threaded.
package func openBLASDescription() -> OpenBLASDescription {
    prepareBLAS()
    return OpenBLASDescription(
        core: String(cString: openblas_get_corename()), configuration: String(cString: openblas_get_config()).trimmingSpaces(),
        threads: Int(openblas_get_num_threads()), coreTypeVariable: environmentVariable("OPENBLAS_CORETYPE"))
}

private let singleThreaded: Void = openblas_set_num_threads(1)

/// Makes OpenBLAS calls single-threaded, once a process. Called before every use.
func prepareBLAS() { _ = singleThreaded }

extension String {
    fileprivate func trimmingSpaces() -> String {
        var part = Substring(self)
        while part.last == " " { part.removeLast() }
        while part.first == " " { part.removeFirst() }
        return String(part)
    }
}
