internal import Dispatch
internal import Synchronization

/// Runs `body` over `0..<count` in pieces of `chunk` indices, on at most `threads` threads (the caller's is one of them).
///
/// The pieces are the same for every thread count: `[0, chunk)`, `[chunk, 2 chunk)` and so on; only who works on which differs.
/// Results are therefore identical for any thread count as long as `body` writes only to places that belong to its indices.
/// Returns when all pieces are done. `count` 0 does nothing; `threads` below 1 counts as 1.
package func parallelFor(count: Int, threads: Int, chunk: Int = 1, body: @Sendable (Range<Int>) -> Void) {
    precondition(count >= 0 && chunk >= 1, "parallelFor: count \(count), chunk \(chunk)")
    let pieces = (count + chunk - 1) / chunk
    let workers = min(max(threads, 1), pieces)
    if workers <= 1 {
        for piece in 0..<pieces { body(piece * chunk..<min(count, (piece + 1) * chunk)) }
        return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { work in
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if piece >= pieces { return }
                work(piece * chunk..<min(count, (piece + 1) * chunk))
            }
        }
    }
}

/// `body(0) ... body(count - 1)` on at most `threads` threads, results in order: [count].
///
/// After a throw no further index is begun; what is under way ends, then the first error is thrown.
package func inParallel<Result: Sendable, Failure: Error>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> Result
) throws(Failure) -> [Result] {
    let results = Mutex([Result?](repeating: nil, count: count)), failure = Mutex<Failure?>(nil)
    parallelFor(count: count, threads: threads) { range in
        for i in range where failure.withLock({ $0 == nil }) {
            do throws(Failure) {
                let result = try body(i)
                results.withLock { $0[i] = result }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return results.withLock { $0.compactMap { $0 } }
}
