/// A date and time of day in the proleptic Gregorian calendar, years 0 to 9999, UTC.
struct CivilTime: Equatable {
    var year = 1970
    var month = 1
    var day = 1
    var hour = 0
    var minute = 0
    /// 60 in a leap second, which counts as the second after it.
    var second = 0
    var millisecond = 0

    static let daysPerEra = 146_097
    static let millisecondsPerDay = 86_400_000

    /// Milliseconds since 1970-01-01; nil where a part is out of its range.
    var milliseconds: Int? {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.days(in: month, of: year), (0...23).contains(hour),
            (0...59).contains(minute), (0...60).contains(second), (0...999).contains(millisecond)
        else { return nil }
        let seconds = (hour * 60 + minute) * 60 + second
        return days * Self.millisecondsPerDay + seconds * 1_000 + millisecond
    }

    /// Days since 1970-01-01.
    ///
    /// Years begin in March, so that the leap day ends one; 400 of them
    /// make an era of equal length.
    private var days: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Self.floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysPerEra + dayOfEra - 719_468
    }

    /// The time at `milliseconds` since 1970; nil outside of the years 0 to 9999.
    init?(milliseconds: Int) {
        let days = Self.floorDivide(milliseconds, Self.millisecondsPerDay)
        guard (-719_528...2_932_896).contains(days) else { return nil }
        let rest = milliseconds - days * Self.millisecondsPerDay
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1_000 % 60
        millisecond = rest % 1_000
        let shifted = days + 719_468
        let era = Self.floorDivide(shifted, Self.daysPerEra)
        let dayOfEra = shifted - era * Self.daysPerEra
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    init() {}

    /// 0 is Sunday.
    var weekday: Int { ((days + 4) % 7 + 7) % 7 }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func floorDivide(_ left: Int, _ right: Int) -> Int {
        left >= 0 ? left / right : (left + 1) / right - 1
    }
}
