/// What a store takes from outside itself; tests put other things in their places.
struct Environment: Sendable {
    var fileSystem: any FileSystem
    var newIdentity: @Sendable () -> StoreIdentity = { .random() }
}
