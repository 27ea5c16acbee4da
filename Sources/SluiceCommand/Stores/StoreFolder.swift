import Sluice
import SluiceJSON
import SluiceStore

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
        about: "Keep what was replaced in the last N revisions, as a flow's keepRevisions does (0)")
    static let keepHours = Option(
        name: "keep-hours", value: "N", about: "Keep what was replaced in the last N hours (0)")
    /// The options of commands that write.
    static let writing = [wait, keepRevisions, keepHours]

    let path: String
    private let waitMilliseconds: Int
    private let keptRevisions: Int
    private let keptHours: Int
    private let terminal: Terminal
    /// How the command can be told to make what is missing; nil where it cannot.
    private let creation: String?

    /// Reads what the command line says.
    init(
        _ arguments: Arguments, _ terminal: Terminal, creation: String? = nil
    ) throws(UsageError) {
        path = arguments.first
        self.creation = creation
        self.terminal = terminal
        let text = arguments[StoreFolder.wait] ?? "0"
        guard let time = TimeSpan(text) else {
            throw UsageError("--wait takes a time such as 30 or 2m, not `\(text)`")
        }
        waitMilliseconds = time.milliseconds
        keptRevisions = try arguments.number(StoreFolder.keepRevisions) ?? 0
        keptHours = try arguments.number(StoreFolder.keepHours) ?? 0
    }

    /// Opens the store for the time of a closure, and closes it.
    ///
    /// A store that is made for it goes again where the closure fails and has written nothing.
    func use(
        _ access: Access, _ body: (LogStore) async throws -> ExitCode
    ) async throws -> ExitCode {
        let new = try check(access) ? nil : NewStore(path)
        let store: LogStore
        do throws(LogStoreError) {
            store = try LogStore.open(path, options: options(access))
        } catch {
            if case .locked = error {} else { new?.remove() }
            throw failure(error, whileOpening: true)
        }
        report(store.recoveryReport, access)
        do {
            let code = try await body(store)
            if let new, code != .success, store.revision == 0 {
                new.remove()
                try? store.close()
            } else {
                try store.close()
            }
            return code
        } catch {
            if store.revision == 0 { new?.remove() }
            try? store.close()
            guard let error = error as? LogStoreError else { throw error }
            throw failure(error, whileOpening: false)
        }
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
                remedy = "it was never finished: run `sluice store backup` again"
            } else if Self.isStore(names) {
                remedy = "it is a store; `sluice store backup \(path) TARGET` makes a backup of it"
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
            throw failure(error, whileOpening: true, isBackup: isBackup)
        }
    }

    private func options(_ access: Access) -> LogStore.Options {
        // Readers see all that is still there. The cap belongs to the flows that use the store.
        LogStore.Options(
            maximumLiveBytes: 1 << 50, lockTimeoutMilliseconds: waitMilliseconds,
            keepRevisions: access == .reading ? .max : keptRevisions, keepHours: keptHours,
            isReadOnly: access == .reading)
    }

    /// Keeps a store from being made by a misspelt path, or among files of something else.
    ///
    /// Gives whether there is one.
    @discardableResult
    private func check(_ access: Access) throws -> Bool {
        let names = try names()
        guard !Self.isStore(names) else {
            try checkStandardOutput(names)
            return true
        }
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
        try checkOutside(path)
        return false
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

    /// Refuses a file or folder that lies in a store or in a backup.
    func checkOutside(_ other: String) throws(UsageError) {
        do throws(LogStoreError) {
            try LogStore.checkOutside(other)
        } catch {
            throw UsageError(error.description)
        }
    }

    /// Refuses to print into a file of the store.
    private func checkStandardOutput(_ names: [String]) throws(UsageError) {
        guard let output = File.standardOutput.identity else { return }
        for name in names where Folder.identity(Folder.join(path, name)) == output {
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
                    + "of writes that were never acknowledged have been cut off")
        }
        for damage in report.damages { warn(damage) }
    }

    /// Says what is damaged.
    func warn(_ damage: LogStore.RecoveryReport.Damage) {
        terminal.note("\(terminal.yellow("warning:")) \(path): \(damage.text)")
    }

    /// Checks the name of a collection.
    func check(_ collection: String, in store: LogStore) throws(UsageError) {
        let names = store.collections
        guard !names.has(collection) else { return }
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
        _ error: LogStoreError, whileOpening: Bool, isBackup: Bool = false
    ) -> CommandFailure {
        switch error {
        case .locked(_, let processID):
            CommandFailure(
                "\(path) is in use by \(processID.map { "process \($0)" } ?? "another process")",
                remedy: "end that process, or wait for it: --wait SECONDS", code: .cannotStart)
        case .corrupt(let file, _, _, _, _) where !file.contains("/"):
            CommandFailure(
                "\(path): \(error)",
                remedy: isBackup
                    ? "make a new backup of the store"
                    : "`sluice store verify \(path)` names all damage, "
                        + "`sluice store repair \(path) NEW` saves the rest",
                code: whileOpening ? .cannotStart : .failed)
        case .unsupportedFormat:
            CommandFailure(error.description, code: .cannotStart)
        default:
            CommandFailure(error.description, code: whileOpening ? .cannotStart : .failed)
        }
    }
}

extension LogStore.RecoveryReport.Damage {
    /// The place and what is wrong there, for people.
    var text: String {
        let key = key.map { ", key \(KeyText.shown($0))" } ?? ""
        return "\(file) is damaged at byte \(offset)\(key): \(message)"
    }

    /// The same for programs.
    var facts: JSON {
        get throws {
            var facts = [("file", JSON(file)), ("offset", JSON(offset))]
            if let key { facts.append(KeyText.member(key)) }
            return try JSON(object: facts + [("message", JSON(message))])
        }
    }
}
