import Glibc

/// What the system knows a file by, and its size, asked without its times.
///
/// `statx(2)` alone can be asked so; its layout is part of the kernel's interface. Swift does not see
/// its declaration, which the C library shows only on demand, so it is looked up by its name.
package struct FileStatus {
    private let inode: UInt64
    private let device: UInt64
    /// Bytes in the file.
    package let size: Int

    private typealias Call =
        @convention(c) (
            Int32, UnsafePointer<CChar>, Int32, UInt32, UnsafeMutableRawPointer
        ) -> Int32

    /// The call; nil where the C library has none.
    private static let call = dlsym(nil, "statx").map { unsafeBitCast($0, to: Call.self) }
    private static let byteCount = 256
    private static let inodeOffset = 32
    private static let deviceOffset = 136
    private static let sizeOffset = 40
    /// `STATX_INO` and `STATX_SIZE`, and `AT_EMPTY_PATH`.
    private static let wanted: UInt32 = 0x300
    private static let emptyPath: Int32 = 0x1000

    package init?(descriptor: Int32) {
        self.init(descriptor, "", Self.emptyPath)
    }

    package init?(path: String) {
        self.init(AT_FDCWD, path, 0)
    }

    private init?(_ folder: Int32, _ path: String, _ flags: Int32) {
        guard let call = Self.call else { return nil }
        let found = withUnsafeTemporaryAllocation(byteCount: Self.byteCount, alignment: 8) {
            buffer -> (inode: UInt64, device: UInt64, size: Int)? in
            guard let base = buffer.baseAddress,
                call(folder, path, flags, Self.wanted, base) == 0
            else { return nil }
            return (
                base.load(fromByteOffset: Self.inodeOffset, as: UInt64.self),
                base.load(fromByteOffset: Self.deviceOffset, as: UInt64.self),
                Int(clamping: base.load(fromByteOffset: Self.sizeOffset, as: UInt64.self))
            )
        }
        guard let found else { return nil }
        (inode, device, size) = found
    }

    /// Whether both are of one file.
    package func isSame(as other: FileStatus) -> Bool {
        inode == other.inode && device == other.device
    }
}
