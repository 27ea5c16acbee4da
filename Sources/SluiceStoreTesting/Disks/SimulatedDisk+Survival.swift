import SluiceSystem

extension SimulatedDisk {
    /// What of the unsynced changes is there after a crash.
    public enum Survival: Sendable, CaseIterable {
        /// Nothing.
        case none
        /// All of them, as where the process dies and the machine stays up.
        case all
        /// Every sector, length and directory entry on its own; a write may be torn anywhere.
        case some
        /// Everything up to some operation, which is torn, as a journal would keep it.
        case prefix
        /// Each file up to some operation of its own: files get to the device in any order.
        case files
    }

    /// The disk as the next owner finds it after a crash.
    ///
    /// - Parameters:
    ///   - survival: What of the unsynced changes is there.
    ///   - seed: Decides what is left to chance.
    ///   - plan: What goes wrong on the new disk.
    public func survivor(
        _ survival: Survival, seed: UInt64, plan: Plan? = nil
    ) -> SimulatedDisk {
        image.survivor(survival, seed: seed, plan: plan)
    }
}

extension SimulatedDisk.State {
    typealias Survival = SimulatedDisk.Survival

    /// How much of the changes of one file or of the names survives.
    fileprivate enum Cut {
        case none, all
        /// Changes of operations before this one; a write of this one is torn.
        case before(Int)
        case scattered

        func keeps(_ number: Int) -> Bool {
            switch self {
            case .none: false
            case .all, .scattered: true
            case .before(let limit): number < limit
            }
        }
    }

    func survivor(
        _ survival: Survival, seed: UInt64, plan: SimulatedDisk.Plan? = nil
    ) -> SimulatedDisk.State {
        var random = SplitMix(seed: seed)
        let pending = pendingNumbers
        var new = SimulatedDisk.State()
        new.plan = plan
        new.capacity = capacity
        new.lies = lies
        let common = Self.cut(survival, pending, &random)
        let kept = keptNames(survival == .files ? .scattered : common, &random)
        // In an order that does not change from run to run.
        for (name, inode) in kept.sorted(by: { $0.value < $1.value }) {
            let cut = survival == .files ? Self.cut(.prefix, pending, &random) : common
            let bytes = inodes[inode].survivor(cut, &random)
            new.inodes.append(SimulatedDisk.Inode(durable: bytes, current: bytes))
            new.names[name] = new.inodes.count - 1
        }
        new.durableNames = new.names
        return new
    }

    /// The operations whose changes are not on the device, from the first on.
    private var pendingNumbers: ClosedRange<Int> {
        var first = operations
        if let change = nameChanges.first { first = min(first, change.number) }
        for inode in names.values {
            if let change = inodes[inode].changes.first { first = min(first, change.number) }
        }
        return first...max(first, operations)
    }

    private static func cut(
        _ survival: Survival, _ pending: ClosedRange<Int>, _ random: inout SplitMix
    ) -> Cut {
        switch survival {
        case .none: .none
        case .all: .all
        case .some: .scattered
        case .prefix, .files: .before(Int.random(in: pending, using: &random))
        }
    }

    private func keptNames(_ cut: Cut, _ random: inout SplitMix) -> [Name: Int] {
        var kept = durableNames
        // Often all of them, so that the files are looked at.
        let keepsAll = random.one(in: 3)
        for change in nameChanges {
            if case .scattered = cut, !keepsAll, random.one(in: 2) { continue }
            guard cut.keeps(change.number) else { continue }
            change.kind.apply(to: &kept)
        }
        return kept
    }
}

extension SimulatedDisk.NameChange.Kind {
    /// The names that it is about.
    var names: [Name] {
        switch self {
        case .create(let name, _), .remove(let name): [name]
        case .rename(let from, let to, _): [from, to]
        }
    }

    func apply(to names: inout [Name: Int]) {
        switch self {
        case .create(let name, let inode):
            names[name] = inode
        case .rename(let from, let to, let inode):
            names[from] = nil
            names[to] = inode
        case .remove(let name):
            names[name] = nil
        }
    }
}

extension SimulatedDisk.Inode {
    fileprivate func survivor(
        _ cut: SimulatedDisk.State.Cut, _ random: inout SplitMix
    ) -> [UInt8] {
        switch cut {
        case .none: return durable
        case .all: return current
        case .before(let limit): return prefix(limit, &random)
        case .scattered: return changes.isEmpty ? durable : scattered(&random)
        }
    }

    private func prefix(_ limit: Int, _ random: inout SplitMix) -> [UInt8] {
        var bytes = durable
        for change in changes where change.number <= limit {
            guard change.number == limit, !change.isTruncation else {
                Self.apply(change, to: &bytes)
                Self.resize(&bytes, to: change.size)
                continue
            }
            // The operation in flight: the first sectors of it, or some of them.
            let isOrdered = random.one(in: 2)
            let count = change.sectors.count
            let whole = Int.random(in: 0...count, using: &random)
            for sector in 0..<count where isOrdered ? sector < whole : random.one(in: 2) {
                Self.apply(change, sector: sector, to: &bytes)
            }
        }
        return bytes
    }

    /// Each sector as it was after some change of it, and the length likewise.
    private func scattered(_ random: inout SplitMix) -> [UInt8] {
        var bytes = durable
        let last = changes.count
        func draw() -> Int {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: 0
            case 1, 2: last
            default: Int.random(in: 0...last, using: &random)
            }
        }
        let sizeCut = draw()
        var cuts: [Int] = []
        for (index, change) in changes.enumerated() {
            if change.isTruncation {
                if index < sizeCut { Self.resize(&bytes, to: change.size) }
                continue
            }
            let first = change.start / SimulatedDisk.sectorBytes
            for sector in change.sectors {
                while cuts.count <= first + sector { cuts.append(draw()) }
                if index < cuts[first + sector] {
                    Self.apply(change, sector: sector, to: &bytes)
                }
            }
        }
        Self.resize(&bytes, to: sizeCut == 0 ? durable.count : changes[sizeCut - 1].size)
        return bytes
    }

    /// Everything written gets to the device.
    mutating func settle() {
        for change in changes {
            Self.apply(change, to: &durable)
            Self.resize(&durable, to: change.size)
        }
        changes = []
    }

    private static func apply(_ change: SimulatedDisk.Change, to bytes: inout [UInt8]) {
        put(change.bytes[...], into: &bytes, at: change.start)
    }

    private static func apply(
        _ change: SimulatedDisk.Change, sector: Int, to bytes: inout [UInt8]
    ) {
        let start = sector * SimulatedDisk.sectorBytes
        let end = min(start + SimulatedDisk.sectorBytes, change.bytes.count)
        put(change.bytes[start..<end], into: &bytes, at: change.start + start)
    }

    private static func put(_ piece: ArraySlice<UInt8>, into bytes: inout [UInt8], at offset: Int) {
        let end = offset + piece.count
        if bytes.count < end { resize(&bytes, to: end) }
        bytes.withUnsafeMutableBytes { bytes in
            piece.withUnsafeBytes { piece in
                UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<end])
                    .copyMemory(from: piece)
            }
        }
    }
}

extension SimulatedDisk.Change {
    /// The sectors written, counted from the first.
    var sectors: Range<Int> {
        0..<(bytes.count + SimulatedDisk.sectorBytes - 1) / SimulatedDisk.sectorBytes
    }
}
