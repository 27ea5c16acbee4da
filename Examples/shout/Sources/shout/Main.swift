import SluiceRunner

/// All of `sluice`, and the component `shout`.
@main
struct Main {
    static func main() { Runner(adding: [Shout.self]).main() }
}
