import Glibc
import Testing

/// Two running flows on one store: which of them owns it, and when the other does.
@Suite struct OwningAStore {
    private static func flow(_ settings: String) -> String {
        """
        { "onError": "log",
          "nodes": {
            "put": { "component": "transform", "settings": { "map": "{{$}}" } },
            "store": { "component": "document_store",
                       "settings": { \(settings)"collections": [{ "name": "c" }] } } },
          "edges": [{ "from": "put.out", "to": "store.put",
                      "retry": { "maxAttempts": 1000, "initialDelayMs": 250, "factor": 1 } }],
          "inputs": { "put": "store.put", "patient": "put.in", "get": "store.get",
                      "find": "store.find" },
          "outputs": { "ok": "store.put_ok", "got": "store.get_ok", "found": "store.find_ok",
                       "failed": "store.error" } }
        """
    }

    private static func folder(_ settings: String) -> ScratchFolder {
        ScratchFolder(["store.json": flow(settings)])
    }

    private static func start(in folder: ScratchFolder) throws -> RunningProcess {
        try Sluice().start(
            ["run", "store.json", "--messages", "-", "--data-dir", "d"], in: folder)
    }

    private static func request(_ port: String, _ members: String) -> String {
        #"{"port":"\#(port)","message":{"collection":"c"\#(members)}}"# + "\n"
    }

