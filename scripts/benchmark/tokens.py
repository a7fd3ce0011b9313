"""A token for `/stats`, as POST /login would give it: a JSON Web Token (RFC 7519) that is signed with HS256."""

import base64
import hashlib
import hmac
import json
import secrets
import time

KEY = secrets.token_hex(32)
"""The servers that are measured get it as their JWT_SECRET."""
SECONDS_VALID = 3600


def bearer() -> dict[str, str]:
    """The header field of a request."""
    now = int(time.time())
    claims = {"sub": "bench", "iat": now, "nbf": now, "exp": now + SECONDS_VALID, "iss": "wiki-stats", "jti": "bench"}
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signed = ".".join(map(encode, parts))
    return {"Authorization": f"Bearer {signed}.{encode(hmac.digest(KEY.encode(), signed.encode(), hashlib.sha256))}"}


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
