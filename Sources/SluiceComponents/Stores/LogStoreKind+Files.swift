import Sluice
import SluiceLogStore
import SluiceStore

extension LogStoreKind {
    /// Refuses a file that belongs to a store or a backup, for whoever wants to write it.
    ///
    /// - Throws: ``Sluice/Failure`` (`invalid_message`).
    static func checkOutside(_ path: String) throws(Failure) {
        do throws(LogStoreError) {
            try LogStore.checkOutside(path)
        } catch {
            throw Failure(StoreError(error))
        }
    }
}
