import Sluice
import SluiceJSON
import Testing

struct IdentityFunctionTests {
    private static func strings(_ template: String, count: Int, seed: UInt64) throws -> [String] {
        let compiled = try Template(template)
        let context = EvaluationContext.seeded(seed, now: { Mapping.now })
        return try (0..<count).map { _ in try compiled.evaluate(.null, context).string ?? "" }
    }

    @Test func uuidsHaveVersionAndVariant() throws {
        for uuid in try Self.strings("{{uuid()}}", count: 200, seed: 1) {
            let parts = uuid.split(separator: "-")
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(uuid.allSatisfy { $0 == "-" || "0123456789abcdef".contains($0) })
            #expect(parts[2].first == "4")
            #expect("89ab".contains(parts[3].first ?? " "))
        }
    }

    @Test(arguments: ["{{uuid()}}", "{{id()}}"])
    func idsAreSteadyUnderASeedAndDiffer(_ template: String) throws {
        let first = try Self.strings(template, count: 500, seed: 42)
        #expect(try Self.strings(template, count: 500, seed: 42) == first)
        #expect(try Self.strings(template, count: 500, seed: 43) != first)
        #expect(Set(first).count == 500)
    }

    @Test func idsSortByTime() throws {
        let template = try Template("{{id()}}")
        var ids: [String] = []
        for time: Int64 in [0, 1, 31, 32, 1_769_851_815_250, 281_474_976_710_655] {
            let context = EvaluationContext.seeded(9, now: { time })
            ids.append(try template.evaluate(.null, context).string ?? "")
        }
        #expect(ids == ids.sorted())
        #expect(ids.allSatisfy { $0.utf8.count == 26 })
        #expect(ids.last?.hasPrefix("7ZZZZZZZZZ") == true)
    }

    @Test func theSystemsContextMovesOn() throws {
        let context = EvaluationContext.system
        let now = try Template("{{now()}}").evaluate(.null, context).int ?? 0
        #expect(now > 1_700_000_000_000)
        let uuid = try Template("{{uuid()}}")
        #expect(try uuid.evaluate(.null, context) != uuid.evaluate(.null, context))
        #expect(try Template("{{lineage()}}").evaluate(.null, context) == "")
    }

    @Test func clocksBefore1970AndFarAwayAreNoTrap() throws {
        for time in [Int64.min, -1, .max] {
            let context = EvaluationContext.seeded(9, now: { time })
            #expect(try Template("{{id()}}").evaluate(.null, context).string?.utf8.count == 26)
            #expect(try Template("{{now()}}").evaluate(.null, context).int == Int(time))
        }
    }
}
