internal import COpenBLAS
internal import Glibc

/// Which OpenBLAS runs, and whether the environment forces its kernels.
package struct OpenBLASInformation: Sendable {
    /// Kernel family chosen for this processor (`SkylakeX`, `Haswell`, ...).
    package let core: String
    package let configuration: String
    /// Value of OPENBLAS_CORETYPE, when set.
    package let forcedCore: String?

    package static var current: OpenBLASInformation {
        OpenBLASInformation(
            core: String(cString: openblas_get_corename()), configuration: String(cString: openblas_get_config()),
            forcedCore: getenv("OPENBLAS_CORETYPE").map { String(cString: $0) })
    }
}
