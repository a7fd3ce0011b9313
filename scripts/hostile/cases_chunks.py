"""Chunked bodies (RFC 9112 §7.1), and the games that are played with the ends of their lines."""

from __future__ import annotations

from .case import BAD, SENTINEL, Case, chunks

ZERO = b"0\r\n\r\n"
MIB = 1024 * 1024
# A server may answer before it has read the body: then the method is refused, and the connection must end all the same,
# since nobody knows where the next request begins.
REFUSED = "400 | 405 | -"
# And where many servers take more than the grammar has.
LENIENT = REFUSED + " | 405 S"
# A size that is too large may be refused as one that cannot be counted, or as a body that is too long.
TOO_LARGE = "400 | 413 | 405 | -"


def named(text: bytes) -> str:
    return repr(text)[2:-1]


def sized(line: bytes, end: bytes = b"\r\n") -> bytes:
    """One chunk of five bytes whose size line is this."""
    return chunks(line + end + b"hello\r\n" + ZERO)


def trailer(*lines: bytes) -> bytes:
    return chunks(b"5\r\nhello\r\n0\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n")


VALID = [
    Case("one chunk", "9112 §7.1", sized(b"5"), "405 S"),
    Case("no chunk", "9112 §7.1", chunks(ZERO), "405 S"),
    Case("a thousand chunks", "9112 §7.1", chunks(b"1\r\nx\r\n" * 1000 + ZERO), "405 S"),
    Case("sizes in small letters", "9112 §7.1", chunks(b"a\r\n0123456789\r\n" + ZERO), "405 S"),
    Case("sizes in capitals", "9112 §7.1", chunks(b"A\r\n0123456789\r\n" + ZERO), "405 S"),
    Case("sizes in both", "9112 §7.1", chunks(b"aA\r\n" + b"x" * 0xaa + b"\r\n" + ZERO), "405 S"),
    Case("leading zeros", "9112 §7.1", sized(b"00005"), "405 S"),
    Case("the last chunk of several zeros", "9112 §7.1", chunks(b"5\r\nhello\r\n000\r\n\r\n"), "405 S"),
    Case("chunks that look like a last one", "9112 §7.1", chunks(b"5\r\n0\r\n\r\n\r\n" + ZERO), "405 S"),
    Case("a chunk that looks like a request", "9112 §7.1",
         chunks(b"%x\r\n" % len(SENTINEL) + SENTINEL + b"\r\n" + ZERO), "405 S"),
    Case("a body of 1 MiB", "9110 §15.5.14", chunks(b"100000\r\n" + b"x" * MIB + b"\r\n" + ZERO), "405 S | 405 | 413",
         "405 S"),
    Case("a body of 1 MiB and a byte", "9110 §15.5.14", chunks(b"100001\r\n" + b"x" * (MIB + 1) + b"\r\n" + ZERO),
         ours="413", only_ours=True),
    Case("a body of 1 MiB and a byte in two chunks", "9110 §15.5.14",
         chunks(b"100000\r\n" + b"x" * MIB + b"\r\n1\r\nx\r\n" + ZERO), ours="413", only_ours=True),
    *[Case(f"an extension: {named(text)}", "9112 §7.1.1", sized(b"5" + text), "405 S")
      for text in (b";a", b";a=b", b";a=b;c=d", b';a="b c"', b';a="b\\"c"', b';a="b;c"', b"; a", b"; a = b",
                   b";\ta=\tb")],
    Case("an extension of the last chunk", "9112 §7.1.1", chunks(b"5\r\nhello\r\n0;a=b\r\n\r\n"), "405 S"),
    Case("white space before an extension", "9110 §5.6.3", sized(b"5 ;a=b"), "405 S"),
    Case("a tab before an extension", "9110 §5.6.3", sized(b"5\t;a"), "405 S"),
    Case("an extension of 4 KB", "9112 §7.1.1", sized(b"5;" + b"a" * 4000), LENIENT + " | 413 | 431", "405 S"),
    Case("extensions without an end", "9112 §7.1.1", chunks(b"5;" + b"a" * 2_500_000), TOO_LARGE + " | 431", "413",
         then=b""),
    Case("one byte and a long extension, again and again", "9112 §7.1.1",
         chunks((b"1;" + b"a" * 5000 + b"\r\nx\r\n") * 500), TOO_LARGE + " | 431", "413", then=b""),
    *[Case(f"a trailer: {named(line)}", "9112 §7.1.2", trailer(line), "405 S")
      for line in (b"X: a", b"X:", b"X: \xff", b"X:a\tb")],
    Case("two trailers", "9112 §7.1.2", trailer(b"X: a", b"Y: b"), "405 S"),
    # Fields that decide how a request is read have no meaning in a trailer (RFC 9110 §6.5.1): dropped, or refused.
    *[Case(f"a trailer that must not count: {named(line)}", "9110 §6.5.1", trailer(line), "405 S | 400 | 405", "405 S")
      for line in (b"Content-Length: 100", b"Transfer-Encoding: chunked", b"Transfer-Encoding: x", b"Host: b",
                   b"Connection: close", b"Expect: x", b"Content-Length: x")],
]

