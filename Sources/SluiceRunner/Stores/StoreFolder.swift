import Sluice
import SluiceJSON
import SluiceLogStore
import SluiceSystem

/// The store that a command line names.
struct StoreFolder {
    /// What a command does to a store.
    enum Access {
        /// Reads, beside whatever process owns the store.
        case reading
        /// Reads and writes as its owner.
        case writing
        /// The same, and makes the store where there is none.
        case creating
    }

    static let operand = Operand(
        name: "DIR", about: "The store's folder, such as data/store", values: .folder)
    static let wait = Option(
        name: "wait", value: "SECONDS",
        about: "How long to wait for another process to let the store go (0)")

    static let keepRevisions = Option(
        name: "keep-revisions", value: "N",
        about: "From now on keep what was replaced in the last N revisions; the store remembers it")
    static let keepHours = Option(
        name: "keep-hours", value: "N",
        about: "From now on keep what was replaced in the last N hours; the store remembers it")
    /// The options of commands that write.
    static let writing = [wait, keepRevisions, keepHours]
    static let discardHistory = Option.flag(
        "discard-history", "Give up all that was replaced, and keep none of it from now on")
    static let asFound = Option.flag(
        "as-found", "Read what is left of a store that has lost records, which may be older")
    /// The options of commands that read.
    static let reading = [asFound]

    let path: String
    /// The name of the program, for what to do about something.
    let program: String
    private let waitMilliseconds: Int
    /// How much of history is kept; nil leaves that to the store.
    private let keptRevisions: Int?
    private let keptHours: Int?
    private let readsAsFound: Bool
    private let terminal: Terminal
    /// How the command can be told to make what is missing; nil where it cannot.
    private let creation: String?
    /// The damage that has been said.
    private let said = Lock<Set<String>>([])

    /// Reads what the command line says.
    init(
        _ arguments: Arguments, _ terminal: Terminal, creation: String? = nil
    ) throws(UsageError) {
        path = arguments.first
        program = arguments.program.name
        self.creation = creation
        self.terminal = terminal
        let text = arguments[StoreFolder.wait] ?? "0"
        guard let time = TimeSpan(text) else {
            throw UsageError("--wait takes a time such as 30 or 2m, not `\(text)`")
        }
        waitMilliseconds = time.milliseconds
        let discards = arguments.has(StoreFolder.discardHistory)
        let (revisions, hours) = (
            try arguments.number(StoreFolder.keepRevisions),
            try arguments.number(StoreFolder.keepHours)
        )
        guard !discards || revisions == nil && hours == nil else {
            throw UsageError("--discard-history keeps nothing: leave the other option out")
        }
        keptRevisions = discards ? 0 : revisions
        keptHours = discards ? 0 : hours
        readsAsFound = arguments.has(StoreFolder.asFound)
    }

    /// Opens the store for the time of a closure, and closes it.
    ///
    /// A store that is made for it goes again where it cannot be opened, or the closure fails and has
    /// written nothing. What is read of a store that has lost records, nobody knows which, is a
    /// failure at best.
    func use(
        _ access: Access, _ body: (LogStore) async throws -> ExitCode
    ) async throws -> ExitCode {
        try check(access)
        let new = NewFolders(for: path)
        let store: LogStore
        do throws(LogStoreError) {
            store = try LogStore.openAndWait(path, options: options(access))
        } catch {
            new.remove()
            throw failure(
                error, code: .cannotStart, isReadAsFound: isReadAsFound(access, after: error))
        }
        report(store.recoveryReport, access)
        let code: ExitCode
        do {
            code = try await body(store)
        } catch {
            try? close(store, new)
            guard let error = error as? LogStoreError else { throw error }
            throw failure(error, code: .failed)
        }
        do throws(LogStoreError) {
            if code == .success { try store.close() } else { try close(store, new) }
        } catch {
            // What was said to be done may be lost.
            throw failure(error, code: .cannotStart)
        }
        return store.recoveryReport.hasUnknownLoss ? .worst([code, .failed]) : code
    }

    /// Closes a store that a command failed to use.
    private func close(_ store: LogStore, _ new: NewFolders) throws(LogStoreError) {
        if store.discard() { new.remove() } else { try store.close() }
    }

