import SluiceJSON
import SluiceTesting
import Testing

@Suite struct LogTests {
    @Test(
        arguments: [
            ([:], "node: {\"a\":1.10}"),
            (["label": "saved"], "saved: {\"a\":1.10}"),
            (["label": ""], "{\"a\":1.10}"),
        ] as [(JSON, String)])
    func writesALineAndPassesTheMessageOn(settings: JSON, line: String) throws {
        let log = try node("log", settings)
        let message = try JSON(parsing: #"{ "a": 1.10 }"#)
        #expect(try log.send(message, to: "in").only("out").isIdentical(to: message))
        #expect(log.log == [line])
    }
}