INVALID_SIZES = (
    b"", b" ", b" 5", b"\t5", b"+5", b"-5", b"-0", b"0x5", b"0X5", b"5h", b"g", b"x5", b"5_0", b"1 0", b"5\x00",
    b"\x005", b"5,", b"5=", b"5:", b"5.0", b'"5"', b"5\x0b", b"\x0c5", b"5\x7f", b"\xef\xbc\x95", b"5\x80", b"#5",
    b"%35", b"5 x", b"hello",
)

SIZES = [
    *[Case(f"no size: {named(line)}", "9112 §7.1", sized(line), REFUSED, BAD) for line in INVALID_SIZES],
    # A space before the end of the line is in no grammar, and often tolerated.
    *[Case(f"a space after the size: {named(line)}", "9112 §7.1", sized(line), LENIENT, BAD)
      for line in (b"5 ", b"5\t", b"5  ")],
    Case("a space after the last size", "9112 §7.1", chunks(b"0 \r\n\r\n"), LENIENT, BAD),
    Case("0x before the last size", "9112 §7.1", chunks(b"0x0\r\n\r\n"), REFUSED, BAD),
    *[Case(f"a size of {len(size)} digits: {size[:20].decode()}", "9112 §7.1", sized(size), TOO_LARGE, "413",
           half_close=True)
      for size in (b"7fffffffffffffff", b"8000000000000000", b"ffffffffffffffff", b"10000000000000000",
                   b"10000000000000005", b"f" * 15, b"f" * 32, b"1" + b"0" * 100)],
    Case("a size whose lower 32 bits are 5", "9112 §7.1", sized(b"100000005"), TOO_LARGE, "413", half_close=True),
    Case("sizes whose sum is 2^64", "9112 §7.1", chunks(b"5\r\nhello\r\nfffffffffffffffb\r\nx\r\n" + ZERO), TOO_LARGE,
         "413", half_close=True),
    Case("many leading zeros", "9112 §7.1", sized(b"0" * 30 + b"5"), LENIENT + " | 413", "413"),
    Case("digits without an end", "9112 §7.1", chunks(b"0" * 2_500_000), TOO_LARGE + " | 431", "413", then=b""),
    Case("no size line at all", "9112 §7.1", chunks(b"hello"), REFUSED, BAD),
    Case("a request where the chunks should be", "9112 §7.1", chunks(b""), REFUSED, BAD),
]

