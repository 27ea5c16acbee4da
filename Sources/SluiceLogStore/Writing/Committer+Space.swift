extension Committer {
    /// Runs `body`, and again with the space that is held back for what makes room.
    ///
    /// Stops the committer where that is not enough and others may make or leave room.
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
                stopForRoom()
                throw error
            }
            if reserve.release(), let result = try withoutFull(body) { return result }
            if case .quiet = room { room = .unknown } else { shortage = .quiet }
            throw error
        }
    }

    /// Stops the committer until somebody has looked for room; does nothing where that is done, and
    /// there is none.
    func stopForRoom() {
        if case .none = room { room = .unknown } else { shortage = .room }
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
