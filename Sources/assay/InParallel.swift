import Dispatch
import Synchronization

/// `work(0) ... work(count - 1)` on up to `threads` threads; the first error is thrown when all have ended.
func inParallel<Result: Sendable>(_ count: Int, threads: Int, _ work: @Sendable (Int) throws -> Result) throws -> [Result] {
    let results = Mutex([Int: Result]()), failure = Mutex<(any Error)?>(nil), next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
        while true {
            let i = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if i >= count || failure.withLock({ $0 != nil }) { return }
            do {
                let result = try work(i)
                results.withLock { $0[i] = result }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    let found = results.withLock { $0 }
    return (0..<count).compactMap { found[$0] }
}
