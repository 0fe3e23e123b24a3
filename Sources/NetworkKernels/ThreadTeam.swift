internal import CVectorMath
internal import Glibc
internal import Synchronization

/// A few threads that wait for work by spinning, so that handing over a piece of 10 microseconds costs a tenth of one.
///
/// `run` calls its body once for every lane; lane 0 runs on the caller, the others on the team's threads (or, in a team of one, on the
/// caller one after the other). What a lane computes must not depend on another lane of the same call: then results are the same for
/// every number of threads. A waiting thread spins for about 50 microseconds, then yields, and sleeps after some milliseconds. A caller
/// that finds a thread's lanes not yet begun when its own are done does them itself, so that a processor shared with other programs costs
/// no more than the speed of the second thread.
// Unchecked: the job is handed over through an atomic counter with release and acquire.
package final class ThreadTeam: @unchecked Sendable {
    package let threads: Int
    private let lanes: [Lane]

    // Unchecked: `job` is written before `posted` is stored with release and read after it is loaded with acquire.
    private final class Lane: @unchecked Sendable {
        let posted = Atomic<Int>(0)
        /// Number of the last job that somebody has begun.
        let claimed = Atomic<Int>(0)
        let finished = Atomic<Int>(0)
        let isAsleep = Atomic<Bool>(false)
        var job: (() -> Void)?
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }
        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
        }
    }

    /// `threads` below 1 counts as 1.
    package init(threads: Int) {
        self.threads = max(1, threads)
        lanes = (1..<max(2, self.threads)).prefix(self.threads - 1).map { _ in Lane() }
        for lane in lanes {
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(lane).toOpaque()
            let code = pthread_create(
                &thread, nil,
                { raw in
                    let lane = Unmanaged<Lane>.fromOpaque(raw!).takeRetainedValue()
                    ThreadTeam.serve(lane)
                    return nil
                }, argument)
            precondition(code == 0, "cannot start a thread (error \(code))")
            pthread_detach(thread)
        }
    }

    deinit { for lane in lanes { Self.post(nil, to: lane) } }

    /// Calls `body(lane)` for every lane of `0..<count` and returns when all are done.
    package func run(_ count: Int, _ body: (Int) -> Void) {
        guard threads > 1, count > 1 else {
            for lane in 0..<count { body(lane) }
            return
        }
        withoutActuallyEscaping(body) { body in
            // Lane l runs on thread l modulo the number of threads, in rising order there.
            let used = min(threads, count)
            for thread in 1..<used {
                let total = threads
                Self.post({ for lane in stride(from: thread, to: count, by: total) { body(lane) } }, to: lanes[thread - 1])
            }
            for lane in stride(from: 0, to: count, by: threads) { body(lane) }
            for thread in 1..<used {
                let lane = lanes[thread - 1]
                let job = lane.posted.load(ordering: .relaxed)
                if lane.claimed.compareExchange(expected: job - 1, desired: job, ordering: .acquiringAndReleasing).exchanged {
                    _ = Self.perform(lane)
                } else {
                    Self.spin { lane.finished.load(ordering: .acquiring) >= job }
                }
            }
        }
    }

    private static func post(_ job: (() -> Void)?, to lane: Lane) {
        lane.job = job
        lane.posted.wrappingAdd(1, ordering: .sequentiallyConsistent)
        if lane.isAsleep.load(ordering: .sequentiallyConsistent) {
            pthread_mutex_lock(lane.mutex)
            pthread_cond_signal(lane.condition)
            pthread_mutex_unlock(lane.mutex)
        }
    }

    private static func serve(_ lane: Lane) {
        var seen = 0
        while true {
            let isThere = spinBriefly { lane.posted.load(ordering: .acquiring) != seen }
            if !isThere {
                pthread_mutex_lock(lane.mutex)
                lane.isAsleep.store(true, ordering: .sequentiallyConsistent)
                while lane.posted.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(lane.condition, lane.mutex) }
                lane.isAsleep.store(false, ordering: .sequentiallyConsistent)
                pthread_mutex_unlock(lane.mutex)
            }
            // The caller may have done some jobs itself meanwhile: go to the newest.
            let job = lane.posted.load(ordering: .acquiring)
            seen = job
            guard lane.claimed.compareExchange(expected: job - 1, desired: job, ordering: .acquiringAndReleasing).exchanged else { continue }
            guard perform(lane) else { return }
            lane.finished.store(job, ordering: .releasing)
        }
    }

    /// Runs the lane's job and lets go of it; false when there is none, which ends the thread. Not inlined, so that the job is released
    /// before `finished` is stored: the caller checks that nobody holds its closure any longer.
    @inline(never)
    private static func perform(_ lane: Lane) -> Bool {
        guard let job = lane.job else { return false }
        lane.job = nil
        job()
        return true
    }

    private static func spin(until condition: () -> Bool) {
        while !spinBriefly(until: condition) {}
    }

    /// True as soon as `condition` holds; false when it has not come true for a while.
    private static func spinBriefly(until condition: () -> Bool) -> Bool {
        for _ in 0..<2_000 {
            if condition() { return true }
            assay_pause()
        }
        for _ in 0..<2_000 {
            if condition() { return true }
            sched_yield()
        }
        return condition()
    }
}
