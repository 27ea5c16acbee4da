extension JSON {
    /// The elements of an array, in order.
    public struct Elements: Sequence, Sendable {
        fileprivate let array: JSON

        /// Makes an iterator at the first element.
        public func makeIterator() -> Iterator { Iterator(array, .array) }

        /// How many elements there are.
        public var underestimatedCount: Int { array.kind == .array ? array.count : 0 }

        /// Goes through the elements of an array.
        public struct Iterator: IteratorProtocol, Sendable {
            private let document: Document
            private var current: UInt32
            private let end: UInt32

            fileprivate init(_ container: JSON, _ kind: Kind) {
                let node = container.node
                document = container.document
                current = container.place + 1
                end = node.kind == kind ? node.next : 0
            }

            /// The next element, nil after the last.
            public mutating func next() -> JSON? {
                guard current < end else { return nil }
                defer { current = document.node(current).next }
                return JSON(document, current)
            }
        }
    }

    /// A name and its value.
    public struct Member: Sendable {
        private let key: JSON
        /// The value.
        public let value: JSON

        fileprivate init(_ key: JSON, _ value: JSON) {
            self.key = key
            self.value = value
        }

        /// The decoded name.
        public var name: String { key.withNode { tape, node in tape.string(node) } }

        /// The bytes of the name, quotes included, in the text that the object was parsed from.
        public var nameSourceRange: Range<Int> { key.sourceRange }

        /// Whether this is the name, compared by Unicode scalars; does not allocate.
        public func isNamed(_ name: String) -> Bool {
            var name = name
            return name.withUTF8 { bytes in
                key.withNode { tape, node in tape.isString(node, bytes) }
            }
        }
    }

    /// The members of an object, in order, repeated names included.
    public struct Members: Sequence, Sendable {
        fileprivate let object: JSON

        /// Makes an iterator at the first member.
        public func makeIterator() -> Iterator { Iterator(object) }

        /// How many members there are.
        public var underestimatedCount: Int { object.kind == .object ? object.count : 0 }

        /// Goes through the members of an object.
        public struct Iterator: IteratorProtocol, Sendable {
            private let document: Document
            private var current: UInt32
            private let end: UInt32

            fileprivate init(_ object: JSON) {
                let node = object.node
                document = object.document
                current = object.place + 1
                end = node.isObject ? node.next : 0
            }

            /// The next member, nil after the last.
            public mutating func next() -> Member? {
                guard current < end else { return nil }
                let name = JSON(document, current)
                let value = JSON(document, current + 1)
                current = value.node.next
                return Member(name, value)
            }
        }
    }

    /// The elements, none where this is no array.
    public var elements: Elements { Elements(array: self) }

    /// The members, none where this is no object.
    public var members: Members { Members(object: self) }
}
