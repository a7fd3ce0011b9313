"""Header fields, and Host (RFC 9112 §3.2 and §5, RFC 9110 §5)."""

from __future__ import annotations

from .case import ANY, BAD, KEPT_BAD, Case, get

LINE = b"GET /status HTTP/1.1\r\n"


def host(*values: bytes) -> bytes:
    """A request with these Host fields and no other field."""
    return LINE + b"".join(b"Host: " + value + b"\r\n" for value in values) + b"\r\n"


def head_of(length: int) -> bytes:
    """A request whose head, with its last CR LF, is as long as this."""
    return get(b"X: " + b"a" * (length - len(get(b"X: \r\n"))) + b"\r\n")


# A folded line must be refused or taken for a space; a refusal is what most servers have chosen.
FOLDED = "400 | 400 S | 200 S"

SYNTAX = [
    Case("no colon", "9112 §5", get(b"Just words\r\n"), KEPT_BAD, BAD),
    Case("no name", "9112 §5", get(b": value\r\n"), KEPT_BAD, BAD),
    Case("only a colon", "9112 §5", get(b":\r\n"), KEPT_BAD, BAD),
    Case("a space before the colon", "9112 §5.1", get(b"X : value\r\n"), KEPT_BAD, BAD),
    Case("a tab before the colon", "9112 §5.1", get(b"X\t: value\r\n"), KEPT_BAD, BAD),
    Case("a space within a name", "9112 §5.1", get(b"X Y: value\r\n"), KEPT_BAD, BAD),
    Case("folded by a space", "9112 §5.2", get(b"X: a\r\n b\r\n"), FOLDED, BAD),
    Case("folded by a tab", "9112 §5.2", get(b"X: a\r\n\tb\r\n"), FOLDED, BAD),
    Case("folded with nothing in it", "9112 §5.2", get(b"X: a\r\n \r\n"), FOLDED, BAD),
    Case("folded where the value should begin", "9112 §5.2", get(b"X:\r\n a\r\n"), FOLDED, BAD),
    Case("a field hidden in a folded line", "9112 §5.2", get(b"X: a\r\n Content-Length: 5\r\n"), FOLDED, BAD),
    Case("white space before the first field", "9112 §2.2", LINE + b" X: a\r\nHost: a\r\n\r\n", FOLDED, BAD),
    Case("white space before the only Host", "9112 §2.2", LINE + b" Host: a\r\n\r\n", KEPT_BAD, BAD),
    Case("a line of one space before the fields", "9112 §2.2", LINE + b" \r\nHost: a\r\n\r\n", FOLDED, BAD),
    *[Case(f"no character of a name: 0x{byte:02x}", "9110 §5.1", get(b"X" + bytes([byte]) + b"Y: a\r\n"), KEPT_BAD, BAD)
      for byte in (*b'"(),/;<=>?@[\\]{}', *range(0, 0x0a), *range(0x0b, 0x20), 0x7f, 0x80, 0xc3, 0xff)],
    Case("all characters that names may have", "9110 §5.6.2", get(b"!#$%&'*+-.^_`|~09azAZ: a\r\n"), "200 S"),
    # CR, LF and NUL must be refused or become spaces; other controls may be kept (RFC 9110 §5.5). Ours refuses all.
    *[Case(f"a control in a value: 0x{byte:02x}", "9110 §5.5", get(b"X: a" + bytes([byte]) + b"b\r\n"),
           "400 | 400 S | 200 S", BAD) for byte in (*range(0, 9), *range(0x0b, 0x20), 0x7f)],
    *[Case(f"a control {where}: 0x{byte:02x}", "9110 §5.5", get(value % bytes([byte])), "400 | 400 S | 200 S", BAD)
      for byte in (0x00, 0x0b, 0x0c, 0x0d, 0x1f, 0x7f)
      for where, value in (("before a value", b"X:%sa\r\n"), ("after a value", b"X: a%s\r\n"))],
    Case("a line feed in a value", "9110 §5.5", get(b"X: a\nb\r\n"), "400 | 400 S | 200 S", BAD),
    Case("tabs in a value", "9110 §5.5", get(b"X: a\tb\r\n"), "200 S"),
    Case("bytes above 0x7f in a value", "9110 §5.5", get(b"X: \x80\xa0\xff\r\n"), "200 S"),
    Case("UTF-8 in a value", "9110 §5.5", get("X: é\r\n".encode()), "200 S"),
    Case("an empty value", "9110 §5.5", get(b"X:\r\n"), "200 S"),
    Case("a value of spaces", "9110 §5.5", get(b"X:   \t \r\n"), "200 S"),
    Case("white space around a value", "9112 §5.1", get(b"X: \t a \t \r\n"), "200 S"),
    Case("no white space before a value", "9112 §5.1", get(b"X:a\r\n"), "200 S"),
    Case("colons in a value", "9110 §5.5", get(b"X: a:b::c\r\n"), "200 S"),
    Case("a field 50 times", "9110 §5.2", get(b"X: a\r\n" * 50), "200 S"),
    Case("names in any case", "9110 §5.1", LINE + b"hOsT: a\r\ncONNECTION: keep-alive\r\n\r\n", "200 S"),
]

