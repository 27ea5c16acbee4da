@testable import SluiceJSON

/// JSONPath: a line with a path, then the value it is asked of.
enum PathTarget: FuzzTarget {
    static let name = "path"

    private static let document =
        #"{"a":[1,-2.5,"x",{"b":null,"c":[true,"date"]}],"é":{"":0,"'":"\"\\"},"n":9007199254740993}"#

    static func seeds() throws -> [[UInt8]] {
        let paths = [
            "$", "$.a", "$['a']", #"$["\u00e9"]"#, "$.a[0]", "$.a[-1]", "$.a[1:3]", "$.a[::-1]",
            "$.a[10:0:-2]", "$.*", "$..*", "$..c[0]", "$[?@.b]", "$.a[?@>0]", "$.a[?@.c[0]==true]",
            "$..[?length(@)==1]", "$..[?count(@.*)>1]", #"$..[?match(@,'d.t[a-e]')]"#,
            #"$..[?search(@,'[^\\p{L}]')]"#, "$..[?value(@..b)==null]", "$[?!(@.x||@.c)&&$.n<1e3]",
            "$.a[0,1,'b',?@=='x']", #"$["'"]['\'']"#, "$.a[9007199254740991]", "$.a[?@!=-0.5e-3]",
            "$[?((((@))))]", "$.é", "a", "$.", "$[", "$[?", "$[01]", "$[?@.a==]", "$[?foo(@)]",
        ]
        return paths.map { Array(($0 + "\n" + document).utf8) }
    }

    static func run(_ input: [UInt8]) {
        let (text, rest) = InputCut.line(input)
        let path: JSONPath
        do throws(JSONPathError) {
            path = try JSONPath(text)
        } catch {
            require(
                (0...text.utf8.count).contains(error.offset), "an error lies at \(error.offset)")
            return
        }
        require((try? JSONPath(path.description)) == path, "a path is not itself")
        // Descendants of descendants grow with every step, as the standard has it.
        guard text.utf8.count(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "?") }) < 12,
            rest.count < 500, let json = try? JSON(parsing: rest)
        else { return }
        let nodes = path.nodes(in: json)
        let values = path.values(in: json)
        require(nodes.map(\.value.text) == values.map(\.text), "nodes have other values")
        require(path.first(in: json)?.text == values.first?.text, "the first node is another")
        require(!path.isSingular || values.count <= 1, "a singular path finds several nodes")
        for (normalized, value) in nodes.prefix(20) {
            guard let found = try? JSONPath(normalized) else {
                return require(false, "\(normalized) is no path")
            }
            require(found.isSingular, "\(normalized) is not singular")
            // Where names repeat, a path leads to one of them.
            let isThere = found.values(in: json).contains { $0.text == value.text }
            require(isThere || repeatsNames(json), "\(normalized) leads elsewhere")
        }
    }

    private static func repeatsNames(_ json: JSON) -> Bool {
        let names = json.members.map { Array($0.name.utf8) }
        return Set(names).count < names.count || json.elements.contains(where: repeatsNames)
            || json.members.contains { repeatsNames($0.value) }
    }
}
