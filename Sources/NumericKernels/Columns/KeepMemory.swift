internal import CMalloc

/// Tells the C library to keep freed memory for the next allocation instead of handing it back to the system at once.
///
/// For programs that make and drop many columns: by default every array of 128 kB or more comes from the system page by page and goes back when
/// freed, and fetching the pages again costs more than most of the loops here (44 features over 43,500 bars: half of the time). Call once,
/// early, from a program's start; a library should not decide this for its host. Has no effect on results.
package func keepFreedMemory() {
    _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
    _ = mallopt(M_TRIM_THRESHOLD, 1 << 30)
    _ = mallopt(M_TOP_PAD, 16 << 20)
}
