import Glibc
import SluiceJSON
import Testing

@Suite struct BuilderTests {
    @Test func documentsAreBuiltPieceByPiece() throws {
        var builder = JSONBuilder()
        builder.beginObject()
        builder.member("a\"", 1)
        builder.member("b", "x\ny")
        builder.member("c", true)
        builder.name("d")
        builder.beginArray()
        builder.appendNull()
        builder.append(JSONNumber("1.10")!)
        builder.append(Int.min)
        builder.append(false)
        builder.beginArray()
        builder.endArray()
        builder.beginObject()
        builder.endObject()
        builder.endArray()
        builder.member("e", ["k": [1, 2]] as JSON)
        builder.endObject()
        let json = try builder.finish()
        let text =
            #"{"a\"":1,"b":"x\ny","c":true,"d":[null,1.10,-9223372036854775808,false,[],{}],"#
            + #""e":{"k":[1,2]}}"#
        #expect(json.text == text)
        #expect(json.depth == 3)
        #expect(json.count == 5)
        #expect(try json == JSON(parsing: text))
        #expect(json["d"]?.count == 6)
        #expect(json["e"]?["k"]?[1] == 2)
        #expect(json["a\""] == 1)
    }

    @Test(arguments: [
        (0, "0"), (7, "7"), (-7, "-7"), (10, "10"), (Int.max, "9223372036854775807"),
        (Int.min, "-9223372036854775808"), (1_234_567_890, "1234567890"),
    ])
    func integersAreWrittenInDecimal(value: Int, text: String) throws {
        var builder = JSONBuilder()
        builder.append(value)
        #expect(try builder.finish().text == text)
        #expect(JSON(value).text == text)
    }

    @Test(arguments: [
        #"{"a":[1,{"b":"\u00e9"},[[]],{}],"c":{"d":null}}"#,
        " { \"a\" : [ 1 , { \"b\" : \"\\u00e9\" } , [ [ ] ] , { } ] , \"c\" : { \"d\" : null } } ",
        "[]", " [ ] ", "[[]]", "[{},[]]", #"{"a":{}}"#, "1", " \"x\" ",
        "[ { \"a\" : [ [ 1 ] , 2 ] } , 3 ]",
    ])
    func existingValuesAreAppendedWithAllBelowThem(text: String) throws {
        let source = try JSON(parsing: text)
        var values = [source]
        var index = 0
        while index < values.count {
            let value = values[index]
            values += value.elements
            values += value.members.map(\.value)
            index += 1
        }
        for value in values {
            var builder = JSONBuilder()
            builder.beginArray()
            builder.append(value)
            builder.append("between")
            builder.append(value)
            builder.endArray()
            let json = try builder.finish()
            #expect(json.text == "[\(value.text),\"between\",\(value.text)]")
            #expect(json[0] == value)
            #expect(json[2] == value)
            #expect(json[2]?.text == value.text)
            #expect(json[2]?.depth == value.depth)
            #expect(json.depth == 1 + value.depth)
            #expect(try JSON(parsing: json.text) == json)
        }
    }

    @Test func depthOverTheLimitIsReportedAtTheEnd() throws {
        var builder = JSONBuilder(maximumDepth: 3)
        for depth in 1...5 {
            for _ in 0..<depth { builder.beginArray() }
            for _ in 0..<depth { builder.endArray() }
            let result = Result { try builder.finish() }
            #expect((try? result.get())?.depth == (depth <= 3 ? depth : nil))
        }
        for depth in 0...4 {
            let inner = try JSON(
                parsing: String(repeating: "[", count: depth) + "1"
                    + String(repeating: "]", count: depth))
            builder.beginObject()
            builder.member("a", inner)
            builder.member("b", inner)
            builder.endObject()
            if depth < 3 {
                #expect(try builder.finish().depth == depth + 1)
            } else {
                let error = #expect(throws: JSONError.self) { try builder.finish() }
                #expect(error?.code == .tooDeep)
            }
        }
    }

