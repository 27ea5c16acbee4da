public import SluiceJSON
public import SluiceSystem

/// What a run gets from whoever starts it.
public struct RunOptions: Sendable {
    /// The folder that stores live in.
    public var dataDirectory = "data"
    /// Where the files lie that components read and write, and stores with an absolute path.
    public var filePlaces = FilePlaces.asTheyAre
    /// The file system that the components' files are on; the operating system's unless set.
    ///
    /// Counts where ``files`` is nil, and for ``FilePlaces/asTheyAre``: other places are folders of the
    /// operating system. Standard streams are always the operating system's.
    public var fileSystem: any FileSystem = PosixFileSystem()
    /// Real tasks, or one seeded thread with virtual time.
    public var scheduler: any Scheduler = RealScheduler()
    /// Where standard streams and diagnostics go.
    public var console = Console()
    /// The register of the run's files, for one run; made by the run itself where there is none.
    public var files: RunFiles?
    /// Called once every node has started, before any message is handled: opens what whoever starts
    /// the run writes to.
    public var whenStarted: @Sendable () async throws -> Void = {}
    /// Takes the messages of an exported output; back-pressure while it runs.
    public var output: @Sendable (String, [JSON]) async -> Void = { _, _ in }
    /// Who looks at the run from its start on.
    public var observers: [any RunObserver] = []

    /// Creates options with their defaults.
    public init() {}

    /// The same options, with secrets hidden from people in lines.
    func hiding(_ secrets: Secrets) -> RunOptions {
        guard !secrets.isEmpty else { return self }
        var options = self
        options.console.log = { [log = console.log] in log(secrets.redacted($0)) }
        return options
    }
}
