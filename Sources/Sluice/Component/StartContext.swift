/// What a node may use from its start on.
public struct StartContext: Sendable {
    let run: any RunHost
    /// The node's name; in a sub-flow `outer/inner`.
    public let node: String
    /// The folder that relative paths of the node's flow file start at.
    public let folder: String
    /// The folder that stores live in.
    public var dataDirectory: String { run.dataDirectory }

    /// Where the file lies that the node's settings name; `-` is a standard stream.
    ///
    /// - Throws: ``Failure`` (`io`) for a path that no file can have.
    public func place(
        of path: String, for use: FilePlaces.Use
    ) throws(Failure) -> FilePlaces.Place {
        try files.places.place(of: path, from: folder, for: use)
    }

    /// The files of the run.
    public var files: RunFiles { run.files }

    /// Real tasks, or one thread with virtual time.
    public var scheduler: any Scheduler { run.scheduler }
    /// Where standard input, output and diagnostics go.
    public var console: Console { run.console }

    /// The object of that type that all nodes of this run share, made at the first call.
    public func shared<T: AnyObject & Sendable>(
        _ type: T.Type, _ make: @Sendable () -> T
    ) -> T {
        run.shared(type, make)
    }

    /// Stops the run as a signal would: sources end, the flow drains.
    public func stopRun() { run.stop() }

    /// Runs work that blocks its thread where it holds up nothing else.
    public func blocking<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
        await run.scheduler.blocking(work)
    }
}
