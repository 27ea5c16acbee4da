import Glibc

/// How much of all that can be tried a test tries: an ordinary run a part of it, and all of it where
/// the variable `SLUICE_THOROUGH` is set.
enum Thoroughness {
    static let isFull = getenv("SLUICE_THOROUGH") != nil

    /// One number or the other.
    static func pick(_ full: Int, ordinarily few: Int) -> Int {
        isFull ? full : few
    }
}
