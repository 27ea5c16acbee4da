import SluiceComponents
import SluiceRunner

/// All of `sluice`, and the kind of store `scratch`.
@main
struct Main {
    static func main() {
        var kinds = StoreKinds.builtIn
        kinds.add(Scratch.self)
        Runner(stores: kinds).main()
    }
}
