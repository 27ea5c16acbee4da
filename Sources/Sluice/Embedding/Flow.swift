public import SluiceJSON
import SluiceSystem

/// Running a flow file from a program, in one call.
///
/// ```swift
/// let said = try await Flow.run(
///     "greeting.json", with: .builtIn, sending: ["say": [["name": "you"]]])
/// for message in said["greeted"] { print(message) }
/// ```
///
/// ``FlowLoader`` and ``FlowRun`` do the same in steps, for a flow that runs long or often.
public enum Flow {
    /// Reads, checks and runs a flow file to its end, and gives all that left by its outputs.
    ///
    /// All messages that come out are held in memory; `options.output` gets them as they come.
    ///
    /// - Parameters:
    ///   - components: What the flow can name: `.builtIn` of `SluiceComponents`, and more.
    ///   - inputs: What enters, by exported inputs, which are fed at once and then end.
    ///   - options: Where files and stores lie, and who looks on.
    /// - Throws: ``InvalidFlow`` for a flow with mistakes or an input that it has not; ``Failure`` of a
    ///   node that cannot start.
    public static func run(
        _ path: String, with components: ComponentRegistry, sending inputs: [String: [JSON]] = [:],
        options: RunOptions = RunOptions()
    ) async throws -> FlowOutcome {
        var loader = FlowLoader(registry: components)
        loader.dataDirectory = options.dataDirectory
        let loaded = loader.load(path)
        guard let plan = loaded.plan else { throw InvalidFlow(loaded.diagnostics) }
        if let unknown = inputs.keys.sorted().first(where: { !plan.inputNames.has($0) }) {
            throw Failure("unknown_input", "the flow has no input `\(unknown)`")
        }
        return try await run(plan, inputs, options)
    }

    private static func run(
        _ plan: Plan, _ inputs: [String: [JSON]], _ options: RunOptions
    ) async throws(Failure) -> FlowOutcome {
        let emitted = Lock<[String: [JSON]]>([:])
        let unhandled = UnhandledFailures()
        var options = options
        let forward = options.output
        options.output = { port, messages in
            emitted.withLock { $0[port, default: []] += messages }
            await forward(port, messages)
        }
        options.observers.append(unhandled)
        let run = FlowRun(plan, options: options)
        // Each input ends with its own feed.
        let feeds = plan.inputNames.map { ($0, run.openFeed(to: [$0])) }
        try await run.start()
        await withTaskGroup { group in
            for (input, feed) in feeds {
                group.addTask {
                    await feed.send(inputs[input] ?? [], to: input)
                    feed.close()
                }
            }
        }
        let result = await run.wait()
        return FlowOutcome(
            outputs: emitted.withLock(\.self), failures: unhandled.reports.withLock(\.self),
            result: result)
    }

    /// Keeps what nothing handled.
    private final class UnhandledFailures: RunObserver {
        let reports = Lock<[JSON]>([])

        func unhandled(_ report: JSON, isLogged: Bool) { reports.withLock { $0.append(report) } }
    }
}

/// What a flow came to that ran to its end.
public struct FlowOutcome: Sendable {
    /// The messages that left, by exported outputs, each in its order.
    public let outputs: [String: [JSON]]
    /// The reports of failures that nothing handled, as they would leave by `error`.
    public let failures: [JSON]
    /// How the run went.
    public let result: RunResult

    /// The messages that left by an output; none where nothing did.
    public subscript(output: String) -> [JSON] { outputs[output] ?? [] }
}

/// A flow that cannot run, with all that is wrong with it.
public struct InvalidFlow: Error, Sendable, CustomStringConvertible {
    /// What was found, warnings too, in the order of files and lines.
    public let diagnostics: [Diagnostic]

    init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    /// The errors, a line each.
    public var description: String {
        diagnostics.filter { $0.severity == .error }.map {
            "\($0.file):\($0.line):\($0.column): \($0.message) [\($0.code)]"
        }.joined(separator: "\n")
    }
}
