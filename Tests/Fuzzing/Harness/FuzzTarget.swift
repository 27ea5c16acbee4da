import Glibc

/// Code that is fed with bytes of any kind.
protocol FuzzTarget: SendableMetatype {
    /// The name on the command line and of the folder under `Corpus`.
    static var name: String { get }
    /// Inputs to start from, made by the code that writes such bytes in earnest.
    static func seeds() throws -> [[UInt8]]
    /// Uses the code under test; ends the process where an answer is wrong.
    static func run(_ input: [UInt8])
}

/// Every target, in the order in which `Scripts/fuzz` runs them.
let fuzzTargets: [any FuzzTarget.Type] = [
    SegmentTarget.self, RecoveryTarget.self, RunTarget.self, ManifestTarget.self,
    BackupTarget.self, JSONTarget.self, PathTarget.self, RegexpTarget.self, ExpressionTarget.self,
]

/// Ends the process where something that must hold does not.
func require(
    _ holds: Bool, _ message: @autoclosure () -> String, line: Int = #line, file: String = #fileID
) {
    guard !holds else { return }
    write("\(file):\(line): \(message())\n", to: 2)
    abort()
}

/// Writes a text to a file descriptor.
func write(_ text: String, to descriptor: Int32) {
    _ = Array(text.utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
}
