import SluiceJSON
import SluiceSystem

extension FlowBuilder {
    /// What the place of a value is for.
    struct Wanted {
        var schema: Schema
        /// Whether the value is a template, or a part of one.
        var isTemplate: Bool
        /// The parts that are replaced from outside, by the names that lead to them.
        var replaced: [[String]]

        init(_ schema: Schema, isTemplate: Bool = false, replaced: [[String]] = []) {
            self.schema = schema
            self.isTemplate = isTemplate || schema.role == .template
            self.replaced = replaced
        }

        /// The name of a node's component.
        static let component = Wanted(Schema(.string))

        /// Whether the whole value is replaced from outside, so that it is not read.
        var isReplaced: Bool { replaced.contains { $0.isEmpty } }

        var language: Substitution.Language {
            Substitution.Language(
                isTemplate: isTemplate, isExpression: schema.role == .expression)
        }

        func member(_ name: String) -> Wanted {
            let member = schema.property(name)?.schema ?? schema.otherMembers.first
            guard !replaced.isEmpty else { return Wanted(member ?? .any, isTemplate: isTemplate) }
            let inner = replaced.filter { $0.first?.isSame(as: name) == true }
            return Wanted(
                member ?? .any, isTemplate: isTemplate,
                replaced: inner.map { Array($0.dropFirst()) })
        }

        /// Whether a member is a note for people, which nothing reads.
        func isNote(_ name: String) -> Bool {
            name.begins(with: "x-") && !isTemplate && !schema.allowsOtherMembers
        }

        var element: Wanted { Wanted(schema.items.first ?? .any, isTemplate: isTemplate) }
    }

    /// A value with its variables replaced.
    struct Resolved {
        var json: JSON
        /// Whether a parameter that has no value was made up for it.
        var isUnknown = false
        /// Where a path starts that it is, if it is one whole parameter that was given from outside.
        var folder: String?
        /// Whether it is not the file's own value any more.
        var isChanged = false
    }

    /// A string of a file whose variables were replaced.
    struct Leaf: Hashable {
        var source: FlowSource
        /// Where the string begins.
        var start: Int
    }

    /// A value with its variables replaced; nil where one has no value.
    mutating func resolve(_ json: JSON, _ wanted: Wanted, _ unit: Unit) -> JSON? {
        resolved(json, wanted, unit)?.json
    }

    /// The same, with how it came about.
    mutating func resolved(_ json: JSON, _ wanted: Wanted, _ unit: Unit) -> Resolved? {
        guard !wanted.isReplaced else {
            noteParameters(in: json, wanted, unit)
            return Resolved(json: json)
        }
        let result: Resolved?
        switch json.kind {
        case .string: result = resolved(string: json, wanted, unit)
        case .array: result = resolved(array: json, wanted, unit)
        case .object: result = resolved(object: json, wanted, unit)
        case .null, .bool, .number: result = Resolved(json: json)
        }
        if wanted.schema.isSecret, let result { secrets.insert(result.json) }
        return result
    }

    /// Notes the parameters that a value names which is replaced: they are read, and need no value.
    private mutating func noteParameters(in json: JSON, _ wanted: Wanted, _ unit: Unit) {
        switch json.kind {
        case .string:
            let found = Substitution(
                json.string ?? "", unit.variables, wanted.language, wanted: wanted.schema)
            usedParameters[unit.prefix, default: []].formUnion(found.names)
        case .array:
            for part in json.elements { noteParameters(in: part, wanted.element, unit) }
        case .object:
            for member in json.members {
                noteParameters(in: member.value, wanted.member(member.name), unit)
            }
        case .null, .bool, .number: break
        }
    }

    private mutating func resolved(array json: JSON, _ wanted: Wanted, _ unit: Unit) -> Resolved? {
        let element = wanted.element
        var parts = Parts()
        for part in json.elements { parts.append(resolved(part, element, unit), part) }
        return joined(parts, json, unit) { (values) throws(JSONError) in try JSON(array: values) }
    }

    private mutating func resolved(object json: JSON, _ wanted: Wanted, _ unit: Unit) -> Resolved? {
        var parts = Parts()
        for member in json.members {
            let name = member.name
            let part =
                wanted.isNote(name)
                ? Resolved(json: member.value)
                : resolved(member.value, wanted.member(name), unit)
            parts.append(part, member.value)
        }
        return joined(parts, json, unit) { (values) throws(JSONError) in
            try JSON(object: zip(json.members.lazy.map(\.name), values))
        }
    }

    /// The parts of a value, with their variables replaced.
    private struct Parts {
        private(set) var values: [JSON] = []
        private(set) var isUnknown = false
        private(set) var isChanged = false
        /// Whether each part has a value.
        private(set) var areKnown = true

