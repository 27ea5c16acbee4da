import Sluice
import SluiceJSON
import SluiceLogStore

extension Command {
    /// `sluice store compact`.
    static let storeCompact = Command(
        name: "compact",
        summary: "Give back the space of what was overwritten, deleted or has expired",
        discussion: """
            A store does that by itself while it is used; this does all of it now. It can be stopped at
            any time: nothing is lost, and what has been given back stays so. What the store keeps of
            what was replaced, such as a flow's keepRevisions asks for, stays; --discard-history gives
            it up, and the store then keeps none until a flow asks for it again.
            """,
        operands: [StoreFolder.operand],
        options: [StoreFolder.discardHistory] + StoreFolder.writing + [.json],
        examples: [
            "\(.program) store compact data/store",
            "\(.program) store compact data/store --discard-history",
        ]
    ) { arguments, terminal in
        let folder = try StoreFolder(arguments, terminal)
        return try await folder.use(.writing) { store in
            let task = LongTask(terminal)
            let before = store.statistics.totalBytes
            do throws(LogStoreError) {
                try store.compact(progress: task.goesOn)
            } catch .cancelled where task.isInterrupted {
            } catch {
                throw error
            }
            let after = store.statistics.totalBytes
            let recounts = store.statistics.recounts
            if recounts > 0, !arguments.has(.json) {
                terminal.note(
                    "\(terminal.yellow("warning:")) \(folder.path): the sums of live records were "
                        + "wrong and have been counted anew")
            }
            return try task.end(
                "compacted \(Words.bytes(before)) to \(Words.bytes(after))",
                again: "run it again to go on",
                facts: arguments.has(.json)
                    ? [
                        ("bytesBefore", JSON(before)), ("bytesAfter", JSON(after)),
                        ("recounts", JSON(recounts)),
                    ] : nil)
        }
    }
}
