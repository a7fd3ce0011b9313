"""Request lines: methods, targets, versions, line ends (RFC 9112 §2 and §3)."""

from __future__ import annotations

from .case import ANY, BAD, KEPT_BAD, NOT_SERVED, Case, expect, get, with_target
from .client import Client, Target

HOST = b"\r\nHost: a\r\n\r\n"
LINE = b"GET /status HTTP/1.1"


def line(bytes_of_line: bytes) -> bytes:
    return get(line=bytes_of_line)


def target_of(length: int) -> bytes:
    """A target that makes the request line, with its CR LF, as long as this."""
    return b"/status?" + b"a" * (length - len(b"GET /status? HTTP/1.1\r\n"))


def trace_is_no_echo(target: Target) -> None:
    with Client(target) as client:
        client.send(get(b"Cookie: secret-4711\r\nConnection: close\r\n", b"TRACE /status HTTP/1.1"))
        expect(b"secret-4711" not in client.read_to_end(), "the answer has the cookie in it")


METHODS = [
    Case("a method that nobody knows", "9110 §9.1", line(b"BREW /status HTTP/1.1"), NOT_SERVED, "501"),
    Case("methods are case-sensitive: get", "9110 §9.1", line(b"get /status HTTP/1.1"), NOT_SERVED, "501"),
    Case("methods are case-sensitive: Get", "9110 §9.1", line(b"Get /status HTTP/1.1"), NOT_SERVED, "501"),
    Case("GET with a letter more", "9110 §9.1", line(b"GETX /status HTTP/1.1"), NOT_SERVED, "501"),
    Case("a method of all other token characters", "9110 §9.1", line(b"!#$%&'*+-.^_`|~ / HTTP/1.1"), NOT_SERVED, "501"),
    *[Case(f"{method} is known and not allowed", "9110 §15.5.6", line(method.encode() + b" /status HTTP/1.1"),
           "405 | 405 S | 501 | 501 S", "405 S") for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE")],
    Case("TRACE does not give away cookies", "9110 §9.3.8", check=trace_is_no_echo),
    Case("CONNECT to another host", "9110 §9.3.6", line(b"CONNECT b:80 HTTP/1.1"), NOT_SERVED, "501"),
    Case("CONNECT to a path", "9110 §9.3.6", line(b"CONNECT /status HTTP/1.1"), NOT_SERVED, "501"),
    Case("no method", "9112 §3", line(b" /status HTTP/1.1"), NOT_SERVED, BAD),
    Case("a method of 1,000 letters", "9112 §3", line(b"G" * 1000 + b" /status HTTP/1.1"), NOT_SERVED, "501"),
    Case("a method longer than any line", "9112 §3", line(b"G" * 10_000 + b" /status HTTP/1.1"), NOT_SERVED, "414"),
    *[Case(f"0x{byte:02x} in the method", "9110 §5.6.2", line(b"GE" + bytes([byte]) + b"T /status HTTP/1.1"),
           NOT_SERVED, BAD) for byte in (*b'"(),/:;<=>?@[\\]{}', 0x00, 0x01, 0x1b, 0x7f, 0x80, 0xff)],
]

TARGETS = [
    Case("absolute form", "9112 §3.2.2", with_target(b"http://a/status"), "200 S"),
    Case("absolute form: the scheme in capitals", "9110 §4.2.3", with_target(b"HTTP://a/status"), "200 S"),
    Case("absolute form with a port", "9112 §3.2.2", with_target(b"http://a:7000/status"), "200 S"),
    Case("absolute form with a query", "9112 §3.2.2", with_target(b"http://a/status?x=1"), "200 S"),
    Case("absolute form: its host, not Host, is meant", "9112 §3.2.2", with_target(b"http://b/status"), "200 S"),
    Case("absolute form without Host", "9112 §3.2", b"GET http://a/status HTTP/1.1\r\n\r\n", KEPT_BAD, BAD),
    Case("absolute form with IPv6", "9112 §3.2.2", with_target(b"http://[::1]:80/status"), "200 S"),
    Case("absolute form with https", "9110 §7.4", with_target(b"https://a/status"), ANY, "200 S"),
    Case("absolute form without a path", "9112 §3.2.1", with_target(b"http://a"), "404 S | 200 S | 3xx S"),
    Case("absolute form: a query and no path", "9112 §3.2.1", with_target(b"http://a?x"), "404 S | 200 S | 3xx S"),
    Case("absolute form with a user", "9110 §4.2.4", with_target(b"http://u:p@a/status"), ANY, BAD),
    Case("absolute form without a host", "9110 §4.2.1", with_target(b"http:///status"), NOT_SERVED, BAD),
    Case("absolute form: only a port", "9110 §4.2.1", with_target(b"http://:80/status"), NOT_SERVED, BAD),
    Case("absolute form: a port of letters", "3986 §3.2.3", with_target(b"http://a:x/status"), NOT_SERVED, BAD),
    Case("absolute form: a backslash in the host", "3986 §3.2.2", with_target(b"http://a\\b/status"), NOT_SERVED, BAD),
    Case("absolute form: half an IPv6 address", "3986 §3.2.2", with_target(b"http://[::1/status"), NOT_SERVED, BAD),
    *[Case(f"no http URL: {text.decode()}", "9112 §3.2.2", with_target(text), NOT_SERVED, BAD)
      for text in (b"http:/status", b"http:status", b"http:", b"ftp://a/status", b"file:///etc/passwd",
                   b"gopher://a/status", b"javascript:status", b"://a/status")],
    Case("authority form is for CONNECT", "9112 §3.2.3", with_target(b"a:80"), NOT_SERVED, BAD),
    Case("a path without its slash", "9112 §3.2.1", with_target(b"status"), NOT_SERVED, BAD),
    Case("a query without a path", "9112 §3.2.1", with_target(b"?x=1"), NOT_SERVED, BAD),
    Case("OPTIONS *", "9112 §3.2.4", line(b"OPTIONS * HTTP/1.1"), "2xx S"),
    Case("GET *", "9112 §3.2.4", with_target(b"*"), NOT_SERVED, BAD),
    Case("OPTIONS */", "9112 §3.2.4", line(b"OPTIONS */ HTTP/1.1"), NOT_SERVED, BAD),
    Case("an encoded letter is that letter", "3986 §6.2.2.2", with_target(b"/%73tatus"), "200 S | 404 S", "200 S"),
    *[Case(f"a % without two digits: {text.decode()}", "3986 §2.1", with_target(text), KEPT_BAD + " | 404 | 404 S", BAD)
      for text in (b"/status%", b"/status%7", b"/%zz", b"/%7g", b"/%%73tatus", b"/% 73")],
    *[Case(f"{text.decode()} in the path", "3986 §7.3", with_target(b"/status" + text), NOT_SERVED, BAD)
      for text in (b"%00", b"%0d%0aX:%20y", b"%7f", b"%1b", b"%2f", b"%2F..", b"%ff", b"%c0%af", b"%ed%a0%80")],
    Case("a NUL by encoding before the path", "3986 §7.3", with_target(b"/%00/status"), NOT_SERVED, BAD),
    *[Case(f"dot segments: {text.decode()}", "3986 §5.2.4", with_target(text), ANY, BAD)
      for text in (b"/./status", b"/a/../status", b"/status/.", b"/%2e/status", b"/a/%2e%2e/status",
                   b"/a/.%2E/status")],
    *[Case(f"out of the root: {text.decode()}", "3986 §5.2.4", with_target(text), NOT_SERVED, BAD)
      for text in (b"/..", b"/../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"/status/../../../etc/passwd")],
    *[Case(f"another path: {text.decode()}", "9110 §4.2.3", with_target(text), "404 S | 3xx S", "404 S")
      for text in (b"/", b"//", b"//status", b"/status/", b"/status//", b"/STATUS", b"/status;x=1", b"/...", b"/..;/x",
                   b"/status.json", b"/status%20", b"/%2573tatus")],
    *[Case(f"a query is left alone: {text.decode()}", "3986 §3.4", with_target(b"/status" + text), "200 S")
      for text in (b"?", b"??", b"?x=1&y=2", b"?/../", b"?%00%2f", b"?http://a/", b"?x=%ff")],
    *[Case(f"no character of a URI: {chr(byte)}", "3986 §2", with_target(b"/no" + bytes([byte])), NOT_SERVED)
      for byte in b'"<>\\^`{|}[]'],
    Case("a fragment", "9112 §3.2.1", with_target(b"/status#x"), ANY, BAD),
    Case("only a fragment", "9112 §3.2.1", with_target(b"#"), NOT_SERVED, BAD),
    *[Case(f"0x{byte:02x} in the target", "9112 §3", with_target(b"/sta" + bytes([byte]) + b"tus"), NOT_SERVED, BAD)
      for byte in (*range(0x00, 0x21), 0x7f, 0x80, 0xa0, 0xff)],
    Case("UTF-8 as it is", "3986 §2", with_target("/é".encode()), NOT_SERVED, BAD),
    Case("the longest line that every server takes", "9112 §3", with_target(target_of(8000)), "200 S"),
    Case("a line of 8 KiB", "9112 §3", with_target(target_of(8192)), ANY, "200 S"),
    Case("a line of 8 KiB and a byte", "9112 §3", with_target(target_of(8193)), ANY, "414"),
    Case("a line of 60 KB", "9110 §15.5.15", with_target(target_of(60_000)), ANY, "414"),
    Case("a line without an end", "9110 §15.5.15", b"GET /" + b"a" * 2_000_000, "414 | 431 | 400 | -", "414", then=b""),
]

VERSIONS = [
    Case("HTTP/1.0 closes", "9112 §9.3", b"GET /status HTTP/1.0\r\n\r\n", "200"),
    Case("a later 1.x is 1.1", "9110 §2.5", line(b"GET /status HTTP/1.2"), "200 S"),
    Case("1.9 is 1.1", "9110 §2.5", line(b"GET /status HTTP/1.9"), "200 S"),
    Case("HTTP/2.0", "9110 §15.6.6", line(b"GET /status HTTP/2.0"), NOT_SERVED, "505"),
    Case("HTTP/3.0", "9110 §15.6.6", line(b"GET /status HTTP/3.0"), NOT_SERVED, "505"),
    Case("HTTP/0.9 with a version", "9110 §15.6.6", line(b"GET /status HTTP/0.9"), NOT_SERVED, "505"),
    Case("HTTP/0.9, which has none", "9112 §3", b"GET /status\r\n", NOT_SERVED, BAD),
    *[Case(f"no version: {text!r}"[:60].replace("b'", "'"), "9112 §2.3", line(b"GET /status " + text), NOT_SERVED, BAD)
      for text in (b"http/1.1", b"Http/1.1", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/11", b"HTTP/1.10", b"HTTP/01.1",
                   b"HTTP/1.01", b"HTTP/1,1", b"HTTP/a.b", b"HTTP/-1.1", b"HTTP/ 1.1", b"HTTP /1.1", b"HTTP/1.1x",
                   b"HTTP/1.1\x00", b"HTTP/\xc2\xb9.1", b"HTTPS/1.1", b"ICY/1.1", b"/1.1", b"1.1", b"")],
    *[Case(f"white space: {text!r}".replace("b'", "'"), "9112 §3", line(text), ANY, BAD)
      for text in (b"GET  /status HTTP/1.1", b"GET /status  HTTP/1.1", b"GET /status HTTP/1.1 ",
                   b"GET\t/status HTTP/1.1", b"GET /status\tHTTP/1.1", b"GET /status HTTP/1.1\t",
                   b"\tGET /status HTTP/1.1", b"GET\x0b/status\x0bHTTP/1.1", b"GET\x0c/status HTTP/1.1")],
    Case("only a method", "9112 §3", line(b"GET"), NOT_SERVED, BAD),
    Case("method and version", "9112 §3", line(b"GET HTTP/1.1"), NOT_SERVED, BAD),
    Case("an empty target", "9112 §3", line(b"GET  HTTP/1.1"), NOT_SERVED, BAD),
    Case("four words", "9112 §3", line(b"GET /status /status HTTP/1.1"), NOT_SERVED, BAD),
]

LINE_ENDS = [
    Case("an empty line before the request", "9112 §2.2", b"\r\n" + get(), "200 S"),
    Case("two empty lines before the request", "9112 §2.2", b"\r\n\r\n" + get(), ANY, BAD),
    Case("an empty line before the second request", "9112 §2.2", get() + b"\r\n", "200 S"),
    Case("a line feed before the request", "9112 §2.2", b"\n" + get(), ANY, BAD),
    Case("a carriage return before the request", "9112 §2.2", b"\r" + get(), ANY, BAD),
    Case("a space before the request", "9112 §2.2", b" " + get(), ANY, BAD),
    Case("a NUL before the request", "9112 §2.2", b"\x00" + get(), NOT_SERVED, BAD),
    Case("a byte order mark before the request", "9112 §2.2", b"\xef\xbb\xbf" + get(), NOT_SERVED, BAD),
    # A bare LF may end a line of the head; a bare CR may not, and is invalid or a space.
    Case("a bare LF after the request line", "9112 §2.2", LINE + b"\nHost: a\r\n\r\n", ANY, BAD),
    Case("a bare LF after a field", "9112 §2.2", LINE + b"\r\nHost: a\n\r\n", ANY, BAD),
    Case("a bare LF at the end of the head", "9112 §2.2", LINE + b"\r\nHost: a\r\n\n", ANY, BAD),
    Case("bare LFs everywhere", "9112 §2.2", LINE + b"\nHost: a\n\n", ANY, BAD),
    Case("a bare CR after the request line", "9112 §2.2", LINE + b"\rHost: a\r\n\r\n", NOT_SERVED, BAD),
    Case("a bare CR after a field", "9112 §2.2", LINE + b"\r\nHost: a\rX: b\r\n\r\n", NOT_SERVED, BAD),
    Case("bare CRs everywhere", "9112 §2.2", LINE + b"\rHost: a\r\r", NOT_SERVED, BAD),
    Case("CR CR LF", "9112 §2.2", LINE + b"\r\r\nHost: a\r\n\r\n", ANY, BAD),
    Case("LF CR", "9112 §2.2", LINE + b"\n\rHost: a\n\r\n\r", NOT_SERVED, BAD),
    Case("CR LF CR and no LF", "9112 §2.2", LINE + b"\r\nHost: a\r\n\rX\r\n\r\n", NOT_SERVED, BAD),
    Case("a head of empty lines", "9112 §2.2", b"\r\n" * 2000, "400 | - | 404", BAD),
    Case("U+2028 ends no line", "9112 §2.2", LINE + "\u2028Host: a\u2028\u2028\r\n\r\n".encode(), NOT_SERVED, BAD),
    Case("U+560A ends no line", "9112 §2.2", LINE + "\u560a".encode() + HOST, NOT_SERVED, BAD),
]

CASES = METHODS + TARGETS + VERSIONS + LINE_ENDS
