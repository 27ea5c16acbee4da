import SluiceJSON
import SluiceTesting
import Testing

@Suite struct InjectTests {
    @Test func emitsItsMessagesInOrderOnce() throws {
        let inject = try node("inject", ["messages": [1, ["a": .null], "x", [2]]])
        #expect(try inject.finish().all("out") == [1, ["a": .null], "x", [2]])
    }

    @Test func emitsMoreThanAnEdgeHolds() throws {
        let messages = (0..<1000).map { JSON($0) }
        let inject = try node("inject", ["messages": JSON(array: messages)])
        #expect(try inject.finish().all("out") == messages)
    }
}