    @Test func valuesThatFlowsMakeNest480Deep() throws {
        func nested(_ depth: Int) throws -> JSON {
            try JSON(
                parsing: String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            )
        }
        #expect(try JSON(array: [nested(479)]).depth == 480)
        #expect(throws: JSONError.self) { try JSON(array: [nested(480)]) }
        #expect(throws: JSONError.self) { try JSON(object: [("a", nested(480))]) }
        // What counts is the part that is appended, not the document around it.
        let inner = try #require(try nested(512)[0]?[0]?[0])
        #expect(throws: JSONError.self) { try JSON(array: [inner]) }
        var part = try nested(512)
        for _ in 0..<40 { part = try #require(part[0]) }
        #expect(try JSON(array: [part]).depth == 473)
    }

    struct Misuse: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let calls: @Sendable (inout JSONBuilder) -> Void

        init(_ name: String, _ calls: @escaping @Sendable (inout JSONBuilder) -> Void) {
            testDescription = name
            self.calls = calls
        }
    }

    @Test(arguments: [
        Misuse("nothing") { _ in },
        Misuse("two values") {
            $0.append(1); $0.append(2)
        },
        Misuse("open array") { $0.beginArray() },
        Misuse("end without begin") { $0.endArray() },
        Misuse("end twice") {
            $0.beginArray(); $0.endArray(); $0.endArray()
        },
        Misuse("wrong end") {
            $0.beginArray(); $0.endObject()
        },
        Misuse("value without name") {
            $0.beginObject(); $0.append(1); $0.endObject()
        },
        Misuse("name without value") {
            $0.beginObject(); $0.name("a"); $0.endObject()
        },
        Misuse("two names") {
            $0.beginObject(); $0.name("a"); $0.name("b"); $0.append(1); $0.endObject()
        },
        Misuse("name in an array") {
            $0.beginArray(); $0.name("a"); $0.endArray()
        },
        Misuse("name alone") { $0.name("a") },
        Misuse("member alone") { $0.member("a", 1) },
        Misuse("container after the value") {
            $0.appendNull(); $0.beginObject(); $0.endObject()
        },
    ])
    func callsThatMakeNoValueAreReported(misuse: Misuse) throws {
        var builder = JSONBuilder()
        misuse.calls(&builder)
        let error = #expect(throws: JSONError.self) { try builder.finish() }
        #expect(error?.code == .misuse)
        builder.append("works again")
        #expect(try builder.finish() == "works again")
    }

    @Test func copiesOfABuilderGoTheirOwnWays() throws {
        var first = JSONBuilder()
        first.beginArray()
        first.append(1)
        var second = first
        second.append("two")
        first.append(2)
        var third = second
        third.beginObject()
        third.endObject()
        first.endArray()
        second.endArray()
        third.endArray()
        #expect(try first.finish().text == "[1,2]")
        #expect(try second.finish().text == #"[1,"two"]"#)
        #expect(try third.finish().text == #"[1,"two",{}]"#)
    }

    @Test func largeDocumentsGrowTheMemoryAndGiveItBack() throws {
        var builder = JSONBuilder()
        for count in [200_000, 3] {
            builder.beginArray()
            for index in 0..<count { builder.append("item \(index)") }
            builder.endArray()
            let json = try builder.finish()
            #expect(json.count == count)
            #expect(json[count - 1]?.string == "item \(count - 1)")
        }
    }

    /// How much memory the process has.
    private var residentBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let words = line.map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: " "))
        return (words.dropFirst().first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0)
            * sysconf(Int32(_SC_PAGESIZE))
    }

    @Test func manySmallValuesOfOneDocumentAreNoMemoryForEver() throws {
        let numbers = String(repeating: "1,", count: 249_999) + "1"
        let large = try JSON(parsing: "[\(numbers)]")
        let before = residentBytes
        var builders: [JSONBuilder] = []
        for _ in 0..<80 {
            var builder = JSONBuilder()
            builder.append(large)
            #expect(try builder.finish().count == 250_000)
            builders.append(builder)
        }
        // Their nodes alone would take four times as much.
        #expect(residentBytes - before < 80_000_000)
        withExtendedLifetime(builders) {}
    }
}
