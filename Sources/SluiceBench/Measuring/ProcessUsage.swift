import Glibc

/// What this process has used so far, as the system counts it.
enum ProcessUsage {
    /// Kilobytes of memory that belong to no file.
    static var anonymousKilobytes: Int {
        number(after: "RssAnon:", in: "/proc/self/status")
    }

    /// Bytes handed to write calls.
    static var writtenBytes: Int {
        number(after: "wchar:", in: "/proc/self/io")
    }

    /// The most kilobytes of memory held at any time, and the seconds of processor time.
    static var peak: (kilobytes: Int, processorSeconds: Double) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = [usage.ru_utime, usage.ru_stime].reduce(0.0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000
        }
        return (usage.ru_maxrss, seconds)
    }

    /// Bytes that a folder's files take on the device.
    static func bytesOnDisk(_ path: String) -> Int {
        guard let folder = opendir(path) else { return 0 }
        defer { closedir(folder) }
        var sum = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard name != ".", name != "..", lstat(path + "/" + name, &status) == 0 else {
                continue
            }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            sum += isFolder ? bytesOnDisk(path + "/" + name) : Int(status.st_blocks) * 512
        }
        return sum
    }

    private static func number(after name: String, in path: String) -> Int {
        guard let file = fopen(path, "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = line.withUnsafeBytes {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard text.hasPrefix(name) else { continue }
            let digits = text.dropFirst(name.count).drop { !$0.isNumber }.prefix { $0.isNumber }
            return Int(digits) ?? 0
        }
        return 0
    }
}