    /// Does something long with the store's files; nil where it was interrupted.
    func read<Result>(
        _ task: LongTask, _ body: (String) throws(LogStoreError) -> Result
    ) throws -> Result? {
        try check(.reading)
        return try run(task, body)
    }

    /// Does something long with a backup's files; nil where it was interrupted.
    func readBackup<Result>(
        _ task: LongTask, _ body: (String) throws(LogStoreError) -> Result
    ) throws -> Result? {
        let names = try names()
        guard names.contains("BACKUP") else {
            var remedy: String?
            if names.contains("BACKUP.tmp") {
                remedy = "it was never finished: run `\(program) store backup` again"
            } else if Self.isStore(names) {
                remedy =
                    "it is a store; `\(program) store backup \(path) TARGET` makes a backup of it"
            }
            throw CommandFailure(
                "there is no backup at \(path)", remedy: remedy, code: .cannotStart)
        }
        return try run(task, isBackup: true, body)
    }

    private func run<Result>(
        _ task: LongTask, isBackup: Bool = false,
        _ body: (String) throws(LogStoreError) -> Result
    ) throws -> Result? {
        do throws(LogStoreError) {
            return try body(path)
        } catch .cancelled where task.isInterrupted {
            return nil
        } catch {
            throw failure(error, code: .cannotStart, isBackup: isBackup)
        }
    }

    private func options(_ access: Access) -> LogStore.Options {
        // The cap belongs to the flows that use the store.
        LogStore.Options(
            maximumLiveBytes: 1 << 50, lockTimeoutMilliseconds: waitMilliseconds,
            keepRevisions: keptRevisions, keepHours: keptHours, isReadOnly: access == .reading,
            readsAsFound: readsAsFound)
    }

    /// Whether a store that a command could not read would be read with `--as-found`.
    private func isReadAsFound(_ access: Access, after error: LogStoreError) -> Bool {
        guard access == .reading, !readsAsFound, case .corrupt = error else { return false }
        var options = options(access)
        options.readsAsFound = true
        return (try? LogStore.openAndWait(path, options: options)) != nil
    }

    /// Keeps a store from being made by a misspelt path, or among files of something else.
    private func check(_ access: Access) throws {
        let names = try names()
        guard !Self.isStore(names) else { return try checkStandardOutput(names) }
        guard case .creating = access else {
            throw CommandFailure(
                "there is no store at \(path)",
                remedy: likelyMeant.map { "did you mean \($0)?" } ?? creation, code: .cannotStart)
        }
        guard names.allSatisfy({ $0 == "LOCK" }) else {
            throw CommandFailure(
                "\(path) is no store, and not empty",
                remedy: "name a folder that is a store, is empty or does not exist yet",
                code: .cannotStart)
        }
        try Self.checkOutside(path)
    }

    /// What the folder holds; nothing where it is not there.
    private func names() throws -> [String] {
        try Self.checkLinks(path)
        return Folder.isFolder(path) ? try Folder.names(in: path) : []
    }

    /// Says of a link that leads nowhere that it does.
    private static func checkLinks(_ path: String) throws(CommandFailure) {
        guard let link = Folder.danglingLink(on: path) else { return }
        throw CommandFailure(link.text, code: .cannotStart)
    }

    // MARK: Other files

    /// Refuses a folder to write into that is this one, lies in it, in a store or in a backup, or that
    /// this one lies in.
    func checkApart(_ target: String) throws {
        do throws(LogStoreError) {
            try LogStore.checkApart(target, from: path)
        } catch {
            throw UsageError(error.description)
        }
        try Self.checkLinks(target)
    }

    /// Refuses a file or folder that lies in a store or in a backup, or is a file of one.
    static func checkOutside(_ other: String, called name: String? = nil) throws(UsageError) {
        do throws(LogStoreError) {
            try LogStore.checkOutside(other, called: name)
        } catch {
            throw UsageError(error.description)
        }
    }

    /// Refuses to print into a file of the store.
    private func checkStandardOutput(_ names: [String]) throws(UsageError) {
        guard let output = FileStream.standardOutput.identity, output.kind == .ordinary else {
            return
        }
        for name in names where FileIdentity(path: Folder.join(path, name)) == output {
            throw UsageError("standard output is \(name) of the store \(path)")
        }
    }

