import Glibc

/// Which processors the children run on: one for all of them shows races.
enum Processors {
    /// How many processors there are.
    static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// `sched_getaffinity` and `sched_setaffinity`, which the module of the C library leaves out.
    private typealias Affinity = @convention(c) (pid_t, Int, UnsafeMutableRawPointer) -> Int32

    private static func function(_ name: String) -> Affinity? {
        dlsym(nil, name).map { unsafeBitCast($0, to: Affinity.self) }
    }

    /// Runs what the body starts on one processor; children inherit that.
    static func pinned<T>(to processor: Int, _ body: () throws(Finding) -> T) throws(Finding) -> T {
        var before = [UInt8](repeating: 0, count: 128)
        guard let get = function("sched_getaffinity"), let set = function("sched_setaffinity"),
            get(0, before.count, &before) >= 0
        else { return try body() }
        var one = [UInt8](repeating: 0, count: before.count)
        one[processor / 8] = 1 << UInt8(processor % 8)
        _ = set(0, one.count, &one)
        defer { _ = set(0, before.count, &before) }
        return try body()
    }
}
