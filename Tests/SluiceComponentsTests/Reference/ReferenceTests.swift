import Sluice
import SluiceJSON
import Testing

/// Random templates on random messages give what a second, simple interpreter says.
struct ReferenceTests {
    private static let context = EvaluationContext.seeded(1, now: { 0 })

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func templatesGiveWhatASecondInterpreterSays(_ seed: UInt64) throws {
        var generator = ReferenceGenerator(seed: seed)
        var values = 0
        for round in 0..<100 {
            let template = generator.template(3)
            let compiled = try Template(JSON(parsing: template.json))
            for _ in 0..<3 {
                let message = generator.message()
                let place = "seed \(seed), round \(round): \(template.json) of \(message.json)"
                let wanted: ReferenceValue?
                do throws(ReferenceExpression.Failure) {
                    wanted = try template.value(message)
                } catch {
                    if error == .unknown { continue }
                    wanted = nil
                }
                let found: JSON?
                do {
                    found = try compiled.evaluate(
                        JSON(parsing: message.json), ReferenceTests.context)
                } catch {
                    found = nil
                    #expect(wanted == nil, "\(place): \(error)")
                }
                guard let wanted, let found else {
                    #expect(wanted == nil && found == nil, "\(place)")
                    continue
                }
                values += 1
                #expect(found.text == wanted.json, "\(place)")
            }
        }
        #expect(values > 30)
    }

    /// Values that fit say nothing of a schema that fits everything, so the schema's own checks
    /// are those of `InferencePropertyTests`; here a template's constant parts have theirs.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func valuesFitTheSchemaThatIsInferred(_ seed: UInt64) throws {
        var generator = ReferenceGenerator(seed: seed)
        for round in 0..<100 {
            let template = generator.template(3)
            let compiled = try Template(JSON(parsing: template.json))
            let schema = compiled.infer(from: .any).schema
            let message = try JSON(parsing: generator.message().json)
            guard let value = try? compiled.evaluate(message, ReferenceTests.context) else {
                continue
            }
            #expect(
                schema.mismatches(value).isEmpty,
                "seed \(seed), round \(round): \(template.json) gave \(value), not \(schema.json)")
        }
    }
}
