import Sluice
import SluiceJSON

/// Writes JSON lines.
enum JSONLWriter: Component {
    static let about = About(
        "jsonl_writer", "Writes each message as a line to a file or to standard output",
        discussion: """
            A message leaves by `out` once it has been handed to the operating system. Where writing \
            fails, all messages that were written together fail with `io`; some of them may be in the \
            file. A line that was cut off is ended before the next one. The file is made, or emptied, once \
            every node has started, also where no message comes. Nodes that write one file share it, by \
            whatever names, and have to agree on `append`; a file that the run reads is refused. Once \
            nobody reads standard output any more, the run stops as by a signal.
            """,
        example: #"{ "path": "saved.jsonl", "append": true }"#)

    struct Settings: Message {
        var path = ""
        var append = false
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required(
                "path", &path, .notBlank, role: .file,
                about: "The file, from the flow file's folder; `-` is standard output")
            try m.optional(
                "append", &append, about: "Whether to keep what the file holds and write at its end"
            )
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let file = OutputFile(settings.path, isAppending: settings.append)
        ports.declaresFailures = true
        ports.fails(with: "io")
        ports.effects = .files
        ports.writesFile(settings.path, isKept: settings.append)
        ports.onStart { context in try await file.prepare(in: context) }
        ports.onReady { _ in try await file.open() }
        let out = ports.output("out", JSON.self, about: "The message, after it was written")
        ports.batch("in", JSON.self, about: "Any message") { deliveries, turn in
            var lines: [UInt8] = []
            for delivery in deliveries { delivery.message.writeLine(to: &lines) }
            do throws(Failure) {
                guard try await file.write(lines) else { return }
                for delivery in deliveries {
                    try turn.emit(delivery.message, on: out, for: delivery)
                }
            } catch {
                for delivery in deliveries { turn.fail(error, for: delivery) }
            }
        }
        ports.onStop { file.close() }
    }
}
