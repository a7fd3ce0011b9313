"""Where a body ends: Content-Length, Transfer-Encoding, and both (RFC 9112 §6). What smuggling is made of (§11.2)."""

from __future__ import annotations

from .case import BAD, CHUNKED, SENTINEL, Case, get, post

ZERO = b"0\r\n\r\n"
MIB = 1024 * 1024


def length(value: bytes, body: bytes = b"hello") -> bytes:
    return post(b"Content-Length: " + value + b"\r\n", body)


def named(text: bytes) -> str:
    return repr(text)[2:-1]


# Values that are no number, or one that nobody can count to: 400, and the connection ends (RFC 9112 §6.3).
INVALID_LENGTHS = (
    b"", b" ", b"+5", b"-5", b"-0", b"+0", b"0x5", b"5a", b"a", b"5.0", b"5e0", b"5 5", b"5\t5", b"1_0", b"5;", b'"5"',
    b"'5'", b"5\x00", b"\x005", b"5\x0b", b"\x0c5", b"5\x7f", b"\xef\xbc\x95", b"\xd9\xa5", b"5, 6", b"5,x", b"5\r\n 5",
    b"18446744073709551616", b"18446744073709551621", b"9" * 30, b"9" * 1000,
)
# Lists of equal numbers may be taken for one, or refused.
LISTS = "400 | 405 S"

CONTENT_LENGTH = [
    Case("a length and a body", "9112 §6.3", length(b"5"), "405 S"),
    Case("a length of 0", "9112 §6.3", length(b"0", b""), "405 S"),
    Case("leading zeros are digits", "9110 §8.6", length(b"005"), "405 S"),
    Case("20 digits of which 19 are zero", "9110 §8.6", length(b"0" * 19 + b"5"), LISTS + " | 413", BAD),
    Case("white space around a length", "9112 §5.1", length(b"\t 5 \t"), "405 S"),
    Case("a GET with a body", "9112 §6.3", get(b"Content-Length: 5\r\n") + b"hello", "200 S"),
    Case("a body that looks like a request", "9112 §6.3", length(b"%d" % len(SENTINEL), SENTINEL), "405 S"),
    Case("a GET with a body that looks like one", "9112 §6.3",
         get(b"Content-Length: %d\r\n" % len(SENTINEL)) + SENTINEL, "200 S"),
    Case("a HEAD with a body that looks like one", "9112 §6.3",
         get(b"Content-Length: %d\r\n" % len(SENTINEL), b"HEAD /status HTTP/1.1") + SENTINEL, "200 S",
         heads=frozenset({0})),
    Case("an OPTIONS with a body that looks like one", "9112 §6.3",
         get(b"Content-Length: %d\r\n" % len(SENTINEL), b"OPTIONS /status HTTP/1.1") + SENTINEL, "2xx S | 405 S"),
    Case("a 404 with a body that looks like a request", "9112 §6.3",
         get(b"Content-Length: %d\r\n" % len(SENTINEL), b"POST /nowhere HTTP/1.1") + SENTINEL, "404 S"),
    Case("a POST without a length has no body", "9112 §6.3", post(b""), "405 S | 411"),
    *[Case(f"Content-Length: {named(value)[:40]}", "9112 §6.3", length(value), BAD) for value in INVALID_LENGTHS],
    Case("2^63", "9112 §6.3", length(b"9223372036854775808"), "400 | 413", BAD),
    Case("2^63 - 1", "9112 §6.3", length(b"9223372036854775807"), "400 | 413 | 405", BAD, half_close=True),
    Case("equal lengths twice", "9112 §6.3", post(b"Content-Length: 5\r\n" * 2, b"hello"), LISTS, BAD),
    Case("equal lengths three times", "9112 §6.3", post(b"Content-Length: 5\r\n" * 3, b"hello"), LISTS, BAD),
    Case("equal lengths in a list", "9112 §6.3", length(b"5, 5"), LISTS, BAD),
    Case("a length and a comma", "9112 §6.3", length(b"5,"), LISTS, BAD),
    Case("a comma and a length", "9112 §6.3", length(b",5"), LISTS, BAD),
    Case("5 and 05", "9112 §6.3", post(b"Content-Length: 5\r\nContent-Length: 05\r\n", b"hello"), LISTS, BAD),
    *[Case(f"lengths that differ: {one} and {other}", "9112 §6.3",
           post(f"Content-Length: {one}\r\nContent-Length: {other}\r\n".encode(), b"hello"), BAD)
      for one, other in (("5", "6"), ("0", "5"), ("5", "0"), ("5", "-5"), ("5", ""), ("x", "5"), ("5", "5, 6"))],
    Case("lengths that differ around another field", "9112 §6.3",
         post(b"Content-Length: 5\r\nX: a\r\ncontent-length: 0\r\n", b"hello"), BAD),
    Case("Content-Length with a space before the colon", "9112 §5.1", post(b"Content-Length : 5\r\n", b"hello"), BAD),
    Case("Content-Length after a space", "9112 §5.2", post(b"X: a\r\n Content-Length: 5\r\n"), "400 | 405 S", BAD),
    # Other names are other fields: these requests have no body.
    *[Case(f"no length: {named(name)}", "9110 §8.6", post(name + b": 5\r\n"), "405 S")
      for name in (b"Content_Length", b"X-Content-Length", b"Content-Length-X", b"ContentLength", b"Content.Length")],
    *[Case(f"no name: {named(name)}", "9110 §5.1", post(name + b": 5\r\n", b"hello"), BAD)
      for name in (b"Content Length", b"Content-Length\x00", b"\x00Content-Length", b"Content-Length\x0b",
                   b"Content\xadLength", b"(Content-Length)", b"Content-Length\xa0")],
    Case("a body that ends too early", "9112 §8", length(b"10"), "400 | 405 | 408 | -", BAD, then=b"", half_close=True),
    Case("no body at all", "9112 §8", length(b"10", b""), "400 | 405 | 408 | -", BAD, then=b"", half_close=True),
    Case("a body of 1 MiB", "9110 §15.5.14", length(b"%d" % MIB, b"x" * MIB), "405 S | 405 | 413", "405 S"),
    Case("a body of 1 MiB and a byte", "9110 §15.5.14", length(b"%d" % (MIB + 1), b"x" * (MIB + 1)), only_ours=True,
         ours="413"),
    Case("a length of 17 digits, and the body does not come", "9110 §15.5.14", length(b"1" * 17), only_ours=True,
         ours="413"),
]