    private static func put(_ number: Int, on port: String = "put") -> String {
        request(port, #","key":"k\#(number)","value":\#(number)"#)
    }

    @Test(arguments: [SIGKILL, SIGTERM]) func aFollowerTakesOverWhenTheLeaderEnds(
        signal: Int32
    ) throws {
        let folder = Self.folder(#""leaderOnly": true, "#)
        let leader = try Self.start(in: folder)
        leader.write(Self.put(1))
        #expect(leader.nextLine()?.contains(#""revision":1"#) == true)
        let follower = try Self.start(in: folder)
        follower.write(Self.put(2))
        let refusal = try #require(follower.nextLine())
        #expect(refusal.hasPrefix(#"{"port":"failed""#))
        #expect(refusal.contains(#""code":"not_leader""#))
        #expect(refusal.contains(#""retryable":true"#))
        #expect(refusal.contains("in use by process \(leader.id)"))
        for number in 2...20 {
            leader.write(Self.put(number))
            #expect(leader.nextLine()?.contains(#""revision":\#(number)"#) == true)
        }
        leader.send(signal)
        #expect(leader.finish().code == (signal == SIGKILL ? 128 + SIGKILL : 0))
        #expect(follower.waitForError("`store` is its leader now"))
        follower.write(Self.request("find", #","keysOnly":true"#) + Self.put(21))
        #expect(follower.nextLine()?.contains(#""count":20,"asOf":20"#) == true)
        #expect(follower.nextLine()?.contains(#""revision":21"#) == true)
        follower.closeInput()
        #expect(follower.finish().code == 0)
    }

    @Test func aMessageOnAnEdgeThatRetriesWaitsForTheLeaderToEnd() throws {
        let folder = Self.folder(#""leaderOnly": true, "#)
        let leader = try Self.start(in: folder)
        leader.write(Self.put(1))
        #expect(leader.nextLine()?.contains(#""revision":1"#) == true)
        let follower = try Self.start(in: folder)
        follower.write(Self.request("get", #","key":"k1""#))
        #expect(follower.nextLine()?.contains("not_leader") == true)
        follower.write(Self.put(2, on: "patient"))
        leader.closeInput()
        #expect(leader.finish().code == 0)
        let reply = try #require(follower.nextLine())
        #expect(reply.hasPrefix(#"{"port":"ok""#))
        #expect(reply.contains(#""revision":2"#))
        follower.closeInput()
        #expect(follower.finish().code == 0)
    }

    @Test func aFlowThatMustOwnItsStoreWaitsForTheLock() throws {
        let folder = Self.folder(#""lockTimeoutMs": 600000, "#)
        let owner = try Self.start(in: folder)
        owner.write(Self.put(1))
        #expect(owner.nextLine()?.contains(#""revision":1"#) == true)
        let next = try Self.start(in: folder)
        next.write(Self.request("get", #","key":"k1""#))
        owner.send(SIGKILL)
        #expect(owner.finish().code == 128 + SIGKILL)
        #expect(next.nextLine()?.contains(#""found":true,"value":1"#) == true)
        next.closeInput()
        #expect(next.finish().code == 0)
    }

    @Test func anOwnerWhoseLogIsTakenAwaySaysSoAndExitsSix() throws {
        let folder = Self.folder("")
        let owner = try Self.start(in: folder)
        owner.write(Self.put(1))
        #expect(owner.nextLine()?.contains(#""revision":1"#) == true)
        folder.remove("d/store/00000001.seg")
        owner.write(Self.put(2))
        let refusal = try #require(owner.nextLine())
        #expect(refusal.hasPrefix(#"{"port":"failed""#))
        #expect(refusal.contains(#""code":"not_owner""#))
        #expect(refusal.contains(#""retryable":false"#))
        owner.closeInput()
        let outcome = owner.finish()
        #expect(outcome.code == 6)
        #expect(outcome.errors.contains("error: node `store` could not end well: the store "))
        #expect(outcome.errors.contains("could not be closed: "))
        #expect(outcome.errors.contains("was removed or replaced while it was open"))
        #expect(outcome.errors.contains("[not_owner]"))
    }

    @Test func aFailureThatNothingHandlesDoesNotHideThatTheStoreCouldNotBeClosed() throws {
        let folder = ScratchFolder([
            "store.json": """
            { "nodes": { "store": { "component": "document_store",
                                    "settings": { "collections": [{ "name": "c" }] } } },
              "inputs": { "put": "store.put" }, "outputs": { "ok": "store.put_ok" } }
            """
        ])
        let owner = try Sluice().start(
            ["run", "store.json", "--in", "put=-", "--data-dir", "d"], in: folder)
        owner.write(#"{"collection":"c","key":"a","value":1}"# + "\n")
        #expect(owner.nextLine()?.contains(#""revision":1"#) == true)
        folder.remove("d/store/00000001.seg")
        owner.write(#"{"collection":"c","key":"b","value":2}"# + "\n")
        owner.closeInput()
        let outcome = owner.finish()
        #expect(outcome.code == 6)
        #expect(outcome.errors.contains("error: `store.put` failed: "))
        #expect(outcome.errors.contains("could not be closed: "))
    }

    @Test func removingTheFileLockLetsNobodyIn() throws {
        let folder = Self.folder("")
        let owner = try Self.start(in: folder)
        owner.write(Self.put(1))
        #expect(owner.nextLine()?.contains(#""revision":1"#) == true)
        folder.remove("d/store/LOCK")
        for _ in 0..<2 {
            try CommandCase(
                ["store", "put", "d/store", "c", "k", "1"], output: "",
                errors: ["d/store is in use by ", "do not remove the file LOCK"], code: 6
            ).check(in: folder)
        }
        owner.write(Self.put(2))
        #expect(owner.nextLine()?.contains(#""revision":2"#) == true)
        owner.closeInput()
        #expect(owner.finish().code == 0)
    }

    @Test func aLockThatIsNotLetGoInTimeExitsSixWithTheRemedy() throws {
        let folder = Self.folder(#""lockTimeoutMs": 20, "#)
        let owner = try Self.start(in: folder)
        owner.write(Self.put(1))
        #expect(owner.nextLine()?.contains(#""revision":1"#) == true)
        let outcome = try Self.start(in: folder).finish()
        #expect(outcome.code == 6)
        let resolved = realpath(folder.path, nil)
        defer { free(resolved) }
        let path = resolved.map { String(cString: $0) } ?? folder.path
        #expect(
            outcome.errors.contains(
                "the store \(path)/d/store is in use by process \(owner.id): end that process, "
                    + "raise `lockTimeoutMs`, or set `leaderOnly`"), "\(outcome.errors)")
        owner.closeInput()
        #expect(owner.finish().code == 0)
    }
}
