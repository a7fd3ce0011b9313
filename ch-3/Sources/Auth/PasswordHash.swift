internal import CSodium
package import Configuration
private import Glibc

/// What is kept of a password: an Argon2id hash (RFC 9106), in the text form that all tools for it share.
///
/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`: the memory in KiB, how often it is gone over, in how many lanes. The text tells
/// what checking a password will cost whoever does it, so only one that asks for a bearable amount is accepted.
///
/// A password is its bytes in UTF-8, exactly as they come: nothing is normalised, neither here nor by other tools.
package struct PasswordHash: Sendable {
    private let encoded: Secret
    private let memoryKiB: Int

    /// The longest password, in bytes. Hashing one that is longer would be work for nothing.
    package static let passwordBytesMax = 1024

    /// The most memory that a hash may ask for, and the most that it may go over, which is the time that it takes: about a
    /// second for 1 GiB. RFC 9106 §4 recommends 64 MiB three times where memory is short; its other choice, 2 GiB, is for
    /// machines that do nothing else.
    static let memoryKiBMax = 256 * 1024
    static let workKiBMax = 1024 * 1024

    /// What the making of a hash, and each check of a password against it, costs.
    package struct Cost: Sendable {
        package let memoryKiB: Int
        package let passes: Int

        package init(memoryKiB: Int, passes: Int) {
            self.memoryKiB = memoryKiB
            self.passes = passes
        }

        /// OWASP's choice for servers (Password Storage Cheat Sheet): 17 ms of a core, where this was written. An attempt must be
        /// bearable for a server that has little memory; guessing is slow because of the limits of `LoginLimiter`.
        package static let standard = Cost(memoryKiB: 19 * 1024, passes: 2)
    }

    /// Reads a hash that this or another tool has made.
    ///
    /// - Throws: if it is of another kind, or asks for too much.
    package init(parsing text: String) throws(InvalidPasswordHash) {
        let form = /\$argon2id\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=[0-9]{1,9}\$[A-Za-z0-9+\/]+\$[A-Za-z0-9+\/]+/
        guard let match = text.wholeMatch(of: form), let memoryKiB = Int(match.1), let passes = Int(match.2) else {
            throw InvalidPasswordHash(reason: "it is not of the form $argon2id$v=19$m=…,t=…,p=…$…$…")
        }
        guard memoryKiB <= Self.memoryKiBMax else {
            throw InvalidPasswordHash(reason: "it asks for more than \(Self.memoryKiBMax) KiB of memory (m)")
        }
        guard memoryKiB * passes <= Self.workKiBMax else {
            throw InvalidPasswordHash(reason: "it takes too long: m times t is more than \(Self.workKiBMax)")
        }
        // Decodes all of it, with every check that Argon2 has, and computes nothing: whether these are its costs is not asked.
        guard crypto_pwhash_str_needs_rehash(text, 1, 8192) >= 0 else {
            throw InvalidPasswordHash(reason: "its parameters, its salt or its hash are not valid")
        }
        encoded = Secret(text)
        self.memoryKiB = memoryKiB
    }

    /// Hashes a new password, with a salt of its own. Takes tens of milliseconds.
    package init(of password: Secret, cost: Cost = .standard) throws(PasswordError) {
        try sodium.get()
        let password = password.reveal()
        guard !password.isEmpty else { throw .empty }
        guard password.utf8.count <= Self.passwordBytesMax else { throw .tooLong(bytesMax: Self.passwordBytesMax) }
        guard !password.utf8.contains(0) else { throw .containsNUL }
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let outcome = crypto_pwhash_str_alg(
            &text, password, UInt64(password.utf8.count), UInt64(cost.passes), cost.memoryKiB * 1024,
            crypto_pwhash_ALG_ARGON2ID13)
        guard outcome == 0 else { throw .failed(errno: errno) }
        encoded = Secret(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        memoryKiB = cost.memoryKiB
    }

    /// The text form, for the file of users. Whoever has it can try passwords as fast as they can compute.
    package var text: String { encoded.reveal() }

    /// Whether this is the password. Takes as long whatever it is, and blocks: see ``PasswordVerifier``.
    ///
    /// - Throws: if it could not be found out, since the system gives no memory.
    package func matches(_ password: Secret) throws(PasswordError) -> Bool {
        try sodium.get()
        let password = password.reveal()
        if crypto_pwhash_str_verify(text, password, UInt64(password.utf8.count)) == 0 { return true }
        // libsodium also says no when it has got no memory. Nobody's password is wrong because memory is short.
        let memory = mmap(nil, memoryKiB * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { throw .failed(errno: errno) }
        munmap(memory, memoryKiB * 1024)
        return false
    }
}

/// The library, made ready once.
private let sodium: Result<Void, PasswordError> = sodium_init() >= 0 ? .success(()) : .failure(.libraryUnusable)

/// Why a text is no hash that passwords are checked against. Shows nothing of it.
package struct InvalidPasswordHash: Error, Equatable {
    /// Completes "The hash cannot be used: …".
    package let reason: String
}

/// Why a password could not be hashed. Shows nothing of it.
package enum PasswordError: Error, Equatable, CustomStringConvertible {
    case empty
    case tooLong(bytesMax: Int)
    case containsNUL
    case failed(errno: Int32)
    case libraryUnusable

    package var description: String {
        switch self {
        case .empty: "The password is empty: choose one."
        case .tooLong(let bytesMax): "The password is longer than \(bytesMax) bytes: choose a shorter one."
        case .containsNUL: "The password has a NUL character in it: choose one without."
        case .failed(let errno): "The password cannot be hashed: \(String(cString: strerror(errno)))."
        case .libraryUnusable: "The password cannot be hashed: libsodium finds no source of random numbers."
        }
    }
}
