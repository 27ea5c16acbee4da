import SluiceJSON
import SluiceSystem

/// The text of a value as a store keeps it, by length and hash; short texts are kept whole.
struct StoredValue: Equatable, Sendable {
    /// The length up to which texts are kept, so that they can be shown and updated.
    static let shortLength = 240

    let length: Int
    let hash: UInt64
    let short: [UInt8]

    init(_ text: [UInt8]) {
        length = text.count
        hash = text.withUnsafeBytes { Self.hash($0) }
        short = text.count <= Self.shortLength ? text : []
    }

    /// The value of a JSON that was read, in the compact form that stores keep.
    init(_ json: JSON) {
        var text: [UInt8] = []
        json.write(to: &text)
        self.init(text)
    }

    static func == (left: StoredValue, right: StoredValue) -> Bool {
        left.length == right.length && left.hash == right.hash
    }

    /// What a report shows of it.
    var shown: String {
        guard short.isEmpty else {
            let text = String(decoding: short, as: UTF8.self)
            return text.count <= 80 ? text : "\(text.prefix(80))…"
        }
        return "\(length) bytes (hash \(Hexadecimal.text(hash, digits: 16)))"
    }

    /// Hashes eight bytes at a time: values of megabytes are compared by it.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15
        var at = 0
        while at + 8 <= bytes.count {
            state ^= bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            state = (state &* 0xBF58_476D_1CE4_E5B9) ^ (state >> 29)
            at += 8
        }
        while at < bytes.count {
            state = (state ^ UInt64(bytes[at])) &* 0x94D0_49BB_1331_11EB
            at += 1
        }
        return state ^ (state >> 32)
    }
}
