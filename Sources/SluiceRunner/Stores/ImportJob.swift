import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

/// An import of record lines: the next batch is read while the last is being written.
final class ImportJob {
    private typealias Results = [Result<LogStore.Outcome, LogStoreError>]

    private let store: LogStore
    private let file: FileStream
    private let collection: String?
    private let keepsGoing: Bool
    private let terminal: Terminal
    private let task: LongTask

    private var known: Set<Name> = []
    private var writes: [LogStore.Write] = []
    private var lineNumbers: [Int] = []
    private var batchBytes = 0
    private var underWay: (results: Task<Results, Never>, lineNumbers: [Int])?
    private var hasEnded = false

    private var bytesRead = 0
    private var records = 0
    private var expired = 0
    private var badLines = 0

    /// How many records, and bytes of them, are written together.
    private static let batchRecords = 8_192
    private static let batchBytes = 8 << 20
    /// How far the store's clock may be ahead of this one when it writes a record.
    private static let clockSeconds: Int64 = 86_400
    /// The longest line: a value of the greatest size and what stands around it.
    private static let maximumLineBytes = LogStore.maximumValueBytes + (1 << 20)

    init(
        store: LogStore, file: FileStream, collection: String?, keepsGoing: Bool, terminal: Terminal
    ) {
        self.store = store
        self.file = file
        self.collection = collection
        self.keepsGoing = keepsGoing
        self.terminal = terminal
        task = LongTask(terminal)
    }

    /// Reads and writes everything, up to an interruption or a bad line.
    ///
    /// When it throws, nothing is being written any more, and ``stored`` counts what has been.
    func run() async throws {
        do {
            try await readAndWrite()
        } catch {
            // The error there was first is the one to tell.
            try? await settle()
            throw error
        }
    }

    private func readAndWrite() async throws {
        var lines = JSONLines(path: file.path, maximumLineBytes: Self.maximumLineBytes)
        while !task.isInterrupted, !hasEnded {
            guard let bytes = try file.nextBytes(upTo: 4 * FileStream.chunkBytes) else { continue }
            bytesRead += bytes.count
            lines.append(bytes)
            while !hasEnded, let item = lines.next() {
                switch item {
                case .broken(let line): report(line.line, line.column, line.reason)
                case .value(let value, let number): try take(value, number, lines)
                }
                if writes.count >= Self.batchRecords || batchBytes >= Self.batchBytes {
                    try await flush()
                }
            }
            task.show(
                LongTask.Status(count: records, done: bytesRead, total: file.size ?? 0))
            if bytes.isEmpty { hasEnded = true }
        }
        try await flush()
        try await settle()
    }

    private func take(_ value: JSON, _ number: Int, _ lines: borrowing JSONLines) throws {
        let line: RecordLine
        do throws(RecordLine.Misfit) {
            line = try RecordLine(value, collection: collection)
        } catch {
            return report(number, lines.column(of: error.place), error.reason)
        }
        if known.insert(Name(line.collection)).inserted {
            try store.declare(collections: [line.collection])
        }
        var seconds: Int64?
        if let time = line.expiresAt {
            let now = EvaluationContext.systemMilliseconds()
            guard time > now else {
                expired += 1
                return
            }
            let most = (Int64(RecordLine.maximumExpiry) - now) / 1_000 - Self.clockSeconds
            seconds = min((time - now - 1) / 1_000 + 1, most)
        }
        lineNumbers.append(number)
        batchBytes += line.key.count + line.value.count
        writes.append(
            LogStore.Write([
                .put(
                    collection: line.collection, key: line.key, value: line.value,
                    timeToLiveSeconds: seconds)
            ]))
    }

    private func report(_ line: Int, _ column: Int, _ reason: String) {
        badLines += 1
        hasEnded = hasEnded || !keepsGoing
        terminal.note("\(file.path):\(line):\(column): \(terminal.red("error:")) \(reason)")
    }

    /// Begins to write what has gathered, when what is being written is done.
    private func flush() async throws {
        try await settle()
        guard !writes.isEmpty else { return }
        let (store, batch) = (store, writes)
        underWay = (Task { await store.write(batch) }, lineNumbers)
        writes.removeAll(keepingCapacity: true)
        lineNumbers.removeAll(keepingCapacity: true)
        batchBytes = 0
    }

    private func settle() async throws {
        guard let (results, lineNumbers) = underWay else { return }
        underWay = nil
        var failure: LogStoreError?
        for (result, number) in zip(await results.value, lineNumbers) {
            switch result {
            case .success: records += 1
            case .failure(.valueTooLarge): report(number, 1, "\(LogStoreError.valueTooLarge)")
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// What a failed import has stored.
    var stored: String { "stored \(Words.count(records, "record")) before it failed" }

    /// What was done until now.
    var summary: String {
        var text = "imported \(Words.count(records, "record")) (\(Words.bytes(bytesRead)))"
        if expired > 0 { text += ", left out \(expired.grouped) expired" }
        if badLines > 0 { text += ", \(Words.count(badLines, "bad line"))" }
        return text
    }

    /// Says what was done.
    func end(asJSON: Bool) throws -> ExitCode {
        let facts = [
            ("records", JSON(records)), ("bytes", JSON(bytesRead)), ("expired", JSON(expired)),
            ("badLines", JSON(badLines)),
        ]
        let code = try task.end(
            summary, again: "run it again to go on", facts: asJSON ? facts : nil)
        return badLines > 0 ? .worst([code, .failed]) : code
    }
}
