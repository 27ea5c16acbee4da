import Glibc

/// A terminal whose other side is the test.
final class PseudoTerminal {
    struct Unavailable: Error { let errno: Int32 }

    /// What a process opens to have the terminal.
    let path: String
    private let master: Int32
    /// Kept open, so that reads wait for what processes write.
    private let slave: Int32

    init(columns: UInt16 = 80) throws {
        // What `unlockpt` and `ptsname` do, which the module map leaves out.
        let (setLock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        var lock: Int32 = 0
        var number: UInt32 = 0
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0, ioctl(master, setLock, &lock) == 0,
            ioctl(master, getNumber, &number) == 0
        else { throw Unavailable(errno: errno) }
        path = "/dev/pts/\(number)"
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard slave >= 0, ioctl(master, UInt(TIOCSWINSZ), &size) == 0 else {
            throw Unavailable(errno: errno)
        }
    }

    deinit {
        close(slave)
        close(master)
    }

    /// Types a text.
    func type(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    /// What has been shown and not yet read; empty where nothing is there now.
    func shown() -> String {
        var text: [UInt8] = []
        var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, 0) > 0 {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = read(master, &buffer, buffer.count)
            guard count > 0 else { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Waits until a text is shown, and gives everything up to then.
    func waitFor(_ text: String) -> String {
        var all = ""
        while !all.contains(text) {
            var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 60_000) > 0 else { return all }
            all += shown()
        }
        return all
    }
}