# What is not exactly `chunked` in the last place leaves the length unknown: 400, or 501 for a coding that the server
# does not know, and the connection ends (RFC 9112 §6.1, §6.3).
REFUSED = "400 | 501"
UNKNOWN_CODINGS = (
    b"xchunked", b"chunkedx", b"chunke", b"x", b"identity", b"chunked, identity", b"identity, chunked, identity",
    b"chunked, gzip", b"chunked;q=1", b"chunked; x", b'"chunked"', b"'chunked'", b"chun ked", b"chunked chunked",
    b"chunked/1", b"chunked, x", b"(chunked)", b"chunked=", b"=chunked", b"chunked:", b":chunked", b"chunked\\",
    b"[chunked]", b"\xc3\xa7hunked", b"chun\xe2\x84\xaaed", b"chunked\xa0", b"\xa0chunked", b"chunked\xc2\x85",
)
# Control characters in the value: refused as such.
CONTROLLED_CODINGS = (b"\x0bchunked", b"chunked\x0b", b"\x0cchunked", b"chunked\x0c", b"\x00chunked", b"chunked\x00",
                      b"chunk\x00ed", b"chunked\x1f", b"chunked\x7f", b"chunked\r", b"\rchunked", b"\x08chunked")
# Grammar that leaves no doubt, and that a server may serve or refuse; ours speaks one plain `chunked` only.
TWICE = "400 | 501 | 501 S | 405 S"


def coded(value: bytes, fields: bytes = b"", body: bytes = ZERO) -> bytes:
    return post(b"Transfer-Encoding: " + value + b"\r\n" + fields, body)


def te(*lines: bytes) -> bytes:
    return post(b"".join(line + b"\r\n" for line in lines), ZERO)


