/// The 64-bit hash of everything on disk: a multiply-mix over 64-bit little-endian words.
///
/// Each step folds its operands back into the product, so an operand that happens to equal a
/// constant cannot wipe out what went before. `Format.md` gives the definition and test vectors.
enum ContentHash {
    // The first words of SHA-512's initial state, and the golden ratio: no hidden structure.
    static let k0: UInt64 = 0x9E37_79B9_7F4A_7C15
    static let k1: UInt64 = 0xBB67_AE85_84CA_A73B
    static let k2: UInt64 = 0x3C6E_F372_FE94_F82B
    static let k3: UInt64 = 0xA54F_F53A_5F1D_36F1
    static let k4: UInt64 = 0x510E_527F_ADE6_82D1

    /// Bytes that one step of the main loop takes.
    static let blockBytes = 96

    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return a ^ b ^ product.low ^ product.high
    }

    /// The hash of `bytes` under `seed`.
    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        let count = UInt64(truncatingIfNeeded: bytes.count)
        let start = mix(seed ^ k0, count ^ k1)
        guard bytes.count >= blockBytes else { return finish(start, bytes, from: 0, count) }
        var lanes = Lanes(start)
        let end = lanes.take(bytes)
        return finish(lanes.joined, bytes, from: end, count)
    }

    /// The hash of `bytes` under `seed`, which are copied to `target` on the way: the processor
    /// waits for memory once, and hashes meanwhile.
    static func hash(
        _ bytes: UnsafeRawBufferPointer, seed: UInt64, copyingTo target: UnsafeMutableRawPointer
    ) -> UInt64 {
        let count = UInt64(truncatingIfNeeded: bytes.count)
        let start = mix(seed ^ k0, count ^ k1)
        guard let source = bytes.baseAddress else { return finish(start, bytes, from: 0, count) }
        var lanes = Lanes(start)
        let end = lanes.take(bytes) { offset in
            (target + offset).copyMemory(from: source + offset, byteCount: blockBytes)
        }
        (target + end).copyMemory(from: source + end, byteCount: bytes.count &- end)
        return finish(end > 0 ? lanes.joined : start, bytes, from: end, count)
    }

    /// The hash of `bytes` under `seed`.
    static func hash(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
        bytes.withUnsafeBytes { hash($0, seed: seed) }
    }

    /// Takes what is left behind the blocks.
    @inline(__always)
    private static func finish(
        _ start: UInt64, _ bytes: UnsafeRawBufferPointer, from: Int, _ count: UInt64
    ) -> UInt64 {
        var state = start
        var offset = from
        while offset &+ 16 <= bytes.count {
            state = mix(word(bytes, offset) ^ k2, word(bytes, offset &+ 8) ^ state)
            offset &+= 16
        }
        if offset &+ 8 <= bytes.count {
            state = mix(word(bytes, offset) ^ k3, state ^ k0)
            offset &+= 8
        }
        if offset < bytes.count {
            state = mix(tail(bytes, bytes.count &- offset) ^ k4, state ^ k1)
        }
        return mix(state ^ k1, count ^ k3)
    }

    /// The last one to seven bytes as a number.
    @inline(__always)
    private static func tail(_ bytes: UnsafeRawBufferPointer, _ left: Int) -> UInt64 {
        // At once where there are eight bytes to load.
        if bytes.count >= 8 {
            return word(bytes, bytes.count &- 8) &>> UInt64(64 &- 8 &* left)
        }
        return bytes.reversed().reduce(0) { $0 &<< 8 | UInt64($1) }
    }

    // Every caller has compared `offset + 8` with the buffer's end.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Six states side by side: a step of one has to wait for its last, and a processor has time
    /// for six meanwhile.
    private struct Lanes {
        var a, b, c, d, e, f: UInt64

        @inline(__always)
        init(_ start: UInt64) {
            (a, b, c) = (start, start ^ k1, start ^ k2)
            (d, e, f) = (start ^ k3, start ^ k4, start ^ k0)
        }

        /// Takes all whole blocks and gives the place behind them; `also` sees where each begins.
        @inline(__always)
        mutating func take(
            _ bytes: UnsafeRawBufferPointer, also: (Int) -> Void = { _ in }
        ) -> Int {
            var (a, b, c, d, e, f) = (a, b, c, d, e, f)
            var offset = 0
            while offset &+ blockBytes <= bytes.count {
                also(offset)
                a = mix(word(bytes, offset) ^ k1, word(bytes, offset &+ 8) ^ a)
                b = mix(word(bytes, offset &+ 16) ^ k1, word(bytes, offset &+ 24) ^ b)
                c = mix(word(bytes, offset &+ 32) ^ k2, word(bytes, offset &+ 40) ^ c)
                d = mix(word(bytes, offset &+ 48) ^ k2, word(bytes, offset &+ 56) ^ d)
                e = mix(word(bytes, offset &+ 64) ^ k3, word(bytes, offset &+ 72) ^ e)
                f = mix(word(bytes, offset &+ 80) ^ k3, word(bytes, offset &+ 88) ^ f)
                offset &+= blockBytes
            }
            (self.a, self.b, self.c, self.d, self.e, self.f) = (a, b, c, d, e, f)
            return offset
        }

        /// One state for all that the lanes have seen.
        @inline(__always)
        var joined: UInt64 {
            mix(a ^ k4, b) ^ mix(c ^ k4, d) ^ mix(e ^ k4, f)
        }
    }

    /// The hash of bytes that come in pieces; their number has to be known from the start.
    struct Stream {
        private let start: UInt64
        private let byteCount: UInt64
        private var lanes: Lanes

        init(seed: UInt64, byteCount: Int) {
            self.byteCount = UInt64(truncatingIfNeeded: byteCount)
            start = mix(seed ^ k0, self.byteCount ^ k1)
            lanes = Lanes(start)
        }

        /// Takes a piece whose length is a multiple of `blockBytes`.
        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            _ = lanes.take(bytes)
        }

        /// Takes the last piece, of any length, and gives the hash.
        mutating func finish(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
            let end = lanes.take(bytes)
            let state = byteCount >= UInt64(blockBytes) ? lanes.joined : start
            return ContentHash.finish(state, bytes, from: end, byteCount)
        }
    }
}
