import SluiceJSON
import Testing

@Suite struct JSONTests {
    @Test func textIsKeptAsItCame() throws {
        let text = #"{"b":1.10,"a":[1e400,"\u00e9"],"b":null}"#
        let json = try JSON(parsing: text)
        #expect(json.text == text)
        #expect(json.count == 3)
        #expect(json["a"]?[1]?.string == "é")
        #expect(json["b"] == JSON.null)
    }
}
