extension Committer {
    /// Runs `body`, again with the space that is held back for what makes room, and at last while
    /// nothing else takes any.
    func withReserve<R>(
        isAllowed: Bool = true, _ body: () throws(LogStoreError) -> R
    ) throws(LogStoreError) -> R {
        do throws(LogStoreError) {
            return try body()
        } catch {
            guard case .diskFull = error else { throw error }
            // A file at its largest is followed by another.
            if log.canRoll(for: pendingBytes + RecordFrame.byteCount),
                let result = try withoutFull(body)
            {
                return result
            }
            isShortOfSpace = true
            if !isAllowed {
                while hasRoomNow() {
                    if let result = try withoutFull(body) { return result }
                }
                throw error
            }
            if reserve.release(), let result = try withoutFull(body) { return result }
            guard mayWait else {
                hasToWait = true
                throw error
            }
            // Compaction or a merge that finds the device full gives back what it wrote.
            var result: R?
            try betweenCare? { () throws(LogStoreError) in
                _ = reserve.release()
                result = try body()
            }
            guard let result else { throw error }
            return result
        }
    }

    /// Whether there is room on a device that was full, after a wait where that is allowed.
    func hasRoomNow() -> Bool {
        guard mayWait else {
            hasToWait = true
            return false
        }
        return waitForRoom?() ?? false
    }

    /// Runs `body`; nil where it finds the device full.
    private func withoutFull<R>(
        _ body: () throws(LogStoreError) -> R
    ) throws(LogStoreError) -> R? {
        do throws(LogStoreError) {
            return try body()
        } catch {
            guard case .diskFull = error else { throw error }
            return nil
        }
    }
}
