import Sluice
import SluiceJSON
import SluiceStore

extension MergeOperators {
    /// What the components do to documents in one step.
    static let ofDocuments = MergeOperators([
        MergeOperator(patch) { input throws(StoreError) in
            try input.replacing { old throws(Failure) in
                try MergePatch.apply(try StoredValue.operand(input.operand), to: old ?? .null)
            }
        },
        MergeOperator(append) { input throws(StoreError) in
            try input.replacing { old throws(Failure) in
                let operand = try StoredValue.operand(input.operand)
                return try ArrayWindow.appending(
                    Array(operand.elements.dropFirst()), to: old ?? .emptyArray,
                    keepingLast: operand[0]?.int ?? .max)
            }
        },
    ])

    /// Merges a JSON Merge Patch (RFC 7396) into a document; the operand is the patch, the answer the
    /// document.
    static let patch: Name = "json_merge_patch"
    /// Puts items behind an array, and answers with it; the operand is of ``appending(_:keepingLast:)``.
    static let append: Name = "json_append"

    /// The operand of ``append``: how many items stay, null for all, and the items.
    ///
    /// - Throws: ``Failure`` (`invalid_value`) where they nest too deep.
    static func appending(
        _ items: [JSON], keepingLast count: Int?
    ) throws(Failure) -> [UInt8] {
        // They lie one level deeper in the operand than in the document.
        var builder = JSONBuilder(maximumDepth: StoredValue.maximumTextDepth)
        builder.beginArray()
        if let count { builder.append(count) } else { builder.append(.null) }
        for item in items { builder.append(item) }
        builder.endArray()
        do throws(JSONError) {
            let operand = try builder.finish()
            var bytes: [UInt8] = []
            bytes.reserveCapacity(operand.textByteCount)
            operand.write(to: &bytes)
            return bytes
        } catch {
            throw StoredValue.failure(error, at: "$.append")
        }
    }
}

extension MergeOperator.Input {
    /// Stores what becomes of a document, which keeps its expiry, and answers with it.
    fileprivate func replacing(
        _ change: (JSON?) throws(Failure) -> JSON
    ) throws(StoreError) -> MergeOperator.Result {
        do throws(Failure) {
            var document: JSON?
            if let old {
                document = try StoredValue.value(of: old.value, key.collection.text, key.key)
            }
            let value = try StoredValue.bytes(of: change(document), at: "$")
            return MergeOperator.Result(.put(value, expiresAt: old?.expiresAt), reply: value)
        } catch {
            throw StoreError(error, of: key)
        }
    }
}
