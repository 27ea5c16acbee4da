@testable import SluiceJSON

/// The JSON parser: what it accepts is written and read again as the same value.
enum JSONTarget: FuzzTarget {
    static let name = "json"

    static func seeds() throws -> [[UInt8]] {
        let texts = [
            "null", "true", " false ", "0", "-0", "12", "-1.5e+10", "1E400", "1e-400", "0.1",
            "123456789012345678901234567890", "9223372036854775807", "-9223372036854775808",
            "5e-324", "1.7976931348623157e308", "0.30000000000000004", "1.0", "100e-2",
            #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0041\u00e9\u2028""#,
            #""\ud83d\ude00""#, #""\ud83d""#, #""\ude00""#, "\"é😀\u{10FFFF}\"", "\"\u{7F}\"",
            "[]", "[1]", "[1,]", "[,1]", "[[[[[]]]]]", "{}", #"{"a":1}"#, #"{"a":1,"a":2}"#,
            #"{"a":{"b":[1,{"c":null}]},"d":"e"}"#, "[1 2]", #"{"a" 1}"#, "{1:2}", "nul", "+1",
            "01", "1.", ".5", "1e", "- 1", "\t\r\n 1 \n", "1 2", "\u{FEFF}1", #"["\x"]"#,
            #"{"":{"":{"":[[],{},"",0]}}}"#,
            #"{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9}"#,
        ]
        return texts.map { Array($0.utf8) } + [
            Array("\"".utf8) + [0xC3, 0x28, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22],
        ]
    }

    static func run(_ input: [UInt8]) {
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: input)
        } catch {
            require((0...input.count).contains(error.offset), "an error lies at \(error.offset)")
            return
        }
        let text = json.text
        require(text.utf8.count == json.textByteCount, "the text has other bytes than it counts")
        for other in [text, json.pretty()] {
            guard let again = try? JSON(parsing: other) else {
                return require(false, "what was written is not read")
            }
            require(again == json && json == again, "what was written is another value")
            require(again.isIdentical(to: json), "what was written is not identical")
            require(again.text == text, "what was written is written otherwise")
            require(again.depth == json.depth, "what was written is nested otherwise")
        }
        var builder = JSONBuilder()
        builder.append(json)
        let copy = try? builder.finish()
        require(copy?.isIdentical(to: json) == true, "a copy is not identical")
        use(json, depth: 0)
    }

    /// Asks a value everything.
    private static func use(_ json: JSON, depth: Int) {
        if let number = json.number {
            let again = JSONNumber(json.text)
            require(again == number, "a number is not itself")
        }
        _ = (json.int, json.double, json.bool, json.sourceRange)
        if let string = json.string { require(JSON(string) == json, "a string is not itself") }
        var count = 0
        for (index, element) in json.elements.enumerated() {
            if index < 5 { require(json[index]?.text == element.text, "an element is another") }
            use(element, depth: depth + 1)
            count += 1
        }
        for member in json.members {
            require(member.isNamed(member.name), "a member is not named as it is")
            if count < 5 { require(json[member.name] != nil, "a member is not found") }
            use(member.value, depth: depth + 1)
            count += 1
        }
        require(json.kind != .array && json.kind != .object || json.count == count, "a wrong count")
    }
}
