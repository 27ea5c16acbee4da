import SluiceJSON

// How a substitution finds what variables stand for.
extension Substitution {
    /// The variable whose `${` is at a place, and the place behind it; nil where it is not closed.
    ///
    /// The value is nil where there is none, which has been noted.
    mutating func variable(at start: Int) -> (Found?, end: Int)? {
        guard let close = closing(from: start + 2) else {
            problems.append(Problem(text: "`${` is not closed by `}`", offset: start, length: 2))
            return nil
        }
        let range = start..<close + 1
        let inner = bytes[start + 2..<close]
        let mark = inner.indices.first {
            $0 + 1 < close && bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: "-")
        }
        let name = String(decoding: inner[..<(mark ?? close)], as: UTF8.self)
        guard Names.isVariable(name) else {
            let text = "`\(name)` is no name for a variable; `$${` stands for `${`"
            problems.append(Problem(text: text, offset: start, length: range.count))
            return (nil, range.upperBound)
        }
        names.insert(name)
        var fallback: Substitution?
        guard mark == nil || depth < FlowLimits.defaultDepth else {
            let text = "defaults lie more than \(FlowLimits.defaultDepth) deep in each other"
            problems.append(Problem(text: text, offset: start, length: 2))
            return (nil, range.upperBound)
        }
        if let mark {
            // Also where it does not count, for the names in it.
            let text = String(decoding: bytes[(mark + 2)..<close], as: UTF8.self)
            fallback = Substitution(
                text, variables, Language(), wanted: .any, depth: depth + 1)
            names.formUnion(fallback?.names ?? [])
        }
        // An empty variable counts as not set where there is a default, as shells have it.
        if let known = known(name), fallback == nil || !known.isEmptyText {
            return (known, range.upperBound)
        }
        guard !variables.broken.contains(name) else {
            isBroken = true
            return (nil, range.upperBound)
        }
        guard let fallback, let mark else {
            problems.append(missing(name, at: range))
            return (nil, range.upperBound)
        }
        return (take(fallback, behind: mark + 2), range.upperBound)
    }

    /// The place of the `}` that ends a variable, variables in its default left out.
    func closing(from start: Int) -> Int? {
        var depth = 0
        var place = start
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "}") {
                if depth == 0 { return place }
                depth -= 1
            } else if bytes[place] == UInt8(ascii: "$"), place + 1 < bytes.count {
                if bytes[place + 1] == UInt8(ascii: "{") {
                    depth += 1
                    place += 1
                } else if bytes[place + 1] == UInt8(ascii: "$") {
                    place += 2
                }
            }
            place += 1
        }
        return nil
    }

    /// A default's value, with what is wrong with it.
    mutating func take(_ fallback: Substitution, behind offset: Int) -> Found? {
        problems += fallback.problems.map {
            Problem(text: $0.text, offset: $0.offset + offset, length: $0.length)
        }
        isBroken = isBroken || fallback.isBroken
        isUnknown = isUnknown || fallback.isUnknown
        unknown += fallback.unknown
        folder = folder ?? fallback.folder
        guard let value = fallback.value else { return nil }
        guard fallback.isWhole, fallback.wholeIsTyped else {
            return .text(value.string ?? value.text)
        }
        return .typed(value)
    }

    mutating func known(_ name: String) -> Found? {
        guard let parameter = variables.parameters[name] else {
            // A parameter's own variable was read when the parameters were set.
            guard !variables.declares(name) else { return nil }
            return variables.lookUp(name).map { .text($0) }
        }
        wholeIsTyped = true
        folder = parameter.folder
        guard parameter.isUnknown else { return .typed(parameter.value) }
        isUnknown = true
        unknown.append((name, parameter.schema))
        return .typed(parameter.schema.sample(for: wanted, named: name))
    }

    mutating func parameter(_ name: String, at range: Range<Int>) -> Found? {
        names.insert(name)
        if variables.parameters[name] != nil { return known(name) }
        if variables.broken.contains(name) {
            isBroken = true
        } else if variables.declares(name) {
            problems.append(missing(name, at: range))
        } else {
            let near = Spelling.closest(to: name, among: variables.parameters.keys.sorted())
            let hint = near.map { "; did you mean `\($0)`?" } ?? ""
            let text = "the flow has no parameter `\(name)`\(hint)"
            problems.append(Problem(text: text, offset: range.lowerBound, length: range.count))
        }
        return nil
    }

    mutating func environment(_ name: String, at range: Range<Int>) -> Found? {
        if let text = variables.lookUp(name) { return .text(text) }
        var next = range.upperBound
        while next < bytes.count, bytes[next].isBlank { next += 1 }
        // `??` takes what is not set.
        if bytes[next...].starts(with: "??".utf8) { return .typed(.null) }
        problems.append(missing(name, at: range))
        return nil
    }

    private func missing(_ name: String, at range: Range<Int>) -> Problem {
        let text =
            variables.declares(name)
            ? "the parameter `\(name)` has no value and no default"
            : "the variable `\(name)` is not set and has no default"
        return Problem(text: text, offset: range.lowerBound, length: range.count)
    }
}
