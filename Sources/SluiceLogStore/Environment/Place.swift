/// What stays the same for all segments of a store.
struct Place {
    let fileSystem: Disk
    let directory: String
    let identity: StoreIdentity
    let options: LogStoreOptions
    let limits: Limits
    let betweenSteps: @Sendable () -> Void

    init(
        _ environment: Environment, _ directory: String, _ identity: StoreIdentity,
        _ options: LogStoreOptions
    ) {
        fileSystem = environment.fileSystem
        self.directory = directory
        self.identity = identity
        self.options = options
        limits = environment.limits ?? Limits(options)
        betweenSteps = environment.betweenSteps
    }

    func path(_ name: String) -> String {
        directory + "/" + name
    }
}
