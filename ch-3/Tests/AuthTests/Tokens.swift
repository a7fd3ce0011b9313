import CSodium
import Configuration
import Foundation
import Locking

@testable import Auth

/// Tokens put together by hand, with whatever is in them, and signed by libsodium: no part of the product made them.
enum HandmadeToken {
    static let key = Array("0123456789abcdef0123456789abcdef".utf8)
    static let header = #"{"typ":"JWT","alg":"HS256"}"#

    static func make(header: String = header, claims: String = claims(), key: [UInt8] = key) -> String {
        make(header: Array(header.utf8), claims: Array(claims.utf8), key: key)
    }

    static func make(header: [UInt8], claims: [UInt8], key: [UInt8] = key) -> String {
        let signed = base64URL(header) + "." + base64URL(claims)
        return signed + "." + base64URL(hmacSHA256(Array(signed.utf8), key: key))
    }

    /// The claims that are needed, some of them changed to other JSON or, with `nil`, left out.
    static func claims(_ changes: [String: String?] = [:]) -> String {
        let usual: [String: String?] = [
            "iss": #""wiki-stats""#, "sub": #""Mira""#, "iat": "\(now)", "nbf": "\(now)", "exp": "\(now + 3600)",
            "jti": #""4d3c2b1a""#,
        ]
        let members = usual.merging(changes) { $1 }.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        return "{\(members.sorted().joined(separator: ","))}"
    }

    /// When they are issued: 2026-01-01T00:00:00Z.
    static let now = 1_767_225_600

    static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var state = crypto_auth_hmacsha256_state()
        var code = [UInt8](repeating: 0, count: 32)
        crypto_auth_hmacsha256_init(&state, key, key.count)
        crypto_auth_hmacsha256_update(&state, bytes, UInt64(bytes.count))
        crypto_auth_hmacsha256_final(&state, &code)
        return code
    }
}

extension JSONWebTokens {
    /// The tests' own: they take the tokens that `HandmadeToken` makes.
    static func make(
        key: [UInt8] = HandmadeToken.key, issuer: String = "wiki-stats", now: Int = HandmadeToken.now
    ) -> JSONWebTokens {
        make(key: key, issuer: issuer, clock: Clock(now))
    }

    static func make(
        key: [UInt8] = HandmadeToken.key, issuer: String = "wiki-stats", clock: Clock
    ) -> JSONWebTokens {
        JSONWebTokens(key: key, issuer: issuer, timeToLiveSeconds: 3600, secondsSince1970: { clock.now })
    }

    /// A clock that shows what it is set to.
    final class Clock: Sendable {
        private let time: Locked<Int>

        init(_ now: Int) {
            time = Locked(now)
        }

        var now: Int {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }
}