    private static func isStore(_ names: [String]) -> Bool {
        names.contains { $0 == "MANIFEST" || $0.hasSuffix(".seg") }
    }

    /// A store beside the path with a similar name, or one inside it.
    private var likelyMeant: String? {
        func stores(in folder: String) -> [String] {
            let names = (try? Folder.names(in: folder)) ?? []
            // Folders of very many things are not searched to the end.
            return names.prefix(1_000).filter { name in
                Self.isStore((try? Folder.names(in: Folder.join(folder, name))) ?? [])
            }
        }
        if let inside = stores(in: path).first { return Folder.join(path, inside) }
        let path = Folder.normalized(path)
        let folder = Folder.containing(path)
        return Spelling.closest(to: Folder.lastPart(of: path), among: stores(in: folder))
            .map { Folder.join(folder, $0) }
    }

    private func report(_ report: LogStore.RecoveryReport, _ access: Access) {
        // What a reader finds unfinished its owner may be writing just now.
        if report.bytesCut > 0, access != .reading {
            terminal.note(
                "\(terminal.yellow("warning:")) \(path): \(Words.count(report.bytesCut, "byte")) "
                    + "behind the last sound write have been cut off: they never got to the device")
        }
        for damage in report.damages { warn(damage.error) }
        if report.hasUnknownLoss {
            warn(
                "records are lost, and nobody can tell which: what is found may be older than what "
                    + "was stored")
        }
    }

    /// Says what is damaged; a record once, whoever met it first.
    func warn(_ damage: LogStoreError) {
        var name = damage.damage
        if case .corrupt(let file, let offset, _, _?, _) = damage { name = "\(file) \(offset)" }
        guard said.withLock({ $0.insert(name).inserted }) else { return }
        warn(damage.damage)
    }

    private func warn(_ text: String) {
        terminal.note("\(terminal.yellow("warning:")) \(path): \(text)")
    }

    /// Checks the name of a collection.
    func check(_ collection: String, in store: LogStore) throws {
        let names = store.collections
        guard !names.has(collection) else { return }
        guard !store.recoveryReport.hasUnknownLoss else {
            throw CommandFailure(
                "\(path): the collection `\(collection)` is not there; it may be among what is lost",
                code: .failed)
        }
        let some = names.prefix(10).map { "`\($0)`" }.joined(separator: ", ")
        let known = names.isEmpty ? "it has none" : "it has \(some)"
        throw UsageError(
            "the store \(path) has no collection `\(collection)`; \(known)"
                + (names.count > 10 ? " and \(names.count - 10) more" : "")
                + (creation.map { "; \($0)" } ?? ""),
            suggestion: Spelling.closest(to: collection, among: names))
    }

    /// What is said about an error of the store.
    private func failure(
        _ error: LogStoreError, code: ExitCode, isBackup: Bool = false,
        isReadAsFound: Bool = false
    ) -> CommandFailure {
        switch error {
        case .locked(let path, let processID):
            CommandFailure(
                "\(path) is in use by \(processID.map { "process \($0)" } ?? "another process")",
                remedy: "end that process, or wait for it: --wait SECONDS; do not remove the file "
                    + "LOCK, which does not free the store",
                code: .cannotStart)
        case .corrupt(let file, _, let message, _, _) where !file.contains("/") || file == path:
            CommandFailure(
                "\(path): \(file == path ? message : error.damage)",
                remedy: isBackup
                    ? "make a new backup of the store" : damageRemedy(isReadAsFound: isReadAsFound),
                code: code)
        case .unsupportedFormat:
            CommandFailure(error.description, code: .cannotStart)
        default:
            CommandFailure(error.description, code: code)
        }
    }

    /// What to do about a damaged store.
    private func damageRemedy(isReadAsFound: Bool) -> String {
        guard (try? names())?.contains(where: { $0.hasSuffix(".seg") }) == true else {
            return "no segment is left in the folder: restore a backup"
        }
        return "`\(program) store verify \(path)` names all damage, "
            + "`\(program) store repair \(path) NEW` saves the rest, a backup may have all"
            + (isReadAsFound ? "; --as-found reads what is there, which may be older" : "")
    }
}
