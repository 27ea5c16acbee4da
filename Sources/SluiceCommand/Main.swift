import SluiceRunner

/// The runner of the components that come with Sluice.
@main
struct Main {
    static func main() { Runner().main() }
}
