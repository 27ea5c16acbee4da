/// The files of a store as they are found when it is opened.
struct Folder {
    let place: Log.Place
    var manifest: Manifest?
    var found: [Recovery.Found] = []
    var report = LogStore.RecoveryReport()
    /// Names of files to remove: leftovers of operations that were cut short.
    var leftovers: [String] = []

    /// Reads the manifest and the heads of all segments.
    static func read(
        fileSystem: any FileSystem, directory: String, options: LogStore.Options,
        newIdentity: StoreIdentity
    ) throws(LogStoreError) -> Folder {
        let names = try fileSystem.list(directory).sorted()
        var report = LogStore.RecoveryReport()
        let manifest = try manifest(names, fileSystem, directory, &report)
        var heads: [(id: UInt32, file: any File, size: Int, head: SegmentHead.Decoded)] = []
        for name in names {
            guard let id = SegmentHead.id(fileName: name) else { continue }
            let file = try fileSystem.open(directory + "/" + name, creating: false)
            var bytes = [UInt8](repeating: 0, count: SegmentHead.byteCount)
            let count = try file.read(into: &bytes, at: 0)
            let head = SegmentHead.decode(count == bytes.count ? bytes : [])
            if case .unsupported(let version) = head {
                throw .unsupportedFormat(
                    file: directory + "/" + name, found: version,
                    supported: Int(SegmentHead.version))
            }
            heads.append((id, file, try file.size(), head))
        }
        // The identity that most files agree on; a stray file must not take the store over.
        var votes: [StoreIdentity: Int] = [:]
        if let manifest { votes[manifest.store, default: 0] += 1 }
        for (_, _, _, head) in heads {
            if case .head(let head, _) = head { votes[head.store, default: 0] += 1 }
        }
        let identity = votes.max { ($0.value, $1.key.bytes[0]) < ($1.value, $0.key.bytes[0]) }?.key
        if identity == nil, heads.contains(where: { $0.size > SegmentHead.byteCount }) {
            throw .corrupt(
                file: directory, offset: 0, message: "no segment's head and no manifest verifies")
        }
        let place = Log.Place(
            fileSystem: fileSystem, directory: directory, identity: identity ?? newIdentity,
            options: options)
        var folder = Folder(place: place, manifest: manifest, report: report)
        folder.leftovers = names.filter { $0.hasSuffix(".tmp") }
        for (id, file, size, head) in heads {
            try folder.add(id, file, size, head, isLast: id == heads.last?.id)
        }
        if folder.found.isEmpty, manifest?.segments.isEmpty == false {
            throw .corrupt(file: directory, offset: 0, message: "all segments are missing")
        }
        return folder
    }

    private static func manifest(
        _ names: [String], _ fileSystem: any FileSystem, _ directory: String,
        _ report: inout LogStore.RecoveryReport
    ) throws(LogStoreError) -> Manifest? {
        guard names.contains(Manifest.fileName) else { return nil }
        let path = directory + "/" + Manifest.fileName
        guard let bytes = try fileSystem.contents(path) else { return nil }
        switch Manifest.decode(bytes) {
        case .manifest(let manifest):
            return manifest
        case .unsupported(let version):
            throw .unsupportedFormat(
                file: path, found: version, supported: Int(Manifest.version))
        case .damaged:
            report.damages.append(
                LogStore.RecoveryReport.Damage(
                    file: Manifest.fileName, offset: 0,
                    message: "the manifest does not verify; it is made anew from the segments"))
            return nil
        }
    }

    private mutating func add(
        _ id: UInt32, _ file: any File, _ size: Int, _ decoded: SegmentHead.Decoded, isLast: Bool
    ) throws(LogStoreError) {
        let name = SegmentHead.fileName(id)
        switch decoded {
        case .head(let head, let isWhole):
            guard head.id == id, head.store == place.identity else {
                report.damages.append(
                    LogStore.RecoveryReport.Damage(
                        file: name, offset: 0,
                        message: "the segment belongs elsewhere and is left out"))
                return
            }
            found.append(
                Recovery.Found(
                    head: head, segment: Segment(head: head, file: file), size: size,
                    hasHead: true, isHeadWhole: isWhole))
        case .damaged, .unsupported:
            let reader = SegmentReader(
                id: id, file: file, identity: place.identity, limit: size)
            let isEmpty =
                try reader.endOfContent(from: min(size, SegmentHead.byteCount))
                <= SegmentHead.byteCount
            let start = LogPosition(segment: id, offset: 0)
            // The creation of the newest segment was cut short: it never held anything.
            if isLast, isEmpty, manifest.map({ $0.end < start }) ?? true {
                leftovers.append(name)
                return
            }
            try addHeadless(id, file, size, reader)
        }
    }

    /// A segment whose head is lost: its records still verify, and their order tells its kind.
    private mutating func addHeadless(
        _ id: UInt32, _ file: any File, _ size: Int, _ reader: SegmentReader
    ) throws(LogStoreError) {
        var kind = SegmentKind.log
        if let entry = manifest?.segments.first(where: { $0.id == id }) {
            kind = entry.kind
        } else if case .record(let frame) = try reader.record(at: SegmentHead.byteCount),
            frame.isContent
        {
            kind = .compacted
        }
        var head = SegmentHead(store: place.identity, id: id, kind: kind, bornSequence: 0)
        head.previous = found.last { $0.head.kind == .log }?.head.id ?? 0
        found.append(
            Recovery.Found(
                head: head, segment: Segment(head: head, file: file), size: size,
                hasHead: false, isHeadWhole: false))
    }
}
