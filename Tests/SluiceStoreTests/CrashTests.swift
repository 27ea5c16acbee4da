import Glibc
import Testing

@testable import SluiceStore

/// The power goes at every operation of long histories, and whatever the disk kept must be the
/// store as it was after the last acknowledged write, or with the write in flight as well.
@Suite struct CrashTests {
    /// The seeds of the ordinary run, or the one that `SLUICE_CRASH_REPLAY` names.
    static let plans: [CrashHistory.Plan] = {
        if let replay = Environment.replay { return [replay] }
        return (1...24).map { CrashHistory.Plan(seed: $0) }
    }()

    @Test(arguments: plans)
    func everyCrashLeavesAnAcknowledgedState(_ plan: CrashHistory.Plan) throws {
        var history = CrashHistory(plan)
        try history.perform()
        #expect(history.crashes > 0)
    }
}

extension CrashTests {
    /// What the environment asks of these tests.
    enum Environment {
        /// `SLUICE_CRASH_REPLAY=seed:operation:crash`, as a failure prints it.
        static var replay: CrashHistory.Plan? {
            guard let text = variable("SLUICE_CRASH_REPLAY") else { return nil }
            let parts = text.split(separator: ":").compactMap { UInt64($0) }
            guard let seed = parts.first else { return nil }
            var plan = CrashHistory.Plan(seed: seed)
            if parts.count == 3 { plan.only = (Int(parts[1]), Int(parts[2])) }
            return plan
        }

        static func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }
        }
    }
}
