import Sluice
import SluiceJSON

/// Arrays that grow at their end and keep only the newest items.
enum ArrayWindow {
    /// The array with more items, of which the last `count` stay.
    ///
    /// - Throws: ``Failure`` (`invalid_value`) where the value is no array, or would nest deeper
    ///   than 480.
    static func appending(
        _ items: [JSON], to array: JSON, keepingLast count: Int
    ) throws(Failure) -> JSON {
        guard array.kind == .array else {
            throw Failure(
                "invalid_value", "the stored value is no array but of kind \(array.kind)",
                details: ["path": "$.append"])
        }
        let total = array.count + items.count
        var excess = max(0, total - count)
        var builder = JSONBuilder(maximumDepth: StoredValue.maximumDepth)
        builder.beginArray()
        for element in array.elements {
            if excess > 0 { excess -= 1 } else { builder.append(element) }
        }
        for item in items.dropFirst(excess) { builder.append(item) }
        builder.endArray()
        do throws(JSONError) {
            return try builder.finish()
        } catch {
            throw StoredValue.failure(error, at: "$.append")
        }
    }
}
