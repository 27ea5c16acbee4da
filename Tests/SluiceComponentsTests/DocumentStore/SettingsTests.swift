import Sluice
import SluiceComponents
import SluiceJSON
import SluiceSystem
import SluiceTesting
import Testing

@Suite struct DocumentStoreSettings {
    struct Refusal: CustomTestStringConvertible, Sendable {
        var settings: String
        var path: String
        var text: String
        var testDescription: String { settings }
        init(_ settings: String, _ path: String, _ text: String) {
            self.settings = settings
            self.path = path
            self.text = text
        }
    }

    static let good = #""collections":[{"name":"c"}]"#

    @Test(arguments: [
        Refusal("{}", "$.collections", ""),
        Refusal(#"{"collections":[]}"#, "$.collections", "at least 1 item"),
        Refusal(#"{"collections":[{"name":"c"},{}]}"#, "$.collections[1].name", ""),
        Refusal(
            #"{"collections":[{"name":"c"},{"name":" \t"}]}"#, "$.collections[1].name",
            "collections[1]: the name is blank"),
        Refusal(
            #"{"collections":[{"name":"c"},{"name":"d"},{"name":"c"}]}"#, "$.collections[2].name",
            #"collections[2]: the name "c" is that of collections[0] already"#),
        Refusal("{\(good),\"path\":\" \"}", "$.path", "must not be blank"),
        Refusal("{\(good),\"path\":\".\"}", "$.path", "inside the data directory"),
        Refusal("{\(good),\"path\":\"a/..\"}", "$.path", "inside the data directory"),
        Refusal("{\(good),\"path\":\"../x\"}", "$.path", "inside the data directory"),
        Refusal("{\(good),\"path\":\"a/../../x\"}", "$.path", "inside the data directory"),
        Refusal("{\(good),\"path\":\"a\\u0000b\"}", "$.path", "NUL"),
        Refusal("{\(good),\"maxSizeMB\":0}", "$.maxSizeMB", "at least 1"),
        Refusal("{\(good),\"maxSizeMB\":1.5}", "$.maxSizeMB", ""),
        Refusal("{\(good),\"lockTimeoutMs\":-1}", "$.lockTimeoutMs", "at least 0"),
        Refusal("{\(good),\"memoryMB\":0}", "$.memoryMB", "at least 1"),
        Refusal("{\(good),\"keepRevisions\":-1}", "$.keepRevisions", "at least 0"),
        Refusal("{\(good),\"keepHours\":0.5}", "$.keepHours", ""),
        Refusal("{\(good),\"sync\":\"sometimes\"}", "$.sync", "always"),
        Refusal("{\(good),\"sync\":{\"everyMs\":0}}", "$.sync.everyMs", "at least 1"),
        Refusal("{\(good),\"sync\":{}}", "$.sync.everyMs", ""),
        Refusal("{\(good),\"sync\":7}", "$.sync", ""),
        Refusal("{\(good),\"changesFrom\":\"then\"}", "$.changesFrom", "now"),
        Refusal("{\(good),\"changesFrom\":-1}", "$.changesFrom", ""),
        Refusal("{\(good),\"changesFrom\":{\"cursor\":\"\"}}", "$.changesFrom.cursor", ""),
        Refusal("{\(good),\"changesFrom\":{}}", "$.changesFrom.cursor", ""),
        Refusal(
            "{\"collections\":[{\"name\":\"\(String(repeating: "n", count: 32_769))\"}]}",
            "$.collections[0].name", "more than 32768 bytes"),
        Refusal(
            "{\(good),\"changesFrom\":{\"cursor\":\"$keepRevisions\"}}", "$.changesFrom",
            "the store's own"),
    ]) func settingsThatDoNotFitAreRefused(refusal: Refusal) throws {
        let settings = try JSON(parsing: refusal.settings)
        let type = try #require(ComponentRegistry.builtIn["document_store"])
        #expect(throws: Failure.self) { try Plan(component: type, settings: settings) }
        do {
            _ = try type.ports(settings: settings)
            Issue.record("the settings are taken")
        } catch {
            #expect(error.details?["path"] == JSON(refusal.path))
            #expect(error.text.contains(refusal.text), "\(error.text)")
        }
    }

    @Test(arguments: [
        #"{"collections":[{"name":"c"}],"colections":[]}"#,
        #"{"collections":[{"name":"c","ttl":1}]}"#,
        #"{"collections":[{"name":"c"}],"sync":{"everyMs":1,"x":2}}"#,
        #"{"collections":[{"name":"c"}],"changesFrom":{"cursor":"x","y":1}}"#,
    ]) func unknownSettingsAreRefused(settings: String) throws {
        let type = try #require(ComponentRegistry.builtIn["document_store"])
        #expect(throws: Failure.self) {
            try Plan(component: type, settings: JSON(parsing: settings))
        }
    }

    @Test(arguments: [
        #"{"collections":[{"name":"a"},{"name":" a"}]}"#,
        #"{"collections":[{"name":"c"}],"sync":"never","changesFrom":"start"}"#,
        #"{"collections":[{"name":"c"}],"sync":{"everyMs":100},"changesFrom":{"cursor":"x"}}"#,
        #"{"collections":[{"name":"c"}],"path":"a/../b","changesFrom":3,"lockTimeoutMs":0}"#,
        #"{"collections":[{"name":"c"}],"maxSizeMB":9223372036854775807}"#,
        #"{"collections":[{"name":"c"}],"memoryMB":1}"#,
        #"{"collections":[{"name":"c"}],"memoryMB":9223372036854775807}"#,
        #"{"collections":[{"name":"c"}],"keepRevisions":9223372036854775807}"#,
        #"{"collections":[{"name":"c"}],"keepHours":9223372036854775807}"#,
    ]) func settingsThatFitAreTaken(settings: String) throws {
        let type = try #require(ComponentRegistry.builtIn["document_store"])
        let plan = try Plan(component: type, settings: JSON(parsing: settings))
        let node = try Harness(plan)
        #expect(node.folder.isEmpty == false)
    }

    @Test func theSchemaDescribesTheUnions() throws {
        let type = try #require(ComponentRegistry.builtIn["document_store"])
        let sync = try #require(type.settingsSchema.property("sync")?.schema)
        #expect(sync.defaultValue == "always")
        #expect(sync.anyOf.count == 2)
        #expect(type.settingsSchema.property("changesFrom")?.schema.defaultValue == "now")
    }

    @Test func withoutAnErrorPortAFailureGoesAsOnErrorSays() throws {
        let node = try store([("enableErrorPort", false)])
        let received = try node.send(["collection": "x", "key": "k"], to: "get")
        #expect(received.messages.isEmpty)
        #expect(received.failures.map { $0["code"] } == ["missing_collection"])
    }

    @Test func aStoreLiesInsideTheDataDirectory() throws {
        let folder = try DataFolder()
        try store([("path", "deep/../inner/store")], folder: folder.path).put("k", 1)
        #expect(Folder.isFolder(folder.path + "/inner/store"))
        let again = try store([("path", JSON(folder.path + "/inner/store"))])
        #expect(try again.value("k") == 1)
    }

    @Test func aLinkOutOfTheDataDirectoryIsRefused() throws {
        let outside = try DataFolder()
        let folder = try DataFolder()
        try folder.link("out", to: outside.path)
        try folder.link("dangling", to: outside.path + "/absent")
        for path in ["out", "out/store", "out/../x/../out/store"] as [JSON] {
            #expect(throws: Failure.self) { try store([("path", path)], folder: folder.path) }
        }
        #expect(throws: Failure.self) { try store([("path", "dangling")], folder: folder.path) }
        #expect(try Folder.names(in: outside.path) == [])
    }

    @Test func collectionsThatAreNoLongerDeclaredKeepTheirData() throws {
        let folder = try DataFolder()
        try store(folder: folder.path).put("k", 1)
        do {
            let other = try store([("collections", [["name": "d"]])], folder: folder.path)
            let key: JSON = ["collection": "c", "key": "k"]
            #expect(try other.refusal(of: key, at: "get")["code"] == "missing_collection")
        }
        #expect(try store(folder: folder.path).value("k") == 1)
    }
}
