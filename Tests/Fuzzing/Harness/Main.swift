import Glibc

// The fuzzer has the main function and calls these two. The environment says which target runs, as
// the command line belongs to the fuzzer.

private let target: any FuzzTarget.Type = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = fuzzTargets.first(where: { $0.name == name }) else {
        let names = fuzzTargets.map { $0.name }.joined(separator: " ")
        write("FUZZ_TARGET has to name one of: \(names)\n", to: 2)
        exit(64)
    }
    return target
}()

/// With `FUZZ_SEEDS` set, writes the target's seeds into that folder and ends.
@_cdecl("LLVMFuzzerInitialize")
public func fuzzerInitialize(
    _ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?
) -> Int32 {
    guard let folder = getenv("FUZZ_SEEDS").map({ String(cString: $0) }) else { return 0 }
    do {
        for (number, seed) in try target.seeds().enumerated() {
            let path = "\(folder)/seed-\(number + 1)"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
            let written = seed.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            close(descriptor)
            require(written == seed.count, "\(path) cannot be written")
        }
        exit(0)
    } catch {
        write("no seeds: \(error)\n", to: 2)
        exit(1)
    }
}

/// Gives one input to the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzerTestOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
