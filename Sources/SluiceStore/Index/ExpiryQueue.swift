/// The expiring keys in order of their instants: a binary heap.
///
/// A key written again stays in the heap with its old instant; whoever takes it out compares with
/// the index.
struct ExpiryQueue {
    struct Item {
        var expiresAt: Int64
        var version: UInt64
        var name: KeyName
    }

    private var heap: [Item] = []

    var next: Int64? { heap.first?.expiresAt }

    mutating func insert(_ item: Item) {
        heap.append(item)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].expiresAt < heap[parent].expiresAt else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the first item whose instant is not after `now`.
    mutating func takeExpired(at now: Int64) -> Item? {
        guard let first = heap.first, first.expiresAt <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].expiresAt < heap[smallest].expiresAt { smallest = child }
            }
            guard smallest != parent else { return first }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
