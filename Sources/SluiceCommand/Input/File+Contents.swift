import Sluice

extension File {
    /// Reads up to the end.
    func contents() throws(FileError) -> [UInt8] {
        var text: [UInt8] = []
        while true {
            let part = try read(upTo: 65_536)
            guard !part.isEmpty else { return text }
            text += part
        }
    }
}