SIZES = [
    Case("100 fields", "9112 §5", get(b"X: a\r\n" * 99), "200 S"),
    Case("101 fields", "6585 §5", get(b"X: a\r\n" * 100), ANY + " | 431", "431"),
    Case("2,000 fields", "6585 §5", get(b"X: a\r\n" * 2000), ANY + " | 431", "431"),
    Case("a head of 16 KiB", "9112 §5", head_of(16_384), ANY, "200 S"),
    Case("a head of 16 KiB and a byte", "6585 §5", head_of(16_385), ANY + " | 431", "431"),
    Case("a value of 2 MB", "6585 §5", get(b"X: " + b"a" * 2_000_000 + b"\r\n"), "431 | 400 | -", "431"),
    Case("a name of 2 MB", "6585 §5", get(b"X" * 2_000_000 + b": a\r\n"), "431 | 400 | -", "431"),
    Case("fields without an end", "6585 §5", get(b"X: a\r\n" * 300_000)[:-2], "431 | 400 | -", "431", then=b""),
]

# Userinfo, paths and queries are no part of a Host, and a port has digits only (RFC 9110 §7.2, RFC 3986 §3.2).
INVALID_HOSTS = (
    b"a b", b"a/b", b"a?b", b"a#b", b"a\\b", b"u@a", b"u:p@a", b"a:x", b"a:-1", b"a:80:80", b"a: 80", b"a:80x", b"a, b",
    b"<a>", b'"a"', b"a{b}", b"a|b", b"a^b", b"::1", b"[::1", b"::1]", b"[::1]x", b"[]", b"[::1]:x", b"[::1]]",
    b"[g::1]", b"[1:2:3]", b"[:::]", b"[1.2.3]", b"a%", b"a%4", b"a%zz", b"a\x00b", b"a\x7f", b"\xc3\xbc", b"a\tb",
    b"http://a",
)

HOSTS = [
    Case("no Host", "9112 §3.2", LINE + b"\r\n", KEPT_BAD, BAD),
    Case("no Host, but a similar one", "9112 §3.2", LINE + b"X-Host: a\r\nHosts: a\r\n\r\n", KEPT_BAD, BAD),
    Case("two Hosts that differ", "9112 §3.2", host(b"a", b"b"), KEPT_BAD, BAD),
    Case("two Hosts that are equal", "9112 §3.2", host(b"a", b"a"), KEPT_BAD, BAD),
    Case("two Hosts, one empty", "9112 §3.2", host(b"a", b""), KEPT_BAD, BAD),
    Case("two Hosts, in different cases", "9112 §3.2", get(b"HOST: b\r\n"), KEPT_BAD, BAD),
    Case("Host in a folded line", "9112 §5.2", LINE + b"Host:\r\n a\r\n\r\n", FOLDED, BAD),
    Case("a space before Host's colon", "9112 §5.1", LINE + b"Host : a\r\n\r\n", KEPT_BAD, BAD),
    # http URLs need a host (RFC 9110 §4.2.1), but the field itself may be empty.
    Case("an empty Host", "9112 §3.2", host(b""), ANY, BAD),
    Case("a Host that is only a port", "9112 §3.2", host(b":80"), ANY, BAD),
    *[Case(f"no Host: {value!r}".replace("b'", "'"), "9112 §3.2", host(value), KEPT_BAD, BAD)
      for value in INVALID_HOSTS],
    *[Case(f"a Host: {value.decode()}", "9112 §3.2", host(value), "200 S")
      for value in (b"A.B", b"a.", b"a_b", b"xn--e1afmkfd.test", b"127.0.0.1", b"a:80", b"a:080", b"a:", b"[::1]",
                    b"[::1]:80", b"[::ffff:1.2.3.4]", b"[FE80::1]:65535", b"a%41", b"a!$&'()*+;=~")],
    Case("a port above 65535", "3986 §3.2.3", host(b"a:99999"), ANY),
    Case("a port of 6 digits", "3986 §3.2.3", host(b"a:000080"), ANY),
    Case("an address of a future kind", "3986 §3.2.2", host(b"[v1.a:b]"), ANY),
    Case("a Host of 5,000 letters", "9112 §3.2", host(b"a" * 5000), ANY),
    Case("an invalid Host with the absolute form", "9112 §3.2", b"GET http://a/status HTTP/1.1\r\nHost: b c\r\n\r\n",
         KEPT_BAD, BAD),
    Case("HTTP/1.0 without Host", "9112 §3.2", b"GET /status HTTP/1.0\r\n\r\n", "200"),
    Case("HTTP/1.0 with two Hosts", "9112 §3.2", b"GET /status HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "200 | 400",
         BAD),
    Case("HTTP/1.0 with an invalid Host", "9112 §3.2", b"GET /status HTTP/1.0\r\nHost: a b\r\n\r\n", "200 | 400", BAD),
]

CASES = SYNTAX + SIZES + HOSTS
