import SluiceSystem
import Testing

@testable import SluiceLogStore

/// The index's tree against a sorted dictionary.
@Suite struct RadixTreeTests {
    /// Keys of many shapes: prefixes of each other, long common prefixes, every first byte.
    private static func key(_ random: inout SplitMix) -> [UInt8] {
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return (0..<Int.random(in: 0...3, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        case 1:
            return [UInt8](repeating: 97, count: Int.random(in: 0...40, using: &random))
        case 2:
            return Array("a common prefix longer than eight bytes/".utf8)
                + [UInt8.random(in: 0...255, using: &random)]
        case 3:
            return Array("user/\(Int.random(in: 0..<300, using: &random))".utf8)
        default:
            return (0..<Int.random(in: 1...6, using: &random)).map { _ in
                UInt8.random(in: 0...2, using: &random)
            }
        }
    }

    private static func entry(_ version: UInt64) -> IndexEntry {
        IndexEntry(
            version: version, created: version, segment: 1, offset: 2, length: 3, expiresAt: 0,
            isDead: false, recordFlags: 0)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func behavesLikeASortedDictionary(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let tree = RadixTree()
        var model: [[UInt8]: UInt64] = [:]
        for step in 0..<6000 {
            let key = Self.key(&random)
            key.withUnsafeBytes { bytes in
                let (leaf, isNew) = tree.insert(bytes, Self.entry(UInt64(step)))
                #expect(isNew == (model[key] == nil))
                leaf.entry = Self.entry(UInt64(step))
            }
            model[key] = UInt64(step)
            let probe = Self.key(&random)
            #expect(probe.withUnsafeBytes { tree.leaf($0)?.entry.version } == model[probe])
            if step % 200 == 0 { check(tree, model, &random, seed) }
        }
    }

    private func check(
        _ tree: RadixTree, _ model: [[UInt8]: UInt64], _ random: inout SplitMix, _ seed: UInt64
    ) {
        #expect(tree.count == model.count)
        let sorted = model.keys.sorted { $0.lexicographicallyPrecedes($1) }
        for _ in 0..<8 {
            let bound = Self.key(&random)
            for reverse in [false, true] {
                for takesEqual in [false, true] {
                    let expected = sorted.filter { key in
                        if key == bound { return takesEqual }
                        return key.lexicographicallyPrecedes(bound) == reverse
                    }
                    let found = keys(tree, bound, takesEqual: takesEqual, reverse: reverse)
                    #expect(
                        found == (reverse ? expected.reversed() : expected),
                        "seed \(seed), bound \(bound), reverse \(reverse)")
                }
            }
        }
    }

    private func keys(
        _ tree: RadixTree, _ bound: [UInt8], takesEqual: Bool, reverse: Bool
    ) -> [[UInt8]] {
        bound.withUnsafeBytes { bytes in
            var walk = RadixTree.Walk(
                tree, from: takesEqual ? .inclusive(bytes) : .exclusive(bytes), reverse: reverse)
            var found: [[UInt8]] = []
            while let leaf = walk.next() { found.append(Array(leaf.key)) }
            return found
        }
    }
}
