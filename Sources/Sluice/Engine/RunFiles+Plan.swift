extension RunFiles {
    /// Takes the files of a flow's nodes into the register, and the flow files themselves; once.
    public func register(_ plan: Plan) throws(FileConflict) {
        guard !beginPlan() else { return }
        var uses = plan.sourceFiles.map {
            FileUse.reading($0, by: "the flow", isFromOutside: false)
        }
        for node in plan.nodes { uses += self.uses(of: node) }
        try register(uses)
    }

    /// What a node reads and writes, without standard output.
    func uses(of node: Plan.Node) -> [FileUse] {
        var uses: [FileUse] = []
        for file in node.ports.files {
            let path = places.path(of: file.path, from: node.folder, for: file.use)
            let user = "node `\(node.name)`"
            switch file.way {
            case .reading:
                uses.append(
                    .reading(path, by: user, isFromOutside: false, on: fileSystem))
            case .writing(let isKept) where path != "-":
                uses.append(.writing(path, isKept: isKept, by: user, on: fileSystem))
            case .writing: break
            }
        }
        return uses
    }
}
