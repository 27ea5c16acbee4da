import Sluice

/// What became of the cases of several test files.
public struct TestReport: Sendable {
    /// The files, in the order in which they ran.
    public var files: [TestFileResult] = []

    /// Creates an empty report.
    public init() {}

    /// How many cases passed.
    public var passed: Int { files.reduce(0) { $0 + $1.cases.count { $0.hasPassed } } }
    /// How many cases failed.
    public var failed: Int { files.reduce(0) { $0 + $1.cases.count { !$0.hasPassed } } }
    /// How many files could not be run.
    public var broken: Int { files.count { $0.isBroken } }

    /// The report in the XML format of JUnit, which build servers read.
    ///
    /// A file that could not be run is a suite with one case of its own that is an error.
    public var junit: String {
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites tests=\"\(passed + failed + broken)\" failures=\"\(failed)\" "
                + "errors=\"\(broken)\">",
        ]
        for file in files {
            let count = file.cases.count + (file.isBroken ? 1 : 0)
            lines.append(
                "  <testsuite name=\"\(file.path.xml)\" tests=\"\(count)\" "
                    + "failures=\"\(file.cases.count { !$0.hasPassed })\" "
                    + "errors=\"\(file.isBroken ? 1 : 0)\">")
            for test in file.cases { lines += test.junit(file.path) }
            if file.isBroken {
                let text = file.diagnostics.map(\.rendered).joined(separator: "\n")
                lines.append("    <testcase name=\"(the file)\" classname=\"\(file.path.xml)\">")
                lines.append("      <error message=\"the file cannot be run\">\(text.xml)</error>")
                lines.append("    </testcase>")
            }
            lines.append("  </testsuite>")
        }
        return lines.joined(separator: "\n") + "\n</testsuites>\n"
    }
}

extension TestCaseResult {
    fileprivate func junit(_ file: String) -> [String] {
        let milliseconds = Int(duration / .milliseconds(1))
        let digits = String(milliseconds % 1000 + 1000).dropFirst()
        let head =
            "    <testcase name=\"\(name.xml)\" classname=\"\(file.xml)\" "
            + "time=\"\(milliseconds / 1000).\(digits)\""
        guard let first = problems.first else { return ["\(head)/>"] }
        let text = problems.map(\.rendered).joined(separator: "\n")
        return [
            "\(head)>", "      <failure message=\"\(first.text.xml)\">\(text.xml)</failure>",
            "    </testcase>",
        ]
    }
}

extension String {
    /// The text as XML 1.0 takes it in contents and attributes.
    fileprivate var xml: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "\n", "\t": text += "&#\(scalar.value);"
            // XML has no way to write other control characters, nor these two.
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
