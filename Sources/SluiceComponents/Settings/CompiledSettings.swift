import Sluice
import SluiceJSON

extension Expression {
    /// Compiles an expression that a setting holds.
    ///
    /// - Throws: ``Sluice/Failure`` with the setting's path.
    init(setting text: String, at path: String) throws(Failure) {
        do {
            try self.init(text)
        } catch {
            throw .broken(error, at: path)
        }
    }

    /// The expression's value for the message of a turn.
    ///
    /// - Throws: ``Sluice/Failure`` (`mapping_failed`, `expression_limit`), also for a path that finds nothing.
    func value(of message: JSON, in turn: borrowing Turn) throws(Failure) -> JSON {
        do {
            return try evaluate(message, turn.evaluation)
        } catch {
            throw .mappingFailed(error)
        }
    }

    /// Whether the expression, read as a test, is true of the message of a turn.
    ///
    /// - Throws: ``Sluice/Failure`` (`mapping_failed`, `expression_limit`), also for a value that is no boolean.
    func isTrue(of message: JSON, in turn: borrowing Turn) throws(Failure) -> Bool {
        do {
            return try holds(message, turn.evaluation)
        } catch {
            throw .mappingFailed(error)
        }
    }
}

extension Template {
    /// Compiles a template that a setting holds.
    ///
    /// - Throws: ``Sluice/Failure`` with the path and place of the first broken expression.
    init(setting template: JSON, at path: String) throws(Failure) {
        do {
            try self.init(template, at: "")
        } catch {
            throw .broken(error, at: path)
        }
    }

    /// The template's value for the message of a turn.
    ///
    /// - Throws: ``Sluice/Failure`` (`mapping_failed`, `expression_limit`), also for a path that finds nothing.
    func value(of message: JSON, in turn: borrowing Turn) throws(Failure) -> JSON {
        do {
            return try turn.evaluate(self, message)
        } catch {
            throw .mappingFailed(error)
        }
    }
}

extension Expression {
    /// What leaves where the expression lets messages through that it is true of.
    func passing(_ arriving: Schema, at path: String) -> OutputShape {
        let problems = infer(from: arriving, isTest: true).problems
        return OutputShape(
            arriving, problems: problems.map { .impossible($0, at: path, isTest: true) })
    }
}

extension Failure {
    /// An expression that has no value for a message.
    static func mappingFailed(_ error: EvaluationError) -> Failure {
        Failure(error.code, "\(error)")
    }
}
