import SluiceSystem

/// What is wrong with the declaration of a component, found when the component is used.
///
/// A declaration is code, and yet its ports may depend on settings: so a mistake is an error that the
/// registry and the loader tell, not the end of the process.
extension Ports {
    /// The mistakes, for whoever wrote the component; empty where there are none.
    var mistakes: [String] {
        let declaredNames = outputs.map(\.name)
        var mistakes = noted + mistakesInCodes
        mistakes += Ports.mistakes(inNames: inputs.map(\.name), of: "input")
        mistakes += Ports.mistakes(inNames: declaredNames, of: "output")
        if declaredNames.has(Ports.errorName) {
            mistakes.append("the output `error` is there by itself and is not declared")
        }
        for input in inputs {
            mistakes += input.mistakes.map { "input `\(input.name)`: \($0)" }
            for name in input.causes ?? [] where !declaredNames.has(name) {
                mistakes.append("input `\(input.name)` causes `\(name)`, which is no output")
            }
        }
        for output in outputs {
            mistakes += output.mistakes.map { "output `\(output.name)`: \($0)" }
        }
        return mistakes
    }

    private static func mistakes(inNames names: [String], of kind: String) -> [String] {
        // Most components have one input and one output, and a flow may have thousands of them.
        if names.count < 2, names.allSatisfy({ Names.isName($0) }) { return [] }
        var seen: Set<Name> = []
        return names.flatMap { name -> [String] in
            var mistakes: [String] = []
            if !seen.insert(Name(name)).inserted {
                mistakes.append("two \(kind)s have the name `\(name)`")
            }
            if !Names.isName(name) {
                mistakes.append(
                    "no flow file can say the name of the \(kind) `\(name)`: a name is a letter or "
                        + "`_`, then up to \(FlowLimits.nameBytes - 1) letters, digits, `_` or `-`")
            }
            return mistakes
        }
    }
}

extension About {
    /// The mistakes in the name.
    var mistakes: [String] {
        let isPath = name.utf8.contains(UInt8(ascii: "/")) || name.ends(with: ".json")
        guard name.isEmpty || isPath || Substring(name).range(of: "${") != nil else { return [] }
        return ["no flow file can say the name of the component `\(name)`"]
    }
}

extension Failure {
    /// The failure of a component whose declaration has mistakes.
    static func brokenComponent(_ name: String, _ mistakes: [String]) -> Failure {
        Failure(
            "broken_component",
            "the component `\(name)` cannot be used: \(mistakes.joined(separator: "; "))")
    }
}

extension Failure {
    /// A component that uses what belongs to another one.
    static func foreign(_ act: String) -> Failure {
        Failure("foreign_output", "the component \(act) that another one declared")
    }
}

extension Outbox {
    /// Whether the output belongs to the node's component.
    func declares<T: Field>(_ output: Output<T>) -> Bool { output.declaration == declaration }

    /// Whether the timer belongs to the node's component.
    func declares(_ timer: Timer) -> Bool { timer.declaration == declaration }

    /// Whether an edge leads away from the output.
    ///
    /// - Throws: ``Failure`` (`foreign_output`) where another component declared it.
    func isConnected<T: Field>(_ output: Output<T>) throws(Failure) -> Bool {
        isConnected(try place(of: output))
    }

    /// The output's place among those of the node.
    ///
    /// - Throws: ``Failure`` (`foreign_output`) where another component declared it.
    func place<T: Field>(of output: Output<T>) throws(Failure) -> Int {
        guard declares(output) else { throw .foreign("emits on an output") }
        return output.index
    }
}
