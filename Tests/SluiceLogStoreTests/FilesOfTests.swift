import SluiceSystem

@testable import SluiceLogStore

// Parts of the store on files that tests make.

extension Run {
    static func open(
        file: any File, id: UInt32, identity: StoreIdentity
    ) throws(LogStoreError) -> Run {
        try open(file: DiskFile(file), id: id, identity: identity)
    }
}

extension RunWriter {
    convenience init(file: any File, id: UInt32, identity: StoreIdentity, expectedEntries: Int) {
        self.init(
            file: DiskFile(file), id: id, identity: identity, expectedEntries: expectedEntries)
    }
}

extension SegmentReader {
    convenience init(id: UInt32, file: any File, identity: StoreIdentity, limit: Int) {
        self.init(id: id, file: DiskFile(file), identity: identity, limit: limit)
    }
}

extension Segment {
    convenience init(head: SegmentHead, file: any File) {
        self.init(head: head, file: DiskFile(file))
    }
}
