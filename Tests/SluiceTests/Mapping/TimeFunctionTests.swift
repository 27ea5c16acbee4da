import Sluice
import SluiceJSON
import Testing

struct TimeFunctionTests {
    @Test(arguments: [
        Row("formattime(0)", #""1970-01-01T00:00:00.000Z""#),
        Row("formattime(-1)", #""1969-12-31T23:59:59.999Z""#),
        Row("formattime(951782400000)", #""2000-02-29T00:00:00.000Z""#),
        Row("formattime(-2203891200001)", #""1900-02-28T23:59:59.999Z""#),
        Row("formattime(-62167219200000)", #""0000-01-01T00:00:00.000Z""#),
        Row("formattime(253402300799999)", #""9999-12-31T23:59:59.999Z""#),
        Row("formattime(253402300800000)", "error: outside of the years 0 to 9999"),
        Row("formattime(-62167219200001)", "error: outside of the years 0 to 9999"),
        Row("formattime(9223372036854775807)", "error: outside of the years 0 to 9999"),
        Row("formattime(-9223372036854775808)", "error: outside of the years 0 to 9999"),
        Row("formattime(1.5)", "error: `formattime` needs an integer of 64 bits, not a number"),
        Row(
            "formattime(0, '%A %a %B %b %y %e %I%p %s %z %%')",
            #""Thursday Thu January Jan 70 1 12AM 0 +0000 %""#),
        Row("formattime(43200000, '%I %p é')", #""12 PM é""#),
        Row("formattime(-1500, '%s %L')", #""-2 500""#),
        Row("formattime(0, '%q')", "error: the layout has no %q"),
        Row("formattime(0, '%')", "error: the layout ends with a single %"),
    ])
    func instantsAreWritten(_ row: Row) {
        expect(row)
    }

    @Test(arguments: [
        Row("parsetime('1970-01-01T00:00:00Z')", "0"),
        Row("parsetime('1970-01-01t00:00:00.0009z')", "0"),
        Row("parsetime('1970-01-01 00:00:00.1+00:00')", "100"),
        Row("parsetime('1970-01-01T00:00:00-00:30')", "1800000"),
        Row("parsetime('2016-12-31T23:59:60Z') == parsetime('2017-01-01T00:00:00Z')", "true"),
        Row("parsetime('2000-02-29T00:00:00Z')", "951782400000"),
        Row("parsetime('1900-02-29T00:00:00Z')", "error: no RFC 3339 time"),
        Row("parsetime('2026-01-31')", "error: no RFC 3339 time"),
        Row("parsetime('2026-01-31T00:00:00')", "error: no RFC 3339 time"),
        Row("parsetime('2026-01-31T00:00:00+0100')", "error: no RFC 3339 time"),
        Row("parsetime('2026-01-31T24:00:00Z')", "error: no RFC 3339 time"),
        Row("parsetime('2026-13-01T00:00:00Z')", "error: no RFC 3339 time"),
        Row("parsetime('2026-00-01T00:00:00Z')", "error: no RFC 3339 time"),
        Row("parsetime('2026-01-01T00:00:00.Z')", "error: no RFC 3339 time"),
        Row("parsetime('2026-01-01T00:00:00Z ')", "error: no RFC 3339 time"),
        Row("parsetime('')", "error: no RFC 3339 time"),
        Row("parsetime('Sat 31 jan 2026 09:30 pm', '%a %e %b %Y %I:%M %p')", "1769895000000"),
        Row("parsetime('12 AM', '%I %p')", "0"),
        Row("parsetime('13 PM', '%I %p')", "error: names a time that does not exist"),
        Row("parsetime('30.02.26', '%d.%m.%y')", "error: names a time that does not exist"),
        Row("parsetime('+0130', '%z')", "-5400000"),
        Row("parsetime('-1.250', '%s.%L')", "-750"),
        Row("parsetime('99999999999999999999', '%s')", "error: does not fit the layout"),
        Row("parsetime('9223372036854775807', '%s')", "error: names a time that does not exist"),
        Row("parsetime('2026x', '%Y')", "error: goes on behind the layout's end"),
        Row("parsetime('é%', 'é%%')", "0"),
    ])
    func timesAreRead(_ row: Row) {
        expect(row)
    }

    @Test(arguments: [
        Row("duration('0')", "0"),
        Row("duration('250ms')", "250"),
        Row("duration('1.5h')", "5400000"),
        Row("duration('2w3d')", "1468800000"),
        Row("duration('.5s')", "500"),
        Row("duration('1.s')", "1000"),
        Row("duration('+1m')", "60000"),
        Row("duration('1m1m')", "120000"),
        Row("duration('0.0005s')", "error: no duration"),
        Row("duration('1')", "error: no duration"),
        Row("duration('')", "error: no duration"),
        Row("duration('-')", "error: no duration"),
        Row("duration('.s')", "error: no duration"),
        Row("duration('1 h')", "error: no duration"),
        Row("duration('1us')", "error: no duration"),
        Row("duration('1H')", "error: no duration"),
        Row("duration('9223372036854775807w')", "error: no duration"),
        Row("duration('9223372036854775807ms1ms')", "error: no duration"),
        Row("duration(5)", "error: `duration` needs a string, not a number"),
    ])
    func durationsAreWholeMilliseconds(_ row: Row) {
        expect(row)
    }

    @Test func everyDayOfTheCalendarGoesThereAndBack() throws {
        let template = try Template("{{parsetime(formattime($)) == $}}")
        let day: Int = 86_400_000
        var wrong: [Int] = []
        for number in stride(from: -719_528, through: 2_932_896, by: 97) {
            let instant = number * day + 86_399_999 * (number & 1)
            if try template.evaluate(JSON(instant), Mapping.context) != true {
                wrong.append(instant)
            }
        }
        #expect(wrong.isEmpty)
    }
}
