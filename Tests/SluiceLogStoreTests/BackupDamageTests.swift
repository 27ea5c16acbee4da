import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// Bytes that rot after a backup, in the store or in the backup, are found by the next one.
@Suite struct BackupDamageTests {
    /// Flips a bit in the middle of a file, which stays the same file.
    private func flip(_ path: String) throws {
        let file = try PosixFileSystem().open(path, creating: false)
        let place = try file.size() / 2
        var byte: [UInt8] = [0]
        _ = try file.read(into: &byte, at: place)
        try file.write([byte[0] ^ 0x10], at: place)
    }

    private func check(_ backup: TemporaryFolder, _ comment: Comment) throws {
        let restored = TemporaryFolder()
        _ = try LogStore.restore(backup.path, to: restored.path)
        #expect(try LogStore.verify(restored.path).damages == [], comment)
        let store = try LogStore.openAndWait(restored.path)
        #expect(try store.find("c", LogStore.Find()).records.count == 400, comment)
        try store.close()
    }

    @Test(arguments: [true, false])
    func aStoreThatRottedSinceIsNotBackedUpAgain(isLinked: Bool) throws {
        let folder = try TemporaryFolder.store()
        let files = folder.names.filter { $0.hasSuffix(".seg") || $0.hasSuffix(".run") }
        #expect(files.count > 5)
        for name in files {
            let backup = TemporaryFolder()
            _ = try LogStore.backup(folder.path, to: backup.path)
            if !isLinked {
                for name in backup.names {
                    let path = "\(backup.path)/\(name)"
                    try BackupTests.write(try #require(try PosixFileSystem().contents(path)), path)
                }
            }
            try flip("\(folder.path)/\(name)")
            #expect("\(name)") {
                _ = try LogStore.backup(folder.path, to: backup.path)
            } throws: { error in
                guard case LogStoreError.corrupt(let file, _, _, _, _) = error else { return false }
                return file == name
            }
            try flip("\(folder.path)/\(name)")
            // The backup before is as it was.
            try check(backup, "\(name)")
        }
    }

    enum Harm: CaseIterable { case flipped, cut, removed }

    @Test(arguments: Harm.allCases)
    func aCopyThatRottedIsMadeAnew(harm: Harm) throws {
        let (folder, backup) = (try TemporaryFolder.store(), TemporaryFolder())
        let first = try LogStore.backup(folder.path, to: backup.path)
        for name in backup.names where name != BackupList.fileName {
            let path = "\(backup.path)/\(name)"
            let bytes = try #require(try PosixFileSystem().contents(path))
            // Not the file of the store that it may be linked to.
            try BackupTests.write(bytes, path)
            switch harm {
            case .flipped: try flip(path)
            case .cut: truncate(path, bytes.count / 2)
            case .removed: unlink(path)
            }
            let again = try LogStore.backup(folder.path, to: backup.path) {
                #expect($0.done <= $0.total)
                return true
            }
            #expect(again.filesCopied == 1, "\(name)")
            #expect(again.filesKept == first.filesCopied - 1, "\(name)")
            #expect(backup.names.count == first.filesCopied + 1, "\(name)")
            try check(backup, "\(name)")
        }
    }

    @Test func aBackupWhoseListRottedIsMadeAnew() throws {
        let (folder, backup) = (try TemporaryFolder.store(), TemporaryFolder())
        let first = try LogStore.backup(folder.path, to: backup.path)
        try flip("\(backup.path)/BACKUP")
        #expect(
            try LogStore.backup(folder.path, to: backup.path).filesCopied == first.filesCopied)
        try check(backup, "")
    }
}
