import Sluice
import SluiceJSON
import SluiceSystem
import Testing

/// What inference says of random expressions is true of random messages.
struct InferencePropertyTests {
    private struct Generator {
        var random: SplitMix

        mutating func pick<T>(_ items: [T]) -> T {
            items[Int.random(in: 0..<items.count, using: &random)]
        }

        /// An expression of at most `depth` operators in one another.
        ///
        /// One that is `strict` evaluates all its parts and has no path that finds a list.
        mutating func expression(_ depth: Int, strict: Bool) -> String {
            let paths = [
                "$", "$.chat", "$.n", "$.price", "$.ok", "$.maybe", "$.user", "$.user.name",
                "$.list", "$.list[0]", "$.list[0].id", "$.map.x", "$.either.left", "$.any",
                "$.none", "$.chat.x", "$.list[1].none", "$.nothing",
            ]
            let lists = ["$.list[*]", "$.list[*].id", "$.map[*]", "$..id", "$.chat[*]"]
            let literals = ["1", "2.5", "'a'", "true", "null", "[]", "[1, 'x']", "{a: 1}"]
            guard depth > 0 else {
                return pick(strict ? paths + literals : paths + literals + lists)
            }
            let first = expression(depth - 1, strict: strict)
            let second = expression(depth - 1, strict: strict)
            let strictForms = [
                "(\(first)) + (\(second))", "(\(first)) - (\(second))", "(\(first)) / (\(second))",
                "(\(first)) < (\(second))", "(\(first)) == (\(second))", "!(\(first))",
                "-(\(first))",
                "[\(first), \(second)]", "{a: \(first), b: \(second)}",
            ]
            let lazyForms = [
                "(\(first)) ?? (\(second))", "(\(first)) && (\(second))",
                "(\(first)) || (\(second))",
                "$.ok ? (\(first)) : (\(second))", "coalesce(\(first), \(second))",
            ]
            // A pattern that is known has to be one.
            var calls = ["match(\(first), 'a.*')", "search(\(first), '[0-9]')"]
            for function in Functions.all
            where !["coalesce", "match", "search"].contains(function.name) && !function.isForFlows {
                let count = function.argumentCount
                let arguments = [first, second, "1", "'x'"].prefix(min(count.upperBound, 2))
                guard count.contains(arguments.count) else { continue }
                calls.append("\(function.name)(\(arguments.joined(separator: ", ")))")
            }
            let isCall = Bool.random(using: &random)
            return pick(isCall ? calls : strict ? strictForms : strictForms + lazyForms)
        }

        /// A message that fits the source of ``InferenceTests``.
        mutating func message() throws -> JSON {
            var members: [(String, JSON)] = [
                ("chat", pick(["", "a", "zoé"])), ("n", pick([0, -3, 7, 1_000])),
            ]
            let optional: [(String, [JSON])] = [
                ("price", [1.5, 2, -0.25]), ("ok", [true, false]), ("nothing", [.null]),
                ("maybe", ["m", .null]), ("any", [1, "s", .null, [1], ["x": 1], true]),
                ("user", [[:], ["name": "Ada"], ["name": "B", "first name": "C"]]),
                ("map", [[:], ["x": 1, "y": 2]]),
                ("list", [[], [["id": 1]], [["id": 2], [:], ["id": 1]]]),
                ("either", [["left": "l"], ["right": 1], [:]]),
            ]
            for (name, values) in optional where Int.random(in: 0..<5, using: &random) > 0 {
                members.append((name, pick(values)))
            }
            return try JSON(object: members)
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func valuesFitTheirInferredSchema(_ seed: UInt64) throws {
        var generator = Generator(random: SplitMix(seed: seed))
        for _ in 0..<400 {
            let text = generator.expression(
                Int.random(in: 0...3, using: &generator.random), strict: false)
            let expression = try Expression(text)
            let schema = expression.infer(from: InferenceTests.source).schema
            for _ in 0..<4 {
                let message = try generator.message()
                #expect(InferenceTests.source.mismatches(message).isEmpty)
                guard let value = try? expression.evaluate(message, Mapping.context) else {
                    continue
                }
                let mismatches = schema.mismatches(value)
                #expect(
                    mismatches.isEmpty,
                    "seed \(seed): \(text) of \(message) gave \(value), not \(schema.json)")
            }
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func problemsAreErrorsOfEveryMessage(_ seed: UInt64) throws {
        var generator = Generator(random: SplitMix(seed: seed))
        for _ in 0..<400 {
            let text = generator.expression(
                Int.random(in: 0...3, using: &generator.random), strict: true)
            let expression = try Expression(text)
            let problems = expression.infer(from: InferenceTests.source).problems
            guard !problems.isEmpty else { continue }
            for _ in 0..<4 {
                let message = try generator.message()
                #expect(
                    throws: EvaluationError.self, "seed \(seed): \(text) of \(message): \(problems)"
                ) {
                    try expression.evaluate(message, Mapping.context)
                }
            }
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func conflictsAreMismatchesOfEveryValue(_ seed: UInt64) throws {
        var generator = Generator(random: SplitMix(seed: seed))
        func schema() -> Schema {
            let text = generator.expression(1, strict: false)
            let schema = (try? Expression(text))?.infer(from: InferenceTests.source).schema
            return schema ?? .any
        }
        for _ in 0..<300 {
            let wanted = schema()
            let text = generator.expression(
                Int.random(in: 0...2, using: &generator.random), strict: false)
            let expression = try Expression(text)
            let found = expression.infer(from: InferenceTests.source).schema
            guard !found.conflicts(with: wanted).isEmpty else { continue }
            for _ in 0..<3 {
                let message = try generator.message()
                guard let value = try? expression.evaluate(message, Mapping.context) else {
                    continue
                }
                #expect(
                    !wanted.mismatches(value).isEmpty,
                    "seed \(seed): \(text) of \(message) gave \(value), which fits \(wanted.json)")
            }
        }
    }
}
