extension Substring {
    /// The first place of a text.
    package func range(of text: String) -> Swift.Range<Index>? {
        guard let first = text.utf8.first else { return startIndex..<startIndex }
        var start = startIndex
        while let place = utf8[start...].firstIndex(of: first) {
            if utf8[place...].starts(with: text.utf8) {
                return place..<utf8.index(place, offsetBy: text.utf8.count)
            }
            start = utf8.index(after: place)
        }
        return nil
    }

    /// The text without the white space at its ends.
    var withoutSpace: Substring {
        var text = self
        // Whole characters are only looked at where bytes do not tell.
        while let first = text.utf8.first, first <= 0x20 || first >= 0x80 {
            guard text.first?.isWhitespace == true else { break }
            text.removeFirst()
        }
        while let last = text.utf8.last, last <= 0x20 || last >= 0x80 {
            guard text.last?.isWhitespace == true else { break }
            text.removeLast()
        }
        return text
    }
}
