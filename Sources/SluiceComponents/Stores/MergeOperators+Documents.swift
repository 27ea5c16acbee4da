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
                let operand = try Appending(json: try StoredValue.operand(input.operand))
                return try ArrayWindow.appending(
                    operand.items, to: old ?? .emptyArray, keepingLast: operand.keepLast)
            }
        },
    ])

    /// Merges a JSON Merge Patch (RFC 7396) into a document; the operand is the patch, the answer the
    /// document.
    static let patch: Name = "json_merge_patch"
    /// Puts items behind an array; the operand is an ``Appending``, the answer the array.
    static let append: Name = "json_append"

    /// What is put behind an array.
    struct Appending: Message {
        var items: [JSON] = []
        var keepLast = Int.max

        mutating func members(_ m: inout Members) throws(Failure) {
            try m.required("items", &items)
            try m.optional("keepLast", &keepLast)
        }

        /// The operand, in which items nest as deep as in a document and two levels more.
        var operand: [UInt8] {
            get throws(Failure) {
                var builder = JSONBuilder(maximumDepth: StoredValue.maximumTextDepth)
                append(to: &builder)
                do throws(JSONError) {
                    return Array(try builder.finish().text.utf8)
                } catch {
                    throw StoredValue.failure(error, at: "$.append")
                }
            }
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
