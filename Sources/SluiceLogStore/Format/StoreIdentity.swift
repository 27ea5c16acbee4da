/// The random 128-bit id of a store, and the hash seeds made from it.
///
/// A record's seed binds it to its store, segment and offset: a record found anywhere else never
/// verifies.
struct StoreIdentity: Hashable, Sendable {
    let bytes: [UInt8]
    private let seed: UInt64

    /// Bytes of an id.
    static let byteCount = 16

    init(bytes: [UInt8]) {
        self.bytes = bytes
        seed = ContentHash.hash(bytes, seed: 0)
    }

    static func random() -> StoreIdentity {
        var generator = SystemRandomNumberGenerator()
        return StoreIdentity(
            bytes: (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }

    /// The seed of what begins at `offset` of segment `segment`.
    @inline(__always)
    func seed(segment: UInt32, offset: Int) -> UInt64 {
        let place = UInt64(segment) << 32 | UInt64(truncatingIfNeeded: offset) & 0xFFFF_FFFF
        return ContentHash.mix(seed ^ ContentHash.k2, place ^ ContentHash.k4)
    }
}
