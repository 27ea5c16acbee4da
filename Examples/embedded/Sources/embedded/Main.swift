import Sluice
import SluiceComponents
import SluiceJSON

/// Greets each name of the command line, by the flow `greet.json` of the current folder.
@main
struct Main {
    static func main() async throws {
        let names = CommandLine.arguments.dropFirst().map { name -> JSON in ["name": JSON(name)] }
        let outcome = try await Flow.run("greet.json", with: .builtIn, sending: ["greet": names])
        for greeting in outcome["greeted"] { print(greeting["text"]?.string ?? "") }
    }
}
