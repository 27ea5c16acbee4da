import SluiceSystem

/// The ids of the function `id`, each greater than those before.
///
/// An id has 48 bits of time and 80 of chance. Within one millisecond, and while the clock lies behind
/// the last id's time, the next id is the last one and a little more.
public final class IDSequence: Sendable {
    /// Of all runs of this process that are not seeded.
    public static let process = IDSequence()

    private let last = Lock<UInt128?>(nil)

    /// A sequence of its own, as seeded runs have it, whose ids must not depend on others.
    public init() {}

    /// The next id as a number of 128 bits.
    ///
    /// - Parameters:
    ///   - milliseconds: The time since 1970-01-01 UTC.
    ///   - random: 64 random bits, fresh at each call.
    func next(at milliseconds: Int64, random: () -> UInt64) -> UInt128 {
        let time = UInt128(UInt64(clamping: milliseconds) & 0xFFFF_FFFF_FFFF) << 80
        let chance = UInt128(random() & 0xFFFF) << 64 | UInt128(random())
        return last.withLock { last in
            var id = time | chance
            if let last, last >> 80 >= time >> 80 {
                // Where a millisecond's ids are used up, this goes on with those of the next.
                id = last &+ 1 &+ (chance & 0xFFFF_FFFF)
            }
            last = id
            return id
        }
    }
}
