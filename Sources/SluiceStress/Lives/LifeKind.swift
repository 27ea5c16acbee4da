import SluiceSystem

/// The kinds of lives; each leans to one way of using a store.
enum LifeKind: String, CaseIterable, Sendable {
    case mixed, spill, large, feed, churn, full, damage, backup, look, names, rebuild

    /// Draws what a life of this kind is like; `size` divides how much is done.
    func plan(_ random: inout SplitMix, smaller size: Int) -> Plan {
        var plan = Plan()
        plan.keyCount = random.pick([1, 2, 20, 300, 3000, 10_000])
        plan.steps = random.number(3...7)
        plan.operations = 20...random.pick([200, 2000, 10_000])
        plan.values = random.pick([.tiny, .small, .small, .mixed, .equal])
        switch self {
        case .mixed: break
        case .spill:
            plan.keyCount = random.pick([3000, 10_000, 30_000, 30_000, 100_000, 100_000])
            // Few keys are overwritten often, many are imported and killed.
            plan.operations =
                plan.keyCount > 30_000 ? 1000...30_000 : 5000...min(60_000, plan.keyCount * 3)
            plan.values = random.pick([.tiny, .tiny, .small])
            plan.imports = true
            plan.memory = [1, 1, 1, 2, 64]
            plan.firstMemory = [1, 64, 64, 64]
            plan.expiring = random.pick([0, 0, 20])
            plan.steps = plan.keyCount > 30_000 ? 3 : random.number(3...5)
            plan.earlyKills = 50
            plan.onlookers = 5
        case .large:
            plan.keyCount = random.pick([30, 120, 120])
            plan.operations = 5...100
            plan.values = random.pick([.large, .large, .huge])
            plan.caps = [64, 256]
            plan.imports = true
            plan.feeds = 60
            plan.steps = random.number(3...5)
        case .feed:
            plan.feeds = 80
            plan.keep = [0, 100, 1000, 100_000, 100_000]
        case .churn:
            plan.keyCount = random.pick([1, 3, 100, 1000])
            plan.operations = 2000...20_000
            plan.deletes = 50
            plan.caps = [1, 8]
            plan.keep = [3, 100, 1000, 10_000]
            plan.values = random.pick([.tiny, .small])
        case .full:
            plan.overfills = true
            plan.caps = [1, 1, 8]
            plan.values = random.pick([.small, .mixed])
            plan.keyCount = random.pick([300, 3000])
            plan.operations = 2000...10_000
        case .damage:
            plan.damages = true
            plan.steps = random.number(1...3)
        case .backup:
            plan.backups = 70
            plan.restores = 35
            plan.keyCount = random.pick([5, 100, 1000])
            plan.repeats = random.chance(40)
            guard plan.repeats else { break }
            plan.values = .fixed
            plan.backups = 100
            plan.newBackups = 50
            plan.restores = 60
            plan.kills = 10
            plan.compactions = 0
            plan.feeds = 0
            plan.onlookers = 0
            plan.steps = random.number(5...10)
        case .look:
            plan.onlookers = 400
            plan.looksEarly = 60
            plan.imports = random.chance(50)
            plan.keyCount = random.pick([100, 3000, 30_000])
            plan.operations = 1000...30_000
        case .names:
            plan.style = random.chance(70) ? .odd : .long
            plan.collections = [random.pick(KeySpace.oddCollections), "other one"]
            plan.keyCount = random.pick([5, 60, 1000])
        case .rebuild: plan.rebuilds = 60
        }
        plan.keyCount = max(1, plan.keyCount / (plan.keyCount > 100 ? size : 1))
        plan.operations =
            max(10, plan.operations.lowerBound / size)...max(20, plan.operations.upperBound / size)
        if self != .names, random.chance(50) { plan.collections = ["b"] }
        return plan
    }
}

