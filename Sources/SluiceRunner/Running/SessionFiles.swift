import Sluice
import SluiceSystem

/// The files that a command line makes a run read and write, in one register with those of the flow.
struct SessionFiles: Sendable {
    /// The register.
    let files = RunFiles()
    let standardOutput = LineFile(FileStream.standardOutput)
    private let standardError = LineFile(FileStream.standardError)

    /// Registers all files, of the command line and of the flow; nothing is opened.
    ///
    /// Throws ``CommandFailure`` where one is read and written, and `Failure`.
    init(_ request: RunRequest, _ plan: Plan) throws {
        var uses = request.inputs.map { FileUse.reading($0.path, by: "--in \($0.port)") }
        if let path = request.messages { uses.append(.reading(path, by: "--messages")) }
        if let path = request.environment { uses.append(.reading(path, by: "--env")) }
        // Of the two streams standard output is the one that others share.
        uses.append(.printing(into: .standardError, by: standardError))
        uses.append(.printing(into: .standardOutput, by: standardOutput))
        for output in request.outputs where output.path != "-" {
            uses.append(.replacing(output.path, by: "--out \(output.port)"))
        }
        for (path, option) in [(request.trace, "--trace"), (request.statsFile, "--stats-file")] {
            guard let path, path != "-" else { continue }
            uses.append(.replacing(path, by: option))
        }
        do throws(FileConflict) {
            try files.register(uses)
            try files.register(plan)
        } catch {
            throw CommandFailure(
                error.text, remedy: error.remedy, code: error.isOfFlow ? .invalid : .usage)
        }
    }

    /// The file at a path, `-` for standard output, looked at and not yet changed.
    func output(at path: String) throws(FileError) -> LineFile {
        guard path != "-" else { return standardOutput }
        let lines = files.output(at: path, isKept: false)
        try lines.prepare()
        return lines
    }
}
