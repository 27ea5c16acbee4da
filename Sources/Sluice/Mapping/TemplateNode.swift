internal import SluiceJSON

/// One node of a compiled template; parts without expressions are kept as documents.
indirect enum TemplateNode: Sendable {
    case literal(JSON)
    case expression(Leaf)
    case text(Interpolation)
    case array([TemplateNode])
    case object([Member])

    /// A string that is one whole expression.
    struct Leaf: Sendable {
        var node: ExpressionNode
        /// Where in the template the string is.
        var path: String
        /// The expression as it was written.
        var text: String
    }

    /// A string with expressions in it.
    struct Interpolation: Sendable {
        var pieces: [Piece]
        var path: String
    }

    enum Piece: Sendable {
        case literal(String)
        case expression(ExpressionNode, source: String)
    }

    struct Member: Sendable {
        var name: String
        var value: TemplateNode
    }
}

extension TemplateNode {
    /// The values of a container, in order; none of others.
    var parts: [TemplateNode] {
        switch self {
        case .literal, .expression, .text: []
        case .array(let elements): elements
        case .object(let members): members.map(\.value)
        }
    }
}
