import Sluice
import SluiceJSON

extension TestFileReader {
    /// Reads which files a case gets.
    mutating func readFixtures(_ json: JSON?) -> [TestFile.Fixture] {
        guard let json, object(json, "`files`") else { return [] }
        return json.members.compactMap { member in
            guard checkFileName(member), string(member.value, "a file to copy") != nil else {
                return nil
            }
            return TestFile.Fixture(
                name: member.name, nameRange: member.nameSourceRange, path: member.value)
        }
    }

    /// Reads what files have to hold: a string is a file's text, as is an object of predicates; an
    /// array is a list of messages, a line each, and any other value a list of one.
    mutating func readFileExpectations(_ json: JSON?) -> [TestFile.FileExpectation] {
        guard let json, object(json, "`expectFiles`") else { return [] }
        return json.members.compactMap { member in
            guard checkFileName(member) else { return nil }
            let pattern = pattern(member.value)
            let content: TestFile.FileExpectation.Content =
                switch pattern.form {
                case .array(let lines): .lines(lines)
                case .predicates: .text(pattern)
                case .equal where member.value.string != nil: .text(pattern)
                case .equal, .object: .lines([pattern])
                }
            return TestFile.FileExpectation(
                name: member.name, nameRange: member.nameSourceRange, content: content)
        }
    }

    private mutating func checkFileName(_ member: JSON.Member) -> Bool {
        guard member.name.isEmpty || member.name.utf8.contains(0) else { return true }
        note(
            .wrongValue, "no file has this name: give the path as the settings have it",
            at: member.nameSourceRange)
        return false
    }
}
