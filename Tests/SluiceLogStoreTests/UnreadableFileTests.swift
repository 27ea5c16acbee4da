import Glibc
import SluiceSystem
import Testing

@testable import SluiceLogStore

/// One file of a store that cannot be read at all is named, and the others are looked at.
@Suite struct UnreadableFileTests {
    /// What lies in the place of a file.
    enum Thing: CaseIterable {
        case folder, circularLink, danglingLink, pipe

        func take(place path: String) {
            unlink(path)
            switch self {
            case .folder: mkdir(path, 0o700)
            case .circularLink: symlink(path, path)
            case .danglingLink: symlink(path + ".gone", path)
            case .pipe: mkfifo(path, 0o600)
            }
        }
    }

    /// The files that hold what was written.
    private static func files(_ folder: TemporaryFolder) -> [String] {
        folder.names.filter { !["LOCK", Reserve.fileName].contains($0) }
    }

    @Test(arguments: Thing.allCases)
    func verifyAndRepairNameItAndGoOn(thing: Thing) throws {
        let folder = try TemporaryFolder.store()
        let names = Self.files(folder)
        #expect(names.count > 8)
        for name in names {
            let path = "\(folder.path)/\(name)"
            rename(path, path + ".kept")
            thing.take(place: path)
            defer {
                remove(path)
                rename(path + ".kept", path)
            }
            let comment: Comment = "\(thing) as \(name)"
            let report = try LogStore.verify(folder.path)
            #expect(report.damages.contains { $0.file == name }, comment)
            #expect(report.records > TemporaryFolder.keyCount - 150, comment)
            let target = TemporaryFolder()
            let repaired = try LogStore.repair(folder.path, to: target.path)
            if !name.hasSuffix(".run") {
                #expect(repaired.damages.contains { $0.file == name }, comment)
            }
            #expect(try LogStore.verify(target.path).damages == [], comment)
            let new = try LogStore.openAndWait(target.path)
            let records = try new.find("c", LogStore.Find()).records
            #expect(records.allSatisfy { $0.value.count == 300 })
            let missing = repaired.recordsLost + repaired.leftOutCount
            #expect(records.count + missing == TemporaryFolder.keyCount, comment)
            #expect(records.count > 0, comment)
            if !name.hasSuffix(".seg") { #expect(missing == 0, comment) }
            try new.close()
        }
    }

    @Test func openingSaysWhichFileItIs() throws {
        let folder = try TemporaryFolder.store()
        for name in Self.files(folder) {
            let path = "\(folder.path)/\(name)"
            rename(path, path + ".kept")
            mkdir(path, 0o700)
            defer {
                rmdir(path)
                rename(path + ".kept", path)
            }
            for isReadOnly in [true, false] {
                #expect("\(name)") {
                    let options = LogStore.Options(isReadOnly: isReadOnly)
                    try LogStore.openAndWait(folder.path, options: options).close()
                } throws: { error in
                    "\(error)".contains("\(name): Is a directory")
                }
            }
        }
    }

    /// Who may not open a file now may do so another time.
    @Test(arguments: [EMFILE, ENFILE, ENOMEM, EACCES, EPERM])
    func whatIsNotTheFilesFaultIsNoDamage(number: Int32) throws {
        let folder = try TemporaryFolder.store()
        for name in Self.files(folder) {
            let environment = Environment(
                fileSystem: RefusingFiles(base: PosixFileSystem(), name: "/" + name, errno: number))
            func isTold(_ body: () throws -> Void) {
                #expect("\(name)") {
                    try body()
                } throws: { error in
                    if case LogStoreError.io(_, _, number) = error { true } else { false }
                }
            }
            isTold { _ = try LogStore.verify(folder.path, environment) }
            // Repair does without the index.
            if name.hasSuffix(".run") { continue }
            isTold {
                _ = try LogStore.repair(folder.path, to: TemporaryFolder().path, environment)
            }
        }
    }

    /// A block that the device cannot read costs the records in it, and no others.
    @Test func aBadBlockOfASegmentIsNamedAndAllElseIsRead() throws {
        let folder = try TemporaryFolder.store()
        let names = Self.files(folder).filter { $0.hasSuffix(".seg") }
        for (number, name) in names.enumerated() {
            let block = number % 4 + 1
            let environment = Environment(
                fileSystem: RefusingFiles(
                    base: PosixFileSystem(), name: "\(folder.path)/\(name)", errno: EIO,
                    block: block))
            let comment: Comment = "block \(block) of \(name)"
            let offset = block * 4096
            func isNamed(_ damages: [LogStore.RecoveryReport.Damage]) {
                #expect(
                    damages.contains {
                        $0.file == name && $0.offset == offset
                            && $0.message == "the device cannot read 4096 bytes"
                    }, comment)
            }
            let report = try LogStore.verify(folder.path, environment)
            isNamed(report.damages)
            #expect(report.records > TemporaryFolder.keyCount - 20, comment)
            #expect(report.records < TemporaryFolder.keyCount, comment)
            let target = TemporaryFolder()
            let repaired = try LogStore.repair(folder.path, to: target.path, environment)
            isNamed(repaired.damages)
            #expect((1...20).contains(repaired.recordsLost), comment)
            let new = try LogStore.openAndWait(target.path)
            let missing = repaired.recordsLost + repaired.leftOutCount
            #expect(new.statistics.records == TemporaryFolder.keyCount - missing, comment)
            try new.close()
            // What has to be whole is not made of zeros.
            #expect(throws: LogStoreError.self, comment) {
                _ = try LogStore.backup(folder.path, to: TemporaryFolder().path, environment)
            }
        }
    }
}

/// Another file system, one file of which cannot be opened; or one block of it not be read.
private struct RefusingFiles<Base: FileSystem>: FileSystem {
    let base: Base
    /// How the file's path ends.
    let name: String
    let errno: Int32
    var block: Int?

    func makeDirectory(_ path: String) throws(FileError) -> [String] {
        try base.makeDirectory(path)
    }

    func list(_ path: String) throws(FileError) -> [String] { try base.list(path) }

    func open(_ path: String, creating: Bool) throws(FileError) -> any File {
        guard path.hasSuffix(name) else { return try base.open(path, creating: creating) }
        guard let block else { throw FileError(operation: "open", path: path, errno: errno) }
        let file = try base.open(path, creating: creating)
        return RefusingFile(base: file, block: block * 4096..<(block + 1) * 4096, errno: errno)
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        try base.rename(path, to: target)
    }

    func remove(_ path: String) throws(FileError) { try base.remove(path) }

    func syncDirectory(_ path: String) throws(FileError) { try base.syncDirectory(path) }

    func lock(folder path: String) throws(FileError) -> LockAttempt {
        try base.lock(folder: path)
    }

    func monotonicMilliseconds() -> Int64 { base.monotonicMilliseconds() }

    func pause(milliseconds: Int) { base.pause(milliseconds: milliseconds) }
}

/// A file, a part of which cannot be read.
private final class RefusingFile: File {
    private let base: any File
    private let block: Range<Int>
    private let errno: Int32

    init(base: any File, block: Range<Int>, errno: Int32) {
        self.base = base
        self.block = block
        self.errno = errno
    }

    func size() throws(FileError) -> Int { try base.size() }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        if block.overlaps(offset..<offset + buffer.count) {
            throw FileError(operation: "pread", path: "a segment", errno: errno)
        }
        return try base.read(into: buffer, at: offset)
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try base.write(buffer, at: offset)
    }

    func truncate(to size: Int) throws(FileError) { try base.truncate(to: size) }

    func sync() throws(FileError) { try base.sync() }
}
