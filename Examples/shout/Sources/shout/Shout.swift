import Sluice
import SluiceJSON

/// Writes a text in capitals.
enum Shout: Component {
    static let about = About("shout", "Writes the text of a member in capitals")

    struct Settings: Message {
        var member = "text"
        mutating func members(_ m: inout Members) throws(Failure) {
            try m.optional("member", &member, about: "The member whose text is written in capitals")
        }
    }

    static func wire(_ settings: Settings, _ ports: inout Ports) {
        let out = ports.output("out", JSON.self, about: "The message with the text in capitals")
        ports.input("in", JSON.self, about: "A message that has the member") { message, turn in
            guard let text = message[settings.member]?.string else {
                throw Failure.invalid("`\(settings.member)` must be a text")
            }
            let members = message.members.map { member in
                (
                    member.name,
                    member.isNamed(settings.member) ? JSON(text.uppercased()) : member.value
                )
            }
            try turn.emit(try JSON(object: members), on: out)
        }
    }
}
