import SluiceJSON
import Testing

@Suite struct EqualityTests {
    @Test(arguments: [
        ("1", "1.0"), (#""\u0041\/""#, #""A/""#), ("[1,2]", " [ 1.0 , 2e0 ] "),
        (#"{"a":1,"b":[2]}"#, #"{"b":[2.0],"a":1}"#), (#"{"a":1,"a":2}"#, #"{"a":2}"#),
        (#"{"a":1,"a":2}"#, #"{"a":3,"a":2}"#),
        (#"{"a":[1],"b":0,"a":[2]}"#, #"{"a":[3],"b":0,"a":[2]}"#),
        (#"{"\u0061":1}"#, #"{"a":1}"#), (#"{"\u0061":1,"a":2}"#, #"{"a":2.0}"#), ("{}", "{ }"),
        ("[]", "[ ]"),
        (#"[[{"a":{"b":[]}}]]"#, #"[[ {"a":{"b":[]}} ]]"#),
    ])
    func valuesAreEqualHoweverWritten(left: String, right: String) throws {
        let (left, right) = (try JSON(parsing: left), try JSON(parsing: right))
        #expect(left == right)
        #expect(right == left)
    }

    @Test(arguments: [
        ("1", "2"), ("1", "\"1\""), ("0", "false"), ("null", "false"), ("true", "false"),
        ("[]", "{}"),
        ("[1]", "[1,1]"), ("[1,2]", "[2,1]"), (#"{"a":1}"#, #"{"b":1}"#),
        (#"{"a":1}"#, #"{"a":1,"b":2}"#),
        (#"{"a":1,"b":2}"#, #"{"a":1,"c":2}"#), (#"{"a":1,"a":2}"#, #"{"a":1}"#),
        (#"{"a":2,"a":1,"b":1}"#, #"{"a":1,"a":2,"b":1}"#), ("\"\u{E9}\"", "\"e\u{301}\""),
        ("{\"\u{E9}\":1}", "{\"e\u{301}\":1}"), (#""a""#, #""a\u0000""#),
        ("[[],[[1]]]", "[[],[[2]]]"),
        (#"{"a":null}"#, "{}"), ("1e400", "1e401"), (#""A""#, #""\u0042""#),
    ])
    func valuesThatDifferAreNotEqual(left: String, right: String) throws {
        let (left, right) = (try JSON(parsing: left), try JSON(parsing: right))
        #expect(left != right)
        #expect(right != left)
        #expect(!left.isIdentical(to: right))
    }

    @Test func identityAsksForTheSameText() throws {
        let json = try JSON(parsing: #"{"a":1.0,"b":"\u0041"}"#)
        #expect(json.isIdentical(to: try JSON(parsing: #"{ "a" : 1.0, "b" : "\u0041" }"#)))
        #expect(!json.isIdentical(to: try JSON(parsing: #"{"b":"\u0041","a":1.0}"#)))
        #expect(!json.isIdentical(to: try JSON(parsing: #"{"a":1,"b":"\u0041"}"#)))
        #expect(!json.isIdentical(to: try JSON(parsing: #"{"a":1.0,"b":"A"}"#)))
    }

    @Test func largeObjectsAreComparedInAnyOrder() throws {
        let count = 50_000
        let members = (0..<count).map { ("name \($0)", JSON($0)) }
        let json = try JSON(object: members)
        let reversed = try JSON(object: members.reversed())
        #expect(json == reversed)
        #expect(try json == JSON(parsing: json.pretty()))
        let other = try JSON(object: members.dropLast() + [("name x", 1)])
        #expect(json != other)
        #expect(other != reversed)
        let doubled = try JSON(object: members.map { ($0.0, JSON.null) } + members)
        #expect(doubled == json)
        #expect(json == doubled)
        #expect(doubled != other)
    }

    @Test func deepValuesAreComparedWithoutRecursion() throws {
        func nested(_ depth: Int, _ core: Int) throws -> JSON {
            var builder = JSONBuilder(maximumDepth: .max)
            for level in 0..<depth {
                if level % 2 == 0 {
                    builder.beginArray()
                } else {
                    builder.beginObject()
                    builder.name("a")
                }
            }
            builder.append(core)
            for level in (0..<depth).reversed() {
                if level % 2 == 0 { builder.endArray() } else { builder.endObject() }
            }
            return try builder.finish()
        }
        let json = try nested(200_000, 1)
        #expect(json.depth == 200_000)
        #expect(json[0]?.depth == 199_999)
        #expect(try json == nested(200_000, 1))
        #expect(try json != nested(200_000, 2))
        #expect(try JSON(parsing: json.pretty(indent: 0), maximumDepth: .max) == json)
        #expect(try JSON(parsing: json.pretty(indent: 0), maximumDepth: .max).isIdentical(to: json))
        let path = try JSONPath("$..[?@ == 1]")
        #expect(path.nodes(in: json).count == 1)
    }
}
