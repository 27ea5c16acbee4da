/// What JSON may be at most, unless whoever reads or makes it says otherwise.
public enum JSONLimits {
    /// How deep arrays and objects of a text that is read lie in each other.
    public static let textDepth = 512
    /// How deep those of a value that is made do: less, so that it can be put into others, such as a
    /// report of its failure, and read again.
    public static let valueDepth = 480
    /// Bytes of a document's text: 1 GiB and room for an envelope around a value of that size.
    public static let textBytes = 1 << 30 + 1 << 26
}
