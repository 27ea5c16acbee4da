public import SluiceStore

/// What every store has to do: one suite for all kinds, ours and those of other packages.
///
/// ```swift
/// @Test func myStoreKeepsTheContract() async throws {
///     let suite = StoreConformance { operators in try await MyStore(operators) }
///     for check in suite.checks {
///         for finding in await suite.findings(of: check) { Issue.record("\(finding)") }
///     }
/// }
/// ```
///
/// The checks of a feature that a store lacks find nothing.
public struct StoreConformance: Sendable {
    /// Makes an empty store that knows these merge operators.
    public typealias Maker = @Sendable (MergeOperators) async throws -> any Store

    let make: Maker
    /// How many operations a history has.
    let historyLength: Int

    /// The suite for the stores that `make` makes.
    public init(historyLength: Int = 400, make: @escaping Maker) {
        self.make = make
        self.historyLength = historyLength
    }

    /// One thing that a store has to do.
    public struct Check: Sendable, CustomStringConvertible {
        /// What it is, as a sentence.
        public let description: String
        let body: @Sendable (inout Report, any Store) async throws -> Void
    }

    /// What does not hold, collected.
    struct Report {
        var findings: [String] = []

        mutating func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
            if !condition { findings.append(text()) }
        }

        /// Expects an error of a code.
        mutating func expect(
            _ code: StoreError.Code, _ what: String,
            _ body: () async throws(StoreError) -> Void
        ) async {
            do throws(StoreError) {
                try await body()
                findings.append("\(what): no error, where `\(code.rawValue)` was expected")
            } catch {
                expect(
                    error.code == code,
                    "\(what): `\(error.code.rawValue)` (\(error.text)), where `\(code.rawValue)` was expected"
                )
            }
        }
    }

    /// All that a store has to do.
    public var checks: [Check] {
        Self.writingChecks + Self.conditionChecks + Self.mergeChecks + Self.searchChecks
            + Self.versionChecks + Self.changeChecks + Self.endingChecks + [historyCheck]
    }

    /// What of a check does not hold; empty where all does.
    public func findings(of check: Check) async -> [String] {
        var report = Report()
        do {
            let store = try await make(Self.operators)
            try await store.declare(["a", "b"])
            try await check.body(&report, store)
            try await store.close()
        } catch {
            report.findings.append("it fails with: \(error)")
        }
        return report.findings.map { "\(check.description): \($0)" }
    }

    /// The merge operators that the checks use: `append` puts the operand behind the old value and answers
    /// with the new length; `remove` deletes; `keep` changes nothing; `copy` stores the operand under
    /// another key as well; `refuse` fails.
    public static let operators = MergeOperators([
        MergeOperator("append") { input throws(StoreError) in
            let value = (input.old?.value ?? []) + input.operand
            return MergeOperator.Result(
                .put(value, expiresAt: input.old?.expiresAt), reply: [UInt8(clamping: value.count)])
        },
        MergeOperator("remove") { _ throws(StoreError) in MergeOperator.Result(.delete) },
        MergeOperator("keep") { _ throws(StoreError) in MergeOperator.Result(.keep, reply: [7]) },
        MergeOperator("copy") { input throws(StoreError) in
            MergeOperator.Result(
                .put(input.operand),
                also: [.put(RecordKey("b", input.key.key), value: input.operand)])
        },
        MergeOperator("refuse") { _ throws(StoreError) in
            throw StoreError(.invalidValue, "refused")
        },
    ])
}
