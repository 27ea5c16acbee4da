@testable import SluiceLogStore

/// A manifest, and the sums of what expires in it.
///
/// The first byte says whether length and hash are made right.
enum ManifestTarget: FuzzTarget {
    static let name = "manifest"

    static func seeds() throws -> [[UInt8]] {
        Set(try StoreSeeds.folders().compactMap { $0[Manifest.fileName] })
            .sorted { $0.count < $1.count }.map { [1] + $0 }
    }

    static func run(_ input: [UInt8]) {
        var cut = InputCut(input)
        let mode = cut.byte()
        var bytes = cut.remaining()
        if mode & 1 != 0 { HashRepair.repairManifest(&bytes) }
        guard case .manifest(var manifest) = Manifest.decode(bytes) else { return }
        guard case .manifest(let again) = Manifest.decode(manifest.encoded()) else {
            return require(false, "what was read and written is not read again")
        }
        require(again == manifest, "what was read and written is another manifest")
        for now in [0, 1_000_000, 5_000_000, RecordFrame.maximumTime] {
            manifest.expire(at: now)
        }
        var expiry = again.expiry
        let entry = IndexEntry(
            version: 1, created: 1, segment: 1, offset: 4096, length: 100, expiresAt: 2_000_000,
            isDead: false, recordFlags: 0)
        expiry.count(entry, by: 1, in: entry.segment)
        expiry.move([entry], from: [1], to: 2)
    }
}
