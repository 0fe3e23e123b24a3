#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Value of an environment variable, nil where unset.
func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
