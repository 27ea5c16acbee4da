import SluiceSystem
import Testing

@testable import SluiceBench

/// The vectors come from the definition in C++ that the other engines' drivers share.
@Suite struct DataTests {
    @Test func theGeneratorGivesTheKnownNumbers() {
        #expect(SplitMix.mix(1) == 6_238_072_747_940_578_789)
        #expect(SplitMix.mix(SplitMix.golden) == 16_294_208_416_658_607_535)
        var generator = SplitMix(seed: 42)
        #expect(generator.next() == 13_679_457_532_755_275_413)
        #expect(generator.next() == 2_949_826_092_126_892_291)
        #expect(generator.next() == 5_139_283_748_462_763_858)
    }

    @Test(arguments: [
        (UInt64(0), "user/00000000/msg/000000"), (99, "user/00000000/msg/000099"),
        (100, "user/00000001/msg/000000"), (123_456_789, "user/01234567/msg/000089"),
    ])
    func aKeyNamesItsUserAndMessage(number: UInt64, text: String) {
        #expect(Keys.key(number) == Array(text.utf8))
        var key = Keys.key(99_999_999)
        Keys.set(&key, number)
        #expect(key == Array(text.utf8))
    }

    struct ValueCase {
        var byteCount: Int
        var seed: UInt64
        var number: UInt64
        var version: UInt64
        var text: String
    }

    @Test(arguments: [
        ValueCase(
            byteCount: 32, seed: 1, number: 0, version: 9,
            text: #"{"id":"0000000063","t":"GcrpKT"}"#),
        ValueCase(
            byteCount: 32, seed: 7, number: 4095, version: 0,
            text: #"{"id":"0000004095","t":"TRaX0F"}"#),
        ValueCase(
            byteCount: 100, seed: 1, number: 4096, version: 0,
            text: #"{"id":"0000000000","t":"YDTWDddGV.hPQ8csolv9NI98Ap8xZaS05XITJ."#
                + #"ar7IwWNNYl6oMH3sPI0peI4xIgutctTsUTQJ"}"#),
        ValueCase(
            byteCount: 100, seed: 7, number: 4095, version: 9,
            text: #"{"id":"0000000062","t":"msFw9UrUlgJlWdsLs op3n7Vl5DNj."#
                + #"h5EhIuVhDyf1bkoi9kpunORpFYLQAOXE.1TVAwwb5Ewf"}"#),
    ])
    func aValueIsTheKnownText(_ value: ValueCase) {
        let pool = ValuePool(byteCount: value.byteCount, seed: value.seed)
        #expect(pool.value(value.number, version: value.version) == Array(value.text.utf8))
    }

    @Test func aPoolOfLargeValuesIsSmall() {
        let value = ValuePool(byteCount: 1_000_000, seed: 1).value(35)
        #expect(value.count == 1_000_000)
        #expect(value.starts(with: Array(#"{"id":"0000000002","#.utf8)))
        #expect(value.suffix(20) == Array(#" caBT5WHY x1Z91sOTG"}"#.utf8).suffix(20))
    }

    struct OrderCase {
        var count: UInt64
        var seed: UInt64
        var numbers: [UInt64]
    }

    @Test(arguments: [
        OrderCase(count: 1, seed: 3, numbers: [0]),
        OrderCase(count: 10, seed: 3, numbers: [0, 7, 4, 3, 5, 2, 1, 6]),
        OrderCase(count: 1000, seed: 1, numbers: [65, 528, 604, 396, 107, 216, 719, 784]),
        OrderCase(
            count: 1_000_000, seed: 1,
            numbers: [999_403, 809_619, 511_714, 527_074, 435_623, 878_743, 562_951, 140_149]),
    ])
    func anOrderIsTheKnownPermutation(_ order: OrderCase) {
        let positions = KeyOrder(count: order.count, seed: order.seed)
        #expect(order.numbers.indices.map { positions[UInt64($0)] } == order.numbers)
        let all = (0..<min(order.count, 1000)).map { positions[$0] }
        #expect(Set(all).count == all.count)
    }
}
