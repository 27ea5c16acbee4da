public import SluiceStore
import SluiceSystem

/// What can go wrong in a store, with the facts a caller can act on.
///
/// `code` is a stable word for programs; `description` is a sentence for people.
public enum LogStoreError: Error, Sendable, CustomStringConvertible {
    /// The collection was never declared.
    case missingCollection(String)
    /// Over the cap, or no space on the device; deletes and reads go on working.
    case diskFull(String)
    /// `ifRevision` of an operation, counted from 0, does not match; the key's revision is given,
    /// 0 for an absent key.
    case conflict(currentRevision: Int64, operation: Int = 0)
    /// A key to be written has no bytes.
    case keyEmpty
    /// A key to be written is longer than `LogStore.maximumKeyBytes`.
    case keyTooLarge
    /// A value to be written is longer than `LogStore.maximumValueBytes`.
    case valueTooLarge
    /// One write is longer on disk than `LogStore.maximumBatchBytes`.
    case batchTooLarge
    /// The change feed was asked for revisions that have been compacted away. `oldest` is the
    /// smallest revision that may be asked for.
    case gone(oldest: Int64)
    /// Bytes on disk are not those that were written; `key` and `revision` are those of the record,
    /// where they are known.
    case corrupt(
        file: String, offset: Int, message: String, key: [UInt8]? = nil, revision: Int64? = nil)
    /// The operating system refused; `errno` is its error number.
    case io(operation: String, path: String, errno: Int32)
    /// The store has been closed.
    case closed
    /// Another owner holds the folder. `processID` is nil where the owner did not say, and that of this
    /// process where the store is already open in it.
    case locked(path: String, processID: Int32?)
    /// A closure given by the caller threw; the write or the search had no effect.
    case cancelled(any Error)
    /// A merge operator refused, or is not known; the batch had no effect.
    case refused(StoreError)
    /// The file was made by another version of the format.
    case unsupportedFormat(file: String, found: Int, supported: Int)
    /// An earlier failure to make data durable; nothing is written until the store is reopened.
    case poisoned(String)
    /// The store's folder, or the end of its log, was removed or replaced while it was open: nothing
    /// more is written, since nobody would find it.
    case notOwner(path: String)
    /// A write on a store that was opened for reading only.
    case readOnly
    /// An argument outside its range, such as a key twice in one write.
    case invalid(String)

    /// Whether the store is locked because it is already open in this process.
    public var isOpenHere: Bool {
        if case .locked(_, SystemProcess.id?) = self { true } else { false }
    }

    /// A stable snake_case word for programs.
    public var code: String {
        switch self {
        case .missingCollection: "missing_collection"
        case .diskFull: "disk_full"
        case .conflict: "conflict"
        case .keyEmpty: "key_empty"
        case .keyTooLarge: "key_too_large"
        case .valueTooLarge: "value_too_large"
        case .batchTooLarge: "batch_too_large"
        case .gone: "gone"
        case .corrupt: "corrupt"
        case .io, .poisoned: "io"
        case .closed: "closed"
        case .locked: "locked"
        case .cancelled: "cancelled"
        case .refused(let error): error.code.rawValue
        case .unsupportedFormat: "unsupported_format"
        case .notOwner: "not_owner"
        case .readOnly: "read_only"
        case .invalid: "invalid_message"
        }
    }

    /// A sentence for people, with paths, numbers and what to do where there is a remedy.
    public var description: String {
        switch self {
        case .missingCollection(let name): "collection \"\(name)\" is not declared"
        case .diskFull(let message): message
        case .conflict(0, _): "the key does not exist"
        case .conflict(let revision, _): "the key is at revision \(revision)"
        case .keyEmpty: "the key is empty"
        case .keyTooLarge: "the key is longer than \(LogStoreLimits.keyBytes) bytes"
        case .valueTooLarge: "the value is longer than \(LogStoreLimits.valueBytes) bytes"
        case .batchTooLarge: "the batch is longer than \(LogStoreLimits.batchBytes) bytes"
        case .gone(let oldest):
            "the changes asked for have been compacted away; the oldest revision is \(oldest)"
        case .corrupt(let file, let offset, let message, _, _):
            "\(file) is damaged at byte \(offset): \(message)"
        case .io(let operation, let path, let number):
            "\(operation) \(path): \(FileError.text(number))"
        case .closed: "the store is closed"
        case .locked(let path, _) where isOpenHere:
            "\(path) is already open in this process; use that store, or close it first"
        case .locked(let path, let processID):
            "\(path) is in use by "
                + (processID.map { "process \($0)" } ?? "another process")
                + "; stop it, or wait longer with a larger lock timeout (removing the file LOCK "
                + "does not free it)"
        case .cancelled(let error): "cancelled: \(error)"
        case .refused(let error): error.text
        case .unsupportedFormat(let file, let found, let supported):
            "\(file) has format version \(found); this build reads version \(supported)"
        case .poisoned(let cause):
            "the store takes no more writes until it is reopened, because of: \(cause)"
        case .notOwner(let path):
            "\(path) was removed or replaced while it was open, so nothing more is written; "
                + "put back what was there, if that is possible, and open the store again"
        case .readOnly: "the store is open for reading only"
        case .invalid(let message): message
        }
    }
}
