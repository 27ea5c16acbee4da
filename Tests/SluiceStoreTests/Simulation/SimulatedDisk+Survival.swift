import Synchronization

@testable import SluiceStore

extension SimulatedDisk {
    /// The disk as the next owner finds it after a crash.
    func survivor(_ survival: Survival, seed: UInt64, plan: Plan? = nil) -> SimulatedDisk {
        var random = SplitMix(seed)
        return state.withLock { old in
            var new = State()
            new.plan = plan
            new.names = Self.names(old, survival, &random)
            new.inodes = old.inodes.map { inode in
                let bytes = Self.bytes(inode, survival, &random)
                return Inode(durable: bytes, current: bytes)
            }
            new.durableNames = new.names
            return SimulatedDisk(new)
        }
    }

    private static func names(
        _ state: State, _ survival: Survival, _ random: inout SplitMix
    ) -> [String: Int] {
        switch survival {
        case .none: return state.durableNames
        case .all: return state.names
        case .some:
            var names = state.durableNames
            for change in state.nameChanges where random.one(in: 2) {
                switch change {
                case .create(let name, let inode): names[name] = inode
                case .rename(let from, let to):
                    guard let inode = names.removeValue(forKey: from) else { continue }
                    names[to] = inode
                case .remove(let name): names[name] = nil
                }
            }
            return names
        }
    }

    private static func bytes(
        _ inode: Inode, _ survival: Survival, _ random: inout SplitMix
    ) -> [UInt8] {
        switch survival {
        case .none: return inode.durable
        case .all: return inode.current
        case .some:
            var bytes = inode.durable
            for change in inode.changes {
                switch change {
                case .truncate(let size):
                    if random.one(in: 2) { resize(&bytes, to: size) }
                case .write(let offset, let written):
                    // A disk writes whole sectors, in any order.
                    var start = 0
                    while start < written.count {
                        let end = min(written.count, start + 512 - (offset + start) % 512)
                        if random.one(in: 2) {
                            put(written[start..<end], into: &bytes, at: offset + start)
                        }
                        start = end
                    }
                }
            }
            // The data may be there and the file's new length not.
            if random.one(in: 4), bytes.count > inode.durable.count {
                bytes.removeLast(bytes.count - inode.durable.count)
            }
            return bytes
        }
    }
}