        mutating func append(_ part: Resolved?, _ own: JSON) {
            values.append(part?.json ?? own)
            isUnknown = isUnknown || part?.isUnknown == true
            isChanged = isChanged || part?.isChanged == true
            areKnown = areKnown && part != nil
        }
    }

    private mutating func joined(
        _ parts: Parts, _ json: JSON, _ unit: Unit,
        _ make: ([JSON]) throws(JSONError) -> JSON
    ) -> Resolved? {
        guard parts.areKnown else { return nil }
        var result = Resolved(json: json, isUnknown: parts.isUnknown)
        guard parts.isChanged else { return result }
        do throws(JSONError) {
            result.json = try make(parts.values)
        } catch {
            note(.wrongValue, error.message, json.sourceRange, unit.source)
            return nil
        }
        result.isChanged = true
        return result
    }

    private mutating func resolved(string json: JSON, _ wanted: Wanted, _ unit: Unit) -> Resolved? {
        let text = json.string ?? ""
        guard Substitution.mayChange(text, wanted.language) else { return Resolved(json: json) }
        let found = Substitution(text, unit.variables, wanted.language, wanted: wanted.schema)
        usedParameters[unit.prefix, default: []].formUnion(found.names)
        if !found.problems.isEmpty {
            let ranges = unit.source.ranges(
                inStringAt: json.sourceRange, of: found.problems.map { ($0.offset, $0.length) })
            for (problem, range) in zip(found.problems, ranges) {
                note(.unsetVariable, problem.text, range, unit.source)
            }
        }
        guard let value = found.value else { return nil }
        guard found.isWhole || value.string?.isSame(as: text) != true else {
            return Resolved(json: json)
        }
        if found.isUnknown { assume(found, json, wanted, unit) }
        let leaf = Leaf(source: unit.source, start: json.sourceRange.lowerBound)
        sourceMaps[leaf] = found.isWhole ? nil : found.map
        var result = Resolved(
            json: value, isUnknown: found.isUnknown, folder: found.isWhole ? found.folder : nil,
            isChanged: true)
        if let folder = result.folder { result.json = path(value, wanted.schema, from: folder) }
        return result
    }

    /// Notes that a string holds a value that was made up: nothing that is said of it is certain, but
    /// that no value of the parameter's schema fits.
    private mutating func assume(
        _ found: Substitution, _ json: JSON, _ wanted: Wanted, _ unit: Unit
    ) {
        if found.isWhole, let (name, schema) = found.unknown.first, wanted.language.isPlain,
            let conflict = schema.conflicts(with: wanted.schema).first
        {
            note(
                .wrongSetting, "no value of the parameter `\(name)` fits: \(conflict.text)",
                json.sourceRange, unit.source)
        }
        unknownLeaves[unit.source, default: []].append(json.sourceRange)
    }

    /// Where paths start that are given on the command line.
    var currentFolder: String { Folder.resolved(loader.currentFolder) }

    /// A path that was given from outside starts where that was.
    func path(_ value: JSON, _ schema: Schema, from folder: String) -> JSON {
        guard schema.role == .file, let path = value.string, path != "-", !path.isEmpty,
            !path.begins(with: "/")
        else { return value }
        return JSON(Folder.join(folder, path))
    }

    // MARK: Places

    /// The place in the file of a part of a string whose variables were replaced.
    func range(
        inStringAt range: FlowSource.Range, offset: Int, length: Int, _ source: FlowSource
    ) -> FlowSource.Range {
        let map = sourceMaps[Leaf(source: source, start: range.lowerBound)]
        let (offset, length) = map?.source(of: offset, length: length) ?? (offset, length)
        return source.range(inStringAt: range, offset: offset, length: length)
    }

    /// Where in a node's settings a failure lies: the string's part where it says which.
    func range(
        of failure: Failure, in settings: JSON, _ source: FlowSource
    ) -> FlowSource.Range {
        let steps = [JSONPath.Step](pathText: failure.details?["path"]?.string ?? "$")
        let value = FlowSource.nearest(steps, in: settings)
        guard value.string != nil, let offset = failure.details?["offset"]?.int else {
            return value.sourceRange
        }
        return range(
            inStringAt: value.sourceRange, offset: offset,
            length: failure.details?["length"]?.int ?? 1, source)
    }

    /// Whether a place lies in a string with a value that was made up.
    func isUnknown(_ range: FlowSource.Range, _ source: FlowSource) -> Bool {
        unknownLeaves[source]?.contains { $0.contains(range.lowerBound) } ?? false
    }
}
