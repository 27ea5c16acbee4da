import Sluice
import SluiceComponents
import SluiceJSON
import Testing

@Suite struct BuiltInComponents {
    static let names = ComponentRegistry.builtIn.names

    @Test(arguments: names) func theExampleWorks(name: String) throws {
        let type = try #require(ComponentRegistry.builtIn[name])
        let example = try JSON(parsing: type.about.example)
        #expect(type.settingsSchema.mismatches(example).isEmpty)
        let ports = try type.ports(settings: example)
        #expect(!ports.inputs.isEmpty || !ports.outputs.isEmpty)
    }

    @Test func theirDeclarationsHaveNoMistakes() {
        #expect(ComponentRegistry.builtIn.mistakes == [])
    }

    @Test(arguments: names) func everyPortHasAnExampleThatFits(name: String) throws {
        let type = try #require(ComponentRegistry.builtIn[name])
        let ports = try type.ports(settings: JSON(parsing: type.about.example))
        for (port, schema) in ports.inputs.map({ ($0.name, $0.schema) })
            + ports.outputs.map({ ($0.name, $0.schema) })
        {
            #expect(schema.closed.mismatches(schema.sample) == [], "\(port)")
        }
    }

    @Test(arguments: names) func failuresAndEffectsAreDeclared(name: String) throws {
        let type = try #require(ComponentRegistry.builtIn[name])
        let ports = try type.ports(settings: JSON(parsing: type.about.example))
        #expect(ports.failureCodes != nil)
        #expect(ports.effects != .outside, "every component that is built in can be simulated")
    }

    @Test(arguments: names) func everythingIsDescribed(name: String) throws {
        let type = try #require(ComponentRegistry.builtIn[name])
        let ports = try type.ports(settings: JSON(parsing: type.about.example))
        #expect(!type.about.summary.isEmpty && !type.about.summary.hasSuffix("."))
        #expect(ports.inputs.allSatisfy { !$0.about.isEmpty })
        #expect(ports.outputs.allSatisfy { !$0.about.isEmpty })
        #expect(type.settingsSchema.properties.allSatisfy { !$0.schema.about.isEmpty })
    }
}
