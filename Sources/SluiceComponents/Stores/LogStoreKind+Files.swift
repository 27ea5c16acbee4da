import Sluice
import SluiceLogStore
import SluiceStore
import SluiceSystem

extension LogStoreKind {
    /// Refuses a file that belongs to a store or a backup, for whoever wants to write it.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_message`).
    static func checkOutside(
        _ path: String, on files: any FileSystem
    ) throws(Failure) {
        do throws(LogStoreError) {
            try LogStore.checkOutside(path, on: files)
        } catch {
            throw Failure(StoreError(error))
        }
    }
}
