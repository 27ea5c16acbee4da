/// A key with the number of its collection, for dictionaries.
struct KeyName: Hashable {
    var collection: UInt16
    var key: [UInt8]
}
