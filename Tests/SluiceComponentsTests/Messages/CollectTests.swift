import SluiceJSON
import SluiceTesting
import Testing

@Suite struct CollectTests {
    @Test func anArrayLeavesWhenItHasManyBytes() throws {
        let collect = try node("collect", ["count": 1000, "maximumBytes": 20])
        let text = JSON(String(repeating: "x", count: 8))
        #expect(try collect.send([text, text, text], to: "in").only("out") == [text, text])
        #expect(try collect.finish().only("out") == [text])
    }

    @Test func anArrayLeavesWhenItIsFull() throws {
        let collect = try node("collect", ["count": 2])
        #expect(try collect.send(1, to: "in").isEmpty)
        #expect(try collect.send([2, 3, 4, 5], to: "in").all("out") == [[1, 2], [3, 4]])
        #expect(try collect.finish().only("out") == [5])
    }

    @Test func anArrayLeavesWhenItsTimeIsOver() throws {
        let collect = try node("collect", ["everyMs": 100])
        try collect.send(1, to: "in")
        #expect(collect.advance(milliseconds: 60).isEmpty)
        try collect.send(2, to: "in")
        #expect(try collect.advance(milliseconds: 40).only("out") == [1, 2])
        #expect(collect.advance(milliseconds: 1000).isEmpty)
        try collect.send(3, to: "in")
        #expect(try collect.advance(milliseconds: 100).only("out") == [3])
        #expect(collect.finish().isEmpty)
    }

    @Test func theTimeCountsFromTheFirstMessageOfEachArray() throws {
        let collect = try node("collect", ["count": 2, "everyMs": 100])
        try collect.send(1, to: "in")
        collect.advance(milliseconds: 90)
        #expect(try collect.send([2, 3], to: "in").only("out") == [1, 2])
        #expect(collect.advance(milliseconds: 99).isEmpty)
        #expect(try collect.advance(milliseconds: 1).only("out") == [3])
    }

    @Test func whatNestsTooDeepFailsAlone() throws {
        let collect = try node("collect", ["count": 2])
        let deep = try JSON(
            parsing: String(repeating: "[", count: 480) + String(repeating: "]", count: 480))
        let received = try collect.send([1, deep, 2], to: "in")
        #expect(received["out"] == [[1, 2]])
        #expect(received["error"].map { $0["code"] } == ["too_deep"])
    }

    @Test func countOrTimeHasToBeGiven() throws {
        #expect(try refusedSetting(of: "collect", [:]) == "$")
        #expect(try refusedSetting(of: "collect", ["count": 0]) == "$.count")
        #expect(try refusedSetting(of: "collect", ["everyMs": 0]) == "$.everyMs")
    }
}