# The line ends of sizes and extensions are CR LF and nothing else: that LF alone may end a line goes for the head only
# (RFC 9112 §2.2). Proxies that differ here made TERM.EXT and its kin possible.
TERMINATORS = [
    *[Case(f"a size that ends in {named(end)}", "9112 §7.1", sized(b"5", end), REFUSED, BAD)
      for end in (b"\n", b"\r", b"\n\r", b"\r\r", b"\r\r\n", b"\n\n", b"\r\x00\n", b"\x0b\r\n", b"\r\x0b\n", b"\x85",
                  b"\0\n")],
    *[Case(f"an extension that ends in {named(end)}", "9112 §7.1.1", sized(b"5;a", end), REFUSED, BAD)
      for end in (b"\n", b"\r", b"\n\r", b"\r\r", b"\r\r\n", b"\n\n", b"\r\x0b\n")],
    *[Case(f"{named(bytes([byte]))} in an extension", "9112 §7.1.1", sized(b"5;a" + bytes([byte]) + b"b"), LENIENT, BAD)
      for byte in (0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x7f)],
    *[Case(f"a line end in quotes: {named(text)}", "9112 §7.1.1", sized(b'5;a="' + text + b'"'), REFUSED, BAD)
      for text in (b"\n", b"\r", b"x\ny", b"\\\n")],
    Case("an extension without a name", "9112 §7.1.1", sized(b"5;"), LENIENT, "405 S"),
    Case("an extension with an open quote", "9112 §7.1.1", sized(b'5;a="b'), LENIENT, "405 S"),
    Case("TERM.EXT", "9112 §7.1.1", chunks(b"2;\nxx\r\n%x\r\n" % len(SENTINEL) + SENTINEL + b"\r\n" + ZERO), REFUSED,
         BAD),
    Case("EXT.TERM", "9112 §7.1.1", chunks(b"%x;\n0\r\n\r\n" % 5 + SENTINEL), REFUSED, BAD),
    Case("EXT.TERM with the last chunk", "9112 §7.1.1", chunks(b"0;\n\r\n\r\n"), REFUSED, BAD),
    Case("TERM.SPILL", "9112 §7.1", chunks(b"5\r\nhello\n2;\r\n0\r\n\r\n"), REFUSED, BAD),
    Case("SPILL.TERM", "9112 §7.1", chunks(b"5\r\nhelloXX0\r\n\r\n"), REFUSED, BAD),
    Case("ONE.TWO", "9112 §7.1", chunks(b"5\r\nhello\n0\r\n\r\n"), REFUSED, BAD),
    Case("TWO.ONE", "9112 §7.1", chunks(b"5\r\nhelloX\n0\r\n\r\n"), REFUSED, BAD),
    Case("ZERO.TWO", "9112 §7.1", chunks(b"5\r\nhello0\r\n\r\n"), REFUSED, BAD),
    *[Case(f"data that ends in {named(end)}", "9112 §7.1", chunks(b"5\r\nhello" + end + ZERO), REFUSED, BAD)
      for end in (b"", b"\n", b"\r", b"\n\r", b"\r\r\n", b" \r\n", b"\r\x00", b"x\r\n", b"\r\n\r\n")],
    Case("more data than the size", "9112 §7.1", chunks(b"4\r\nhello\r\n" + ZERO), REFUSED, BAD),
    Case("less data than the size", "9112 §7.1", chunks(b"6\r\nhello\r\n" + ZERO), REFUSED, BAD),
    Case("a last chunk with data", "9112 §7.1", chunks(b"0\r\nhello\r\n\r\n"), REFUSED, BAD),
    Case("the last line end is a bare LF", "9112 §7.1", chunks(b"0\r\n\n"), LENIENT, BAD),
    Case("the last line end is a bare CR", "9112 §7.1", chunks(b"0\r\n\r"), REFUSED, BAD),
    Case("the last chunk ends in bare LFs", "9112 §7.1", chunks(b"0\n\n"), REFUSED, BAD),
    Case("the empty line is missing: the request is a trailer", "9112 §7.1.2", chunks(b"0\r\n"), REFUSED, BAD),
]

TRAILERS = [
    *[Case(f"no trailer: {named(line)}", "9112 §7.1.2", trailer(line), REFUSED, BAD)
      for line in (b"words", b": a", b"X : a", b" X: a", b"X\x00: a", b"X(: a", b"X\xff: a", b"GET / HTTP/1.1")],
    *[Case(f"a control in a trailer: {named(line)}", "9110 §5.5", trailer(line), LENIENT, BAD)
      for line in (b"X: \x00", b"X: a\x01", b"X: a\x7f", b"X: a\rb")],
    Case("a folded trailer", "9112 §5.2", trailer(b"X: a", b" b"), LENIENT, BAD),
    Case("a trailer that ends in a bare LF", "9112 §2.2", chunks(b"0\r\nX: a\n\r\n"), LENIENT, BAD),
    Case("a trailer after a bare LF", "9112 §2.2", chunks(b"0\r\nX: a\nY: b\r\n\r\n"), LENIENT, BAD),
    Case("trailers without an end", "9112 §7.1.2", chunks(b"0\r\n" + b"X: a\r\n" * 500_000), TOO_LARGE + " | 431",
         "413", then=b""),
    *[Case(f"the connection ends after {named(body)}", "9112 §8", chunks(body), REFUSED + " | 408", BAD, then=b"",
           half_close=True)
      for body in (b"", b"5", b"5\r", b"5\r\n", b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r", b"5\r\nhello\r\n",
                   b"5\r\nhello\r\n0", b"5\r\nhello\r\n0\r\n", b"5\r\nhello\r\n0\r\n\r", b"5;a", b"0\r\nX",
                   b"0\r\nX: a\r\n")],
]

CASES = VALID + SIZES + TERMINATORS + TRAILERS
