import SluiceJSON
import SluiceSystem
import Testing

@Suite struct RobustnessTests {
    private static let sample =
        #" {"name":"é\u00e9\ud83d\ude00\n","list":[1,-2.5e+10,true,false,null,[],{}],"deep":{"a":{"b":[[1]]}}} "#

    @Test func everyTruncationIsRefused() {
        let bytes = Array(Self.sample.utf8)
        for end in 0..<bytes.count - 1 {
            let error = #expect(throws: JSONError.self) { try JSON(parsing: Array(bytes[..<end])) }
            #expect(error.map { $0.offset <= end } == true)
            #expect(error?.code == .unexpectedEnd || error?.code == .invalidUTF8, "\(end)")
        }
    }

    @Test(arguments: [UInt64](1...20)) func flippedBytesNeverTrap(seed: UInt64) throws {
        var random = SplitMix(seed)
        let original = Array(Self.sample.utf8)
        var parser = JSONParser()
        for _ in 0..<1_000 {
            var bytes = original
            for _ in 0...random.next(below: 3) {
                bytes[random.next(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            guard let json = try? parser.parse(bytes[...]) else { continue }
            let again = try JSON(parsing: json.text)
            #expect(again == json, "seed \(seed): \(bytes)")
            use(json)
        }
    }

    /// Asks a value everything.
    private func use(_ json: JSON) {
        _ = (
            json.int, json.double, json.number?.isInteger, json.depth, json.pretty(),
            json.textByteCount
        )
        _ = json["name"]?.string
        for element in json.elements { use(element) }
        for member in json.members {
            _ = member.name
            use(member.value)
        }
    }

    @Test(arguments: [UInt64](1...20)) func randomValuesComeBack(seed: UInt64) throws {
        var random = SplitMix(seed)
        for _ in 0..<100 {
            var builder = JSONBuilder()
            var blanks: [UInt8] = []
            append(to: &builder, depth: 0, &random)
            let json = try builder.finish()
            #expect(try JSON(parsing: json.text).isIdentical(to: json), "seed \(seed)")
            spread(json, to: &blanks, &random)
            let spread = try JSON(parsing: blanks)
            #expect(spread == json, "seed \(seed)")
            #expect(spread.isIdentical(to: json), "seed \(seed)")
            #expect(spread.text == json.text, "seed \(seed)")
            #expect(spread.depth == json.depth, "seed \(seed)")
            var copier = JSONBuilder()
            copier.append(spread)
            #expect(try copier.finish().isIdentical(to: json), "seed \(seed)")
            let path = try JSONPath("$..*")
            for (normalized, value) in path.nodes(in: spread) where value.kind != .object {
                let found = try JSONPath(normalized).first(in: json)
                let isLast = found?.text == value.text
                #expect(isLast || hasRepeatedNames(json), "seed \(seed): \(normalized)")
            }
        }
    }

    private func hasRepeatedNames(_ json: JSON) -> Bool {
        let names = json.members.map { Array($0.name.utf8) }
        return Set(names).count < names.count
            || json.elements.contains(where: hasRepeatedNames)
            || json.members.contains { hasRepeatedNames($0.value) }
    }

    private func append(to builder: inout JSONBuilder, depth: Int, _ random: inout SplitMix) {
        switch random.next(below: depth < 5 ? 8 : 5) {
        case 0: builder.appendNull()
        case 1: builder.append(random.next(below: 2) == 0)
        case 2: builder.append(Int(truncatingIfNeeded: random.next()) >> random.next(below: 64))
        case 3: builder.append(string(&random))
        case 4:
            let exponent = random.next(below: 1_000) - 500
            let text = "-0.\(random.next(below: 1_000))E\(exponent)"
            if let number = JSONNumber(text) { builder.append(number) }
        case 5, 6:
            builder.beginArray()
            for _ in 0..<random.next(below: 6) { append(to: &builder, depth: depth + 1, &random) }
            builder.endArray()
        default:
            builder.beginObject()
            for _ in 0..<random.next(below: 12) {
                builder.name(string(&random))
                append(to: &builder, depth: depth + 1, &random)
            }
            builder.endObject()
        }
    }

    private func string(_ random: inout SplitMix) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "c", " ", "\"", "\\", "/", "\n", "\u{0}", "\u{7F}", "é", "\u{2028}", "😀",
            "\u{10FFFF}",
        ]
        var string = ""
        for _ in 0..<random.next(below: 20) {
            string.unicodeScalars.append(scalars[random.next(below: scalars.count)])
        }
        return string
    }

    /// Writes a value with random white space between its tokens.
    private func spread(_ json: JSON, to bytes: inout [UInt8], _ random: inout SplitMix) {
        func blank(_ bytes: inout [UInt8]) {
            for _ in 0..<random.next(below: 3) {
                bytes.append(contentsOf: [" ", "\n", "\t", "\r"][random.next(below: 4)].utf8)
            }
        }
        blank(&bytes)
        if json.kind == .array || json.kind == .object {
            let isArray = json.kind == .array
            bytes.append(UInt8(ascii: isArray ? "[" : "{"))
            var isFirst = true
            for (name, value) in json.elements.map({ (String?.none, $0) })
                + json.members.map({ (String?.some($0.name), $0.value) })
            {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                if let name {
                    spread(JSON(name), to: &bytes, &random)
                    bytes.append(UInt8(ascii: ":"))
                }
                spread(value, to: &bytes, &random)
            }
            blank(&bytes)
            bytes.append(UInt8(ascii: isArray ? "]" : "}"))
        } else {
            json.write(to: &bytes)
        }
        blank(&bytes)
    }
}
