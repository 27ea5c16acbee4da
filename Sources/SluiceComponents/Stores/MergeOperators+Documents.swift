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
    static func appending(_ items: [JSON], keepingLast count: Int?) -> [UInt8] {
        // As text, which the operator reads: a document made for it would cost half of an append.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.reduce(32) { $0 + 1 + $1.textByteCount })
        bytes.append(UInt8(ascii: "["))
        bytes += (count.map(String.init) ?? "null").utf8
        for item in items {
            bytes.append(UInt8(ascii: ","))
            item.write(to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
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
