import SluiceJSON
import SluiceTesting
import Testing

/// A message, the port that it does not fit, and the place in it that is named.
struct Misfit: CustomTestStringConvertible, Sendable {
    var port: String
    var request: String
    var path: String
    var testDescription: String { "\(port) \(request)" }

    init(_ port: String, _ request: String, _ path: String) {
        self.port = port
        self.request = request
        self.path = path
    }

    /// A request whose members are those of a good one and some more.
    static func key(_ port: String, _ more: String, _ path: String) -> Misfit {
        Misfit(port, #"{"collection":"c","key":"k"\#(more.isEmpty ? "" : ",")\#(more)}"#, path)
    }

    static func find(_ more: String, _ path: String) -> Misfit {
        Misfit("find", #"{"collection":"c",\#(more)}"#, path)
    }

    static func write(_ operations: String, _ path: String) -> Misfit {
        Misfit("write", #"{"operations":[\#(operations)]}"#, path)
    }
}

@Suite struct DocumentStoreMisfits {
    @Test(arguments: [
        Misfit("put", "7", "$"),
        Misfit("put", #"{"key":"k","value":1}"#, "$.collection"),
        Misfit("put", #"{"collection":"c","value":1}"#, "$.key"),
        Misfit("put", #"{"collection":"c","key":1,"value":1}"#, "$.key"),
        .key("put", "", "$.value"),
        .key("put", #""value":1,"ifRevision":-1"#, "$.ifRevision"),
        .key("put", #""value":1,"ifRevision":1.5"#, "$.ifRevision"),
        .key("put", #""value":1,"ifRevision":null"#, "$.ifRevision"),
        .key("put", #""value":1,"ifRevision":1e30"#, "$.ifRevision"),
        .key("put", #""value":1,"ttlSeconds":0"#, "$.ttlSeconds"),
        .key("put", #""value":1,"ttlSeconds":"1""#, "$.ttlSeconds"),
        Misfit("get", #"{"collection":"c"}"#, "$.key"),
        .key("delete", #""ifRevision":"1""#, "$.ifRevision"),
        .find(#""limit":-1"#, "$.limit"),
        .find(#""limit":1.5"#, "$.limit"),
        .find(#""asOf":-1"#, "$.asOf"),
        .find(#""asOf":1"#, "$.asOf"),
        .key("get", #""asOf":0.5"#, "$.asOf"),
        .key("get", #""asOf":1"#, "$.asOf"),
        Misfit("history", #"{"collection":"c"}"#, "$.key"),
        .key("history", #""limit":-1"#, "$.limit"),
        .key("history", #""limit":1.5"#, "$.limit"),
        .find(#""reverse":1"#, "$.reverse"),
        .find(#""prefix":1"#, "$.prefix"),
        .find(#""where":"$.a ==""#, "$.where"),
        .find(#""where":5"#, "$.where"),
        .key("update", "", "$"),
        .key("update", #""patch":1,"append":1"#, "$.append"),
        .key("update", #""patch":{},"keepLast":1"#, "$.keepLast"),
        .key("update", #""append":1,"keepLast":0"#, "$.keepLast"),
        Misfit("write", #"{"operations":{}}"#, "$.operations"),
        .write(#"{"op":"get","collection":"c","key":"k"}"#, "$.operations[0].op"),
        .write(#"{"op":"put","collection":"c","key":"k"}"#, "$.operations[0].value"),
        .write(
            #"{"op":"delete","collection":"c","key":"a"},{"op":"put","collection":"c","key":"k"}"#,
            "$.operations[1].value"),
        .write(
            #"{"op":"delete","collection":"c","key":"k"},"#
                + #"{"op":"put","collection":"c","key":"k","value":1}"#, "$.operations[1].key"),
    ]) func aMessageThatDoesNotFitNamesThePlace(misfit: Misfit) throws {
        let node = try store()
        let failure = try node.refusal(of: JSON(parsing: misfit.request), at: misfit.port)
        #expect(failure["code"] == "invalid_message")
        #expect(failure["details"]?["path"] == JSON(misfit.path))
        #expect(failure["retryable"] == false)
        #expect(failure["diskFull"] == false)
        #expect(try node.ask("find", ["collection": "c"])["count"] == 0)
    }
}
