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

    /// The ids that a context gives while its clock shows these times.
    private static func ids(at times: [Int64], _ ids: IDSequence) throws -> [String] {
        let template = try Template("{{id()}}")
        return try times.map { time in
            let context = EvaluationContext(now: { time }, ids: ids)
            return try template.evaluate(.null, context).string ?? ""
        }
    }

    @Test func idsGrowWithinAMillisecondAndOverAClockThatGoesBack() throws {
        let times =
            Array(repeating: Mapping.now, count: 1_000)
            + [Mapping.now - 5_000, Mapping.now - 1, 0, -7, Mapping.now, Mapping.now + 1]
        let ids = try Self.ids(at: times, IDSequence())
        for (earlier, later) in zip(ids, ids.dropFirst()) { #expect(earlier < later) }
    }

    @Test func idsOfOneProcessGrowAcrossContexts() throws {
        let template = try Template("{{id()}}")
        var last = ""
        for _ in 0..<100 {
            let id = try template.evaluate(.null, EvaluationContext()).string ?? ""
            #expect(last < id)
            last = id
        }
    }

    @Test func aTemplateWithSeveralIdsHasThemInOrder() throws {
        let context = EvaluationContext.seeded(3, now: { Mapping.now })
        let value = try Template(["{{id()}}", "{{id()}}", "{{id()}}"]).evaluate(.null, context)
        let ids = value.elements.compactMap(\.string)
        #expect(ids == ids.sorted() && Set(ids).count == 3)
    }

    @Test func idsThatAreMadeAtOnceDiffer() async throws {
        let template = try Template("{{id()}}")
        let ids = IDSequence()
        let context = EvaluationContext(now: { Mapping.now }, ids: ids)
        let all = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try (0..<500).map { _ in try template.evaluate(.null, context).string ?? "" }
                }
            }
            return try await group.reduce(into: [String]()) { all, part in
                #expect(part == part.sorted())
                all += part
            }
        }
        #expect(Set(all).count == 2_000)
    }
}
