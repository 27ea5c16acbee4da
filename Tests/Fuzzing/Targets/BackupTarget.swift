import SluiceSystem

@testable import SluiceLogStore

/// The list of a backup's files.
///
/// The first byte says whether the hash in its last line is made right.
enum BackupTarget: FuzzTarget {
    static let name = "backup"

    static func seeds() throws -> [[UInt8]] {
        var list = BackupList(store: HashRepair.identity, number: 1, revision: 12)
        var seeds = [[1] + list.encoded()]
        for name in ["00000001.seg", "0000000a.run", "MANIFEST"] {
            list.items.append(
                BackupList.Item(
                    name: name, storedName: list.secondName(of: name), byteCount: 4096, hash: 7))
            seeds.append([1] + list.encoded())
        }
        return seeds
    }

    static func run(_ input: [UInt8]) {
        var cut = InputCut(input)
        let repairs = cut.byte() & 1 != 0
        var bytes = cut.remaining()
        if repairs, let end = bytes.dropLast().lastIndex(of: 10) {
            let text = Array(bytes[...end])
            let hash = Hexadecimal.text(ContentHash.hash(text, seed: 0), digits: 16)
            bytes = text + Array("end \(hash)\n".utf8)
        }
        do throws(LogStoreError) {
            let list = try BackupList(bytes, path: BackupList.fileName)
            let again = try? BackupList(list.encoded(), path: BackupList.fileName)
            require(again == list, "what was read and written is another list")
            _ = 2 * list.items.reduce(list.number + 1) { $0 + $1.byteCount }
            for item in list.items {
                require(BackupList.isOwn(item.storedName), "\(item.storedName) is no own file")
                require(!item.storedName.contains("/"), "\(item.storedName) leads elsewhere")
            }
        } catch {
            require(["corrupt", "unsupported_format"].contains(error.code), "unexpected: \(error)")
        }
    }
}
