import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

/// Random flows with random templates give what a second, simple interpreter says.
@Suite struct ReferenceFlowTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func flowsGiveWhatASecondInterpreterSays(_ seed: UInt64) throws {
        var generator = ReferenceGenerator(seed: seed)
        var compared = 0
        // Most random flows can never work, which is found before they run.
        for round in 0..<200 where compared < 5 {
            let flow = generator.flow()
            let messages = (0..<generator.number(1...8)).map { _ in generator.message() }
            let folder = try Folder.temporary()
            defer { Folder.remove(folder) }
            for (name, text) in flow.files() {
                try FileStream.write(Array(text.utf8), to: "\(folder)/\(name)")
            }
            let loaded = FlowLoader(registry: .builtIn).load("\(folder)/flow.json")
            let errors = Set(loaded.diagnostics.filter { $0.severity == .error }.map(\.code))
            let place = "seed \(seed), round \(round): \(flow.files()) of \(messages.map(\.json))"
            // What can never work is refused; anything else is a mistake of the generator.
            #expect(errors.isSubset(of: ["E019", "E020"]), "\(place): \(errors)")
            guard let plan = loaded.plan else { continue }
            let wanted: [String: [String]]
            do throws(ReferenceExpression.Failure) {
                wanted = try flow.outputs(of: messages)
            } catch {
                continue
            }
            let harness = try Harness(plan, seed: seed)
            let received =
                try harness.send(messages.map { try JSON(parsing: $0.json) }, to: "in").messages
                + harness.finish().messages
            var found: [String: [String]] = [:]
            for (port, message) in received { found[port, default: []].append(message.text) }
            if flow.join != nil {
                for port in ["out", "incomplete"] { found[port]?.sort() }
            }
            #expect(found == wanted, "\(place)")
            compared += 1
        }
        #expect(compared == 5)
    }
}

extension ReferenceGenerator {
    fileprivate mutating func flow() -> ReferenceFlow {
        ReferenceFlow(edges: edges(2), join: number(0...3) == 0 ? (branch(), branch()) : nil)
    }

    /// The map of a branch: a key that several messages may have, and something beside it.
    private mutating func branch() -> ReferenceTemplate {
        let key = ReferenceExpression.binary(
            "??", .path([.name(pick(["a", "n"]))]), .literal(.integer(number(0...1))))
        return .object([("k", .whole(key)), ("v", template(1, mayOmit: true))])
    }

    private mutating func edges(_ depth: Int) -> [ReferenceFlow.Edge] {
        (0..<number(1...3)).map { _ in
            ReferenceFlow.Edge(
                map: number(0...2) == 0 ? template(2) : nil, stage: stage(depth))
        }
    }

    private mutating func stage(_ depth: Int) -> ReferenceFlow.Stage {
        switch number(0...9) {
        case 0, 1, 2: .transform(template(3))
        case 3, 4: .filter(condition())
        case 5, 6: .router((0..<number(1...2)).map { _ in condition() })
        case 7: .split("list")
        case 8: .collect(number(1...3))
        default: depth > 0 ? .subflow(edges(depth - 1)) : .transform(template(2))
        }
    }

    /// An expression that is true of some messages and not of others, or fails.
    private mutating func condition() -> ReferenceExpression {
        let comparison = ReferenceExpression.binary(
            pick(["==", "!=", "<", ">="]), expression(1), expression(1))
        return number(0...3) == 0 ? expression(2) : comparison
    }
}
