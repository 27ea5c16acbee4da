// The values that a store takes and gives, under their names in the store. They are declared outside
// of it because every part of the store uses them, and none of these knows the store.

extension LogStore {
    /// When a write counts as done.
    public typealias Sync = LogStoreSync
    /// How a store is opened.
    public typealias Options = LogStoreOptions
    /// One live document.
    public typealias Record = LogStoreRecord
    /// One version of a key, as `history` gives it.
    public typealias Version = LogStoreVersion
    /// One acknowledged change.
    public typealias Change = LogStoreChange
    /// Changes in order of revision, and how far they reach.
    public typealias ChangePage = LogStoreChangePage
    /// One atomic batch of operations.
    public typealias Write = LogStoreWrite
    /// What a batch did.
    public typealias Outcome = LogStoreOutcome
    /// Sizes and counts of a store at one instant.
    public typealias Statistics = LogStoreStatistics
    /// What opening found and did.
    public typealias RecoveryReport = LogStoreRecoveryReport
    /// A search over the keys of one collection.
    public typealias Find = LogStoreFind
    /// What a search found.
    public typealias Page = LogStorePage
    /// How far a long piece of work has come.
    public typealias Progress = LogStoreProgress
    /// What `verify` found.
    public typealias VerificationReport = LogStoreVerificationReport
    /// What `backup` or `restore` did.
    public typealias BackupReport = LogStoreBackupReport
    /// What `repair` saved and what it did not.
    public typealias RepairReport = LogStoreRepairReport
}