/// What a life is like; chances are of a hundred steps.
struct Plan: Sendable {
    var keyCount = 100
    var style = KeySpace.Style.plain
    var collections = ["b", "c"]
    var values = Values.Size.small
    var steps = 4
    var operations = 20...1000
    var memory = [1, 1, 2, 64]
    /// What the first opening has, where that is different.
    var firstMemory: [Int] = []
    var caps = [8, 8, 64]
    var keep = [0, 0, 1, 3, 100]
    var deletes = 15
    var expiring = 3
    var kills = 55
    /// Of the kills, so many come within the first 300 ms.
    var earlyKills = 25
    /// Whether a life begins with all keys written once.
    var imports = false
    var compactions = 35
    var backups = 15
    /// Of a hundred backups, so many go into a new folder.
    var newBackups = 25
    var restores = 5
    var rebuilds = 6
    var feeds = 12
    /// Of a thousand turns, how many start an onlooker.
    var onlookers = 30
    var looksEarly = 10
    var overfills = false
    var damages = false
    /// Whether each opening puts the first keys again, so that stores that go on from one backup look
    /// alike but for what they hold.
    var repeats = false

    /// Draws the settings of an opening; the cap leaves room for what is there, unless it need not.
    func settings(
        _ random: inout SplitMix, liveBytes: Int, isFirst: Bool
    ) -> StoreSettings {
        var settings = StoreSettings()
        settings.memoryMB = random.pick(isFirst && !firstMemory.isEmpty ? firstMemory : memory)
        let fitting = caps.filter { $0 << 20 > liveBytes * 2 }
        settings.maxSizeMB = random.pick(overfills ? caps : fitting.isEmpty ? [1024] : fitting)
        settings.keepRevisions = random.pick(keep)
        settings.keepHours = random.chance(8) ? 1 : 0
        settings.sync = random.pick([
            "\"never\"", "\"never\"", "\"always\"", "{\"everyMs\":1}", "{\"everyMs\":50}",
        ])
        return settings
    }

    /// Draws what is done in an opening.
    func phases(_ random: inout SplitMix, isFirst: Bool) -> [Phase] {
        var phases: [Phase] = []
        if repeats {
            return [
                Phase(
                    port: .put, count: 1, window: 1, order: .sequence, keyCount: 1,
                    restarts: true)
            ]
        }
        if imports, isFirst || random.chance(25) {
            phases.append(
                Phase(
                    port: random.pick([.put, .write]), count: keyCount,
                    window: 4000, deletes: 0, expiring: expiring, batchSize: 1, order: .sequence,
                    keyCount: keyCount))
        }
        if random.chance(isFirst && keyCount > 30_000 ? 50 : 15) { return phases }
        var left = random.number(operations)
        // Small numbers are as likely as large ones.
        if random.chance(50) { left = random.number(1...left) }
        for _ in 0..<random.number(1...3) where left > 0 {
            let count = random.number(1...left)
            left -= count
            phases.append(
                Phase(
                    port: random.pick([.write, .write, .put, .put, .update, .delete]), count: count,
                    window: random.pick([1, 8, 100, 1000, 4000]), deletes: deletes,
                    conditions: random.pick([0, 0, 10]), expiring: random.pick([0, expiring]),
                    seconds: random.pick([[1], [1, 2], [1000], [1, 2, 1000]]),
                    batchSize: random.pick([1, 1, 3, 20]),
                    order: random.pick([.skewed, .uniform, .sequence]),
                    keyCount: random.chance(70) ? keyCount : max(1, keyCount / 10),
                    overfills: overfills))
            let place = phases.count - 1
            switch phases[place].port {
            case .delete: phases[place].count = min(count, keyCount / 3 + 1)
            case .write: phases[place].count = max(1, count * 2 / (phases[place].batchSize + 1))
            default: break
            }
        }
        return phases
    }

    /// Draws how an opening ends.
    func ending(_ random: inout SplitMix, _ phases: [Phase]) -> Opening.Ending {
        guard random.chance(kills) else { return .clean }
        // What was imported alone is killed when most of it is there and little is flushed.
        let isImport = phases.count == 1 && phases[0].window == 4000 && phases[0].deletes == 0
        if !isImport, random.chance(earlyKills) {
            return .killAfter(milliseconds: random.number(1...300))
        }
        let count = phases.reduce(0) { $0 + $1.count }
        // Near the end the most is unflushed.
        if isImport || random.chance(25) {
            return .killAfterReplies(count - random.below(min(10, count) + 1))
        }
        return .killAfterReplies(random.number(0...max(1, count)))
    }
}
