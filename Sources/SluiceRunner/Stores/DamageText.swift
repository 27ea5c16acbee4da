import Sluice
import SluiceJSON
import SluiceLogStore

extension LogStore.RecoveryReport {
    /// Whether records are missing of which nobody knows the keys.
    var hasUnknownLoss: Bool { damages.contains(where: \.isUnknownLoss) }
}

extension LogStore.RecoveryReport.Damage {
    /// The place and what is wrong there, for people.
    var text: String { error.damage }

    /// What whoever reads there meets.
    var error: LogStoreError {
        .corrupt(file: file, offset: offset, message: message, key: key, revision: revision)
    }

    /// The same for programs.
    var facts: JSON {
        get throws {
            var facts = [("file", JSON(file)), ("offset", JSON(offset))]
            if let key { facts.append(KeyText.member(key)) }
            return try JSON(object: facts + [("message", JSON(message))])
        }
    }
}

extension LogStoreError {
    /// The place of a damage, the key where it is known, and what is wrong there; of another error
    /// what it says.
    var damage: String {
        guard case .corrupt(let file, let offset, let message, let key, _) = self else {
            return description
        }
        let name = key.map { ", key \(KeyText.shown($0))" } ?? ""
        return "\(file) is damaged at byte \(offset)\(name): \(message)"
    }
}
