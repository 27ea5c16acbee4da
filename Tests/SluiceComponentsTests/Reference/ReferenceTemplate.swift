/// A template as the second interpreter has it.
indirect enum ReferenceTemplate {
    case literal(ReferenceValue)
    /// A string that is one whole expression.
    case whole(ReferenceExpression)
    /// A string of texts and expressions.
    case text([Piece])
    case list([ReferenceTemplate])
    case object([(name: String, value: ReferenceTemplate)])

    enum Piece {
        case literal(String)
        case expression(ReferenceExpression)
    }

    /// The template as JSON.
    var json: String {
        switch self {
        case .literal(let value): value.json
        case .whole(let expression): ReferenceValue.text("{{\(expression.text)}}").json
        case .text(let pieces): ReferenceValue.text(pieces.map(\.text).joined()).json
        case .list(let list): "[" + list.map(\.json).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.map { ReferenceValue.text($0.name).json + ": " + $0.value.json }
                .joined(separator: ", ") + "}"
        }
    }

    func value(
        _ message: ReferenceValue
    ) throws(ReferenceExpression.Failure) -> ReferenceValue {
        switch self {
        case .literal(let value): return value
        case .whole(let expression): return try expression.value(message)
        case .text(let pieces):
            var result = ""
            for piece in pieces {
                switch piece {
                case .literal(let text): result += text
                case .expression(let expression):
                    switch try expression.value(message) {
                    case .null: throw .failed
                    case .text(let text): result += text
                    case let other: result += other.json
                    }
                }
            }
            return .text(result)
        case .list(let list):
            var result: [ReferenceValue] = []
            for element in list {
                if let value = try element.item(message) { result.append(value) }
            }
            return .list(result)
        case .object(let members):
            var result: [(name: String, value: ReferenceValue)] = []
            for member in members {
                if let value = try member.value.item(message) {
                    result.append((member.name, value))
                }
            }
            return .members(result)
        }
    }

    /// The value as a member or an element; nil where it is left out.
    private func item(
        _ message: ReferenceValue
    ) throws(ReferenceExpression.Failure) -> ReferenceValue? {
        do {
            return try value(message)
        } catch .omitted {
            return nil
        } catch {
            throw error
        }
    }
}

extension ReferenceTemplate.Piece {
    fileprivate var text: String {
        switch self {
        case .literal(let text): text
        case .expression(let expression): "{{\(expression.text)}}"
        }
    }
}
