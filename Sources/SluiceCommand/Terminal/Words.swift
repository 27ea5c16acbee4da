/// How people write things in sentences.
enum Words {
    /// A number and its noun: `1 error`, `2 errors`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number.grouped) \(noun)\(number == 1 ? "" : "s")"
    }
}