TRANSFER_ENCODING = [
    Case("chunked", "9112 §7.1", coded(b"chunked"), "405 S"),
    Case("codings are case-insensitive", "9112 §7", coded(b"Chunked"), "405 S"),
    Case("everything in capitals", "9112 §7", te(b"TRANSFER-ENCODING: CHUNKED"), "405 S"),
    Case("white space around chunked", "9112 §5.1", coded(b"\t chunked \t"), "405 S"),
    Case("no white space before chunked", "9112 §5.1", te(b"Transfer-Encoding:chunked"), "405 S"),
    Case("a chunked GET", "9112 §6.3", get(CHUNKED) + b"5\r\nhello\r\n" + ZERO, "200 S"),
    Case("a chunked HEAD", "9112 §6.3", get(CHUNKED, b"HEAD /status HTTP/1.1") + ZERO, "200 S", heads=frozenset({0})),
    Case("chunked in HTTP/1.2", "9110 §2.5", b"POST /status HTTP/1.2\r\nHost: a\r\n" + CHUNKED + b"\r\n" + ZERO,
         "405 S"),
    Case("an empty coding", "9112 §6.3", coded(b""), REFUSED + " | 405 400", "501"),
    *[Case(f"no coding: {named(value)}", "9112 §6.3", coded(value), REFUSED, "501") for value in UNKNOWN_CODINGS],
    *[Case(f"no coding, and a length: {named(value)}", "9112 §6.3", coded(value, b"Content-Length: 5\r\n"), REFUSED)
      for value in UNKNOWN_CODINGS],
    *[Case(f"a control in the coding: {named(value)}", "9110 §5.5", coded(value), REFUSED, BAD)
      for value in CONTROLLED_CODINGS],
    *[Case(f"a control in the coding, and a length: {named(value)}", "9110 §5.5",
           coded(value, b"Content-Length: 5\r\n"), REFUSED, BAD) for value in CONTROLLED_CODINGS],
    *[Case(f"a list: {named(value)}", "9112 §6.1", coded(value), TWICE, "501")
      for value in (b"chunked,", b",chunked", b"chunked ,", b", chunked", b"chunked, chunked", b"identity, chunked",
                    b"gzip, chunked", b"x, chunked", b"deflate,chunked")],
    Case("chunked twice", "9112 §6.1", te(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), TWICE, BAD),
    Case("chunked, then identity", "9112 §6.3", te(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
         REFUSED),
    Case("identity, then chunked", "9112 §6.1", te(b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"),
         TWICE, "501"),
    Case("chunked, then something", "9112 §6.3", te(b"Transfer-Encoding: chunked", b"Transfer-encoding: cow"), REFUSED),
    Case("chunked, then nothing", "9112 §6.1", te(b"Transfer-Encoding: chunked", b"Transfer-Encoding:"), TWICE, BAD),
    Case("chunked in a folded line", "9112 §5.2", te(b"Transfer-Encoding:", b" chunked"), TWICE, BAD),
    Case("chunked in a line folded by a tab", "9112 §5.2", te(b"Transfer-Encoding:", b"\tchunked"), TWICE, BAD),
    Case("chunked, folded, identity", "9112 §5.2", te(b"Transfer-Encoding: chunked", b" , identity"), REFUSED),
    Case("Transfer-Encoding after a space", "9112 §5.2", te(b"X: a", b" Transfer-Encoding: chunked"), "400 | 405 400",
         BAD),
    Case("after a bare LF", "9112 §2.2", te(b"X: a\nTransfer-Encoding: chunked"), "400 | 405 S", BAD),
    Case("after a bare CR", "9112 §2.2", te(b"X: a\rTransfer-Encoding: chunked"), "400 | 405 400", BAD),
    Case("before a bare LF", "9112 §2.2", te(b"Transfer-Encoding: chunked\nX: a"), "400 | 405 S", BAD),
    *[Case(f"no name: {named(name)}", "9112 §5.1", te(name + b": chunked"), BAD)
      for name in (b"Transfer-Encoding ", b"Transfer-Encoding\t", b"Transfer-Encoding\x0b", b"Transfer-Encoding\x00",
                   b"\x00Transfer-Encoding", b"Transfer Encoding", b"Transfer-Encoding\x1f", b"Transfer-Encoding\x80",
                   b"\xefTransfer-Encoding", b"Transfer-Encoding:")[:-1]],
    Case("two colons", "9112 §6.3", te(b"Transfer-Encoding:: chunked"), REFUSED, "501"),
    # Other names are other fields: the chunks that follow are no request.
    *[Case(f"no Transfer-Encoding: {named(name)}", "9110 §5.1", te(name + b": chunked"), "405 400")
      for name in (b"Transfer_Encoding", b"X-Transfer-Encoding", b"TransferEncoding", b"TE", b"Content-Encoding",
                   b"Transfer-Encodin", b"Transfer.Encoding")],
    Case("an underscore, and a length", "9110 §5.1", te(b"Transfer_Encoding: chunked", b"Content-Length: 5"), "405 S"),
    Case("HTTP/1.0 with Transfer-Encoding", "9112 §6.1",
         b"POST /status HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" + CHUNKED + b"\r\n" + ZERO,
         "400 | 405 | 501", BAD),
    Case("HTTP/1.0 with both", "9112 §6.1", b"POST /status HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n"
         b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + ZERO, "400 | 405 | 501", BAD),
]

# Both: 400, or chunked wins; in any case the connection ends after it (RFC 9112 §6.1), so the hidden request is never
# answered.
EITHER = "400 | 405"

BOTH = [
    Case("CL.TE", "9112 §6.1", post(b"Content-Length: 6\r\n" + CHUNKED, ZERO + b"G"), EITHER, BAD),
    Case("CL.TE: a whole request", "9112 §6.1",
         post(b"Content-Length: %d\r\n" % (5 + len(SENTINEL)) + CHUNKED, ZERO + SENTINEL), EITHER, BAD),
    Case("TE.CL", "9112 §6.1", post(CHUNKED + b"Content-Length: 4\r\n",
         b"%x\r\n" % len(SENTINEL) + SENTINEL + b"\r\n" + ZERO), EITHER, BAD),
    Case("TE.CL: the length ends the size", "9112 §6.1", post(b"Content-Length: 3\r\n" + CHUNKED,
         b"8\r\nSMUGGLED\r\n" + ZERO), EITHER, BAD),
    Case("both, and they agree", "9112 §6.1", post(b"Content-Length: 5\r\n" + CHUNKED, ZERO), EITHER, BAD),
    Case("both, and a length of 0", "9112 §6.1", post(CHUNKED + b"Content-Length: 0\r\n", ZERO), EITHER, BAD),
    Case("both, far apart", "9112 §6.1", post(CHUNKED + b"X: a\r\n" * 50 + b"Content-Length: 5\r\n", ZERO), EITHER,
         BAD),
    Case("both, with a GET", "9112 §6.1", get(b"Content-Length: 5\r\n" + CHUNKED) + ZERO, "400 | 200", BAD),
    Case("both, with a HEAD", "9112 §6.1", get(b"Content-Length: 5\r\n" + CHUNKED, b"HEAD /status HTTP/1.1") + ZERO,
         "400 | 200", BAD, heads=frozenset({0})),
    Case("both, and the length is invalid", "9112 §6.3", post(CHUNKED + b"Content-Length: x\r\n", ZERO), EITHER, BAD),
    Case("both, and lengths that differ", "9112 §6.3",
         post(CHUNKED + b"Content-Length: 5\r\nContent-Length: 6\r\n", ZERO), EITHER, BAD),
    Case("both, in other letters", "9112 §6.1", post(b"content-length: 5\r\ntransfer-encoding: Chunked\r\n", ZERO),
         EITHER, BAD),
    Case("both, and an invalid end", "9112 §6.1", post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r"), EITHER, BAD),
    Case("both, in HTTP/1.1 with keep-alive", "9112 §6.1",
         post(b"Connection: keep-alive\r\nContent-Length: 5\r\n" + CHUNKED, ZERO), EITHER, BAD),
    Case("both, and Connection names one of them", "9110 §7.6.1",
         post(b"Connection: Transfer-Encoding\r\nContent-Length: 5\r\n" + CHUNKED, ZERO), EITHER, BAD),
    Case("both, and Connection names the other", "9110 §7.6.1",
         post(b"Connection: Content-Length\r\nContent-Length: 5\r\n" + CHUNKED, ZERO), EITHER, BAD),
]

CASES = CONTENT_LENGTH + TRANSFER_ENCODING + BOTH
