extension Run {
    /// How the manifest names it.
    var manifestEntry: Manifest.RunFile {
        Manifest.RunFile(id: id, byteCount: byteCount, entryCount: entryCount)
    }
}

extension RunWriter {
    /// Writes a run that appears under its name when it is complete; nil where it has no entries.
    static func write(
        _ place: Place, id: UInt32, expectedEntries: Int, syncsFolder: Bool = true,
        _ fill: (RunWriter) throws(LogStoreError) -> Void
    ) throws(LogStoreError) -> Run? {
        let name = Run.fileName(id)
        let temporary = place.path(name + ".tmp")
        let file = try place.fileSystem.open(temporary, creating: true)
        do throws(LogStoreError) {
            let writer = RunWriter(
                file: file, id: id, identity: place.identity, expectedEntries: expectedEntries)
            try fill(writer)
            guard writer.entryCount > 0 else {
                try place.fileSystem.remove(temporary)
                return nil
            }
            try writer.finish()
            try file.sync()
            try place.fileSystem.rename(temporary, to: place.path(name))
            if syncsFolder { try place.fileSystem.syncDirectory(place.directory) }
        } catch {
            try? place.fileSystem.remove(temporary)
            throw error
        }
        return try Run.open(
            file: file, id: id, identity: place.identity, isMapped: place.options.mapsFiles)
    }
}
