import SluiceJSON
import SluiceTesting
import Testing

@Suite struct FailTests {
    @Test func failsEveryMessageAsItIsTold() throws {
        let fail = try node("fail", ["code": "no_way", "message": "not here", "retryable": true])
        let failures = try fail.send([1, 2], to: "in").all("error")
        #expect(failures.map { $0["message"] } == [1, 2])
        let failure = try #require(failures.first)
        #expect(failure["code"] == "no_way")
        #expect(failure["error"] == "not here")
        #expect(failure["retryable"] == true)
    }

    @Test(arguments: ["", "No", "no-way", "a b"]) func aCodeIsAWord(code: String) throws {
        #expect(try refusedSetting(of: "fail", ["code": JSON(code)]) == "$.code")
    }
}
