package import SluiceJSON

/// Lays out JSON text for people: what fits on a line stays on it, the rest gets a line an item.
///
/// Numbers and strings keep their text. Widths are counted in Unicode scalars; a name or scalar that
/// is longer than a line stays whole.
package struct JSONLayout {
    /// How many columns a line may have.
    package var width = 100
    /// The text of a member's name, quotes included.
    package var name: (JSON.Member) -> String = { JSON($0.name).text }
    /// The names of the root's members that come first, in this order.
    package var order: [String] = []
    /// The names of the root's members that get a line an item also where they would fit on one.
    package var tall: Set<String> = []
    /// Whether the root gets a line an item also where it would fit on one.
    package var isRootTall = false

    /// Creates the layout that shows values.
    package init() {}

    /// The text, without a line end at its end.
    package func text(_ value: JSON) -> String {
        var text = ""
        guard value.kind == .object, !order.isEmpty else {
            write(value, isTall: isRootTall, indent: 0, column: 0, after: 0, &text)
            return text
        }
        let members = value.members.enumerated().sorted { left, right in
            (place(left.element), left.offset) < (place(right.element), right.offset)
        }
        write(
            members.map { Item(name: $0.element, value: $0.element.value) },
            value, isTall: isRootTall, indent: 0, column: 0, after: 0, &text)
        return text
    }

    private func place(_ member: JSON.Member) -> Int {
        order.firstIndex(of: member.name) ?? order.count
    }

    private struct Item {
        var name: JSON.Member?
        var value: JSON
    }

    private func items(of value: JSON) -> [Item] {
        value.kind == .object
            ? value.members.map { Item(name: $0, value: $0.value) }
            : value.elements.map { Item(value: $0) }
    }

    /// Writes a value that begins at a column, before as many scalars as have to follow it.
    private func write(
        _ value: JSON, isTall: Bool, indent: Int, column: Int, after: Int, _ text: inout String
    ) {
        guard value.kind == .object || value.kind == .array else {
            text += value.text
            return
        }
        write(
            items(of: value), value, isTall: isTall, indent: indent, column: column, after: after,
            &text)
    }

    private func write(
        _ items: [Item], _ value: JSON, isTall: Bool, indent: Int, column: Int, after: Int,
        _ text: inout String
    ) {
        let (open, close) = value.kind == .object ? ("{", "}") : ("[", "]")
        guard !items.isEmpty else {
            text += open + close
            return
        }
        var left = width - column - after
        var line = ""
        if !isTall, appendLine(items, value, &line, &left) {
            text += line
            return
        }
        text += open
        for (index, item) in items.enumerated() {
            text += "\n" + String(repeating: " ", count: indent + 2)
            var column = indent + 2
            if let member = item.name {
                let name = name(member)
                text += "\(name): "
                column += name.unicodeScalars.count + 2
            }
            let isLast = index == items.count - 1
            write(
                item.value,
                isTall: indent == 0 && item.name.map { tall.contains($0.name) } ?? false,
                indent: indent + 2, column: column, after: isLast ? 0 : 1, &text)
            if !isLast { text += "," }
        }
        text += "\n" + String(repeating: " ", count: indent) + close
    }

    // MARK: One line

    /// Appends a container on one line; false where it takes more than what is left of the line.
    private func appendLine(
        _ items: [Item], _ value: JSON, _ line: inout String, _ left: inout Int
    ) -> Bool {
        let isObject = value.kind == .object
        guard !items.isEmpty else { return append(isObject ? "{}" : "[]", &line, &left) }
        guard append(isObject ? "{ " : "[", &line, &left) else { return false }
        for (index, item) in items.enumerated() {
            if index > 0 { guard append(", ", &line, &left) else { return false } }
            if let member = item.name {
                guard append("\(name(member)): ", &line, &left) else { return false }
            }
            guard appendLine(item.value, &line, &left) else { return false }
        }
        return append(isObject ? " }" : "]", &line, &left)
    }

    private func appendLine(_ value: JSON, _ line: inout String, _ left: inout Int) -> Bool {
        guard value.kind == .object || value.kind == .array else {
            // Whether it fits shows before its text is made.
            return value.textByteCount <= left * 4 && append(value.text, &line, &left)
        }
        // An item takes at least one column; no need to look at more of them.
        guard value.count <= left else { return false }
        return appendLine(items(of: value), value, &line, &left)
    }

    private func append(_ text: String, _ line: inout String, _ left: inout Int) -> Bool {
        left -= text.unicodeScalars.count
        line += text
        return left >= 0
    }
}
