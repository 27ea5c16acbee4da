import Sluice
import SluiceJSON

/// JSON Merge Patch (RFC 7396): objects are merged member by member, null removes a member, and
/// anything else replaces what was there.
///
/// Members keep their order, new ones follow; numbers keep their text.
enum MergePatch {
    /// The patched value.
    ///
    /// - Throws: ``Failure`` (`invalid_value`) where it would nest deeper than 480.
    static func apply(_ patch: JSON, to target: JSON) throws(Failure) -> JSON {
        var builder = JSONBuilder(maximumDepth: StoredValue.maximumDepth)
        merge(patch, into: target, &builder)
        do throws(JSONError) {
            return try builder.finish()
        } catch {
            throw StoredValue.failure(error, at: "$.patch")
        }
    }

    /// Recurses once for each level of objects in the patch: text nests at most 512 deep.
    private static func merge(_ patch: JSON, into target: JSON, _ builder: inout JSONBuilder) {
        guard patch.kind == .object else { return builder.append(patch) }
        // Names are compared as bytes: canonically equivalent texts are different names.
        var changes: [[UInt8]: (value: JSON, order: Int)] = [:]
        for (order, member) in patch.members.enumerated() {
            changes[Array(member.name.utf8)] = (member.value, order)
        }
        builder.beginObject()
        for (name, value) in lastMembers(of: target, named: changes.keys) {
            guard let change = changes.removeValue(forKey: Array(name.utf8)) else {
                builder.member(name, value)
                continue
            }
            guard !change.value.isNull else { continue }
            builder.name(name)
            merge(change.value, into: value, &builder)
        }
        let added = changes.sorted { $0.value.order < $1.value.order }
        for (name, change) in added where !change.value.isNull {
            builder.name(String(decoding: name, as: UTF8.self))
            merge(change.value, into: .null, &builder)
        }
        builder.endObject()
    }

    /// The members of an object; of those with one of the names only the last.
    private static func lastMembers(
        of object: JSON, named names: Dictionary<[UInt8], (value: JSON, order: Int)>.Keys
    ) -> [(name: String, value: JSON)] {
        var last: [[UInt8]: Int] = [:]
        let members = object.members.map { (name: $0.name, value: $0.value) }
        for (place, member) in members.enumerated() {
            let name = Array(member.name.utf8)
            if names.contains(name) { last[name] = place }
        }
        return members.enumerated().filter { place, member in
            last[Array(member.name.utf8)].map { $0 == place } ?? true
        }.map(\.element)
    }
}
