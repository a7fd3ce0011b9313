"""A client that sends exactly the bytes that it is told to, and reads what comes back without any leniency."""

from __future__ import annotations

import re
import socket
import ssl
import struct
from dataclasses import dataclass, field, replace

from .tls import TLSSocket

TIMEOUT = 10.0  # Seconds without a byte after which a server hangs: far more than any answer takes.
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*")
FIELD = re.compile(rb"(" + TOKEN + rb"):([\t\x20-\x7e\x80-\xff]*)")


class Malformed(Exception):
    """What came is not HTTP: the server has answered wrongly, whatever it was asked."""


@dataclass(frozen=True)
class Target:
    """Where the server is, which path answers 200 to GET and 405 to POST, and the id of its process if it is known."""

    host: str
    port: int
    path: bytes = b"/status"
    tls: bool = False
    pid: int | None = None

    def prepare(self, data: bytes) -> bytes:
        """The tables of cases say /status; another server has another path."""
        return data if self.path == b"/status" else data.replace(b"/status", self.path)


@dataclass(frozen=True)
class Response:
    status: int
    fields: list[tuple[str, str]]
    body: bytes = b""
    version: str = "1.1"
    framing: str = "none"  # none, length, chunked, close (the end of the connection is the end of the body)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    @property
    def closes(self) -> bool:
        options = ",".join(self.values("connection")).lower().split(",")
        return "close" in (option.strip() for option in options)


def parse_response(data: bytes, start: int, has_ended: bool, answers_head: bool | None) -> tuple[Response, int] | None:
    """Takes one response (RFC 9112 §4 to §7) out of data[start:] and says where the next one starts.

    None if it is not all there yet. `answers_head` is None if nobody knows whether the request was a HEAD: then a
    length without the bytes is taken for one.
    """
    end = data.find(b"\r\n\r\n", start)
    if end < 0:
        if not b"HTTP/1.".startswith(data[start:start + 7]):
            raise Malformed(f"no status line: {data[start:start + 40]!r}")
        if has_ended:
            raise Malformed(f"the head is cut short: {data[start:][-60:]!r}")
        return None
    lines = data[start:end].split(b"\r\n")
    match = STATUS_LINE.fullmatch(lines[0])
    if not match:
        raise Malformed(f"no status line: {lines[0][:60]!r}")
    status = int(match[2])
    fields = []
    for line in lines[1:]:
        parts = FIELD.fullmatch(line)
        if not parts:
            raise Malformed(f"not a field: {line[:60]!r}")
        fields.append((parts[1].decode().lower(), parts[2].strip(b" \t").decode("latin-1")))
    head = Response(status, fields, version=match[1].decode())
    start = end + 4

    lengths, codings = head.values("content-length"), head.values("transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise Malformed(f"more than one length: {lengths} {codings}")
    if lengths and not re.fullmatch(r"[0-9]+", lengths[0]):
        raise Malformed(f"Content-Length is {lengths[0]!r}")
    if codings and codings[0] != "chunked":
        raise Malformed(f"Transfer-Encoding is {codings[0]!r}")
    if status < 200 or status == 204:
        if lengths or codings:
            raise Malformed(f"a length with {status} (RFC 9110 §8.6)")
        return head, start
    if answers_head or status == 304:
        return head, start
    if lengths:
        end = start + int(lengths[0])
        has_no_body = has_ended and start == len(data) or data.startswith(b"HTTP/", start)
        if answers_head is None and has_no_body:
            return head, start
        if end > len(data):
            if has_ended:
                raise Malformed(f"the body has {len(data) - start} bytes of {lengths[0]}")
            return None
        return replace(head, body=data[start:end], framing="length"), end
    if codings:
        return parse_chunks(data, start, has_ended, head)
    return (replace(head, body=data[start:], framing="close"), len(data)) if has_ended else None


def parse_chunks(data: bytes, start: int, has_ended: bool, head: Response) -> tuple[Response, int] | None:
    body = b""
    while match := re.compile(rb"([0-9A-Fa-f]{1,8})\r\n").match(data, start):
        size = int(match[1], 16)
        start = match.end() + size + 2
        if start > len(data):
            break
        if data[start - 2:start] != b"\r\n":
            raise Malformed("a chunk is not as long as it says")
        body += data[match.end():start - 2]
        if size == 0:
            return replace(head, body=body, framing="chunked"), start
    if has_ended:
        raise Malformed("the chunked body is cut short")
    return None


@dataclass
class Answers:
    """All that came until the connection ended: the final responses, and how many interim ones (1xx) there were."""

    responses: list[Response] = field(default_factory=list)
    interim: int = 0
    end: str = "closed"  # closed, reset, or open: nothing more came, and no end

    def __str__(self) -> str:
        statuses = " ".join(str(response.status) for response in self.responses) or "no answer"
        return statuses if self.end == "closed" else f"{statuses}, then {self.end}"


class Client:
    """One connection. What cannot be sent because the server has closed already is dropped: the answer says why."""

    def __init__(self, target: Target, timeout: float = TIMEOUT, source: str = ""):
        self.target = target
        self.socket = socket.create_connection((target.host, target.port), timeout, (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if target.tls:
            self.socket = TLSSocket(self.socket)
        self.received = b""
        self.start = 0  # of what is not parsed yet
        self.end = ""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        try:
            self.socket.sendall(self.target.prepare(data))
            return True
        except (ConnectionError, TimeoutError, ssl.SSLError):
            return False

    def half_close(self) -> None:
        """Says that no more will be sent, and goes on reading."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The server was faster.

    def vanish(self) -> None:
        """Resets the connection, as a client does whose process was killed with something unread."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def receive(self) -> bool:
        """Waits for more bytes. False if there will be none, or if none came in time; `end` says which."""
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            self.end = "open"
            return False
        except (ConnectionError, ssl.SSLError):
            self.end = "reset"
            return False
        self.received += data
        if not data:
            self.end = "closed"
        return bool(data)

    def read_to_end(self) -> bytes:
        while self.receive():
            pass
        return self.received

    def read_response(self, answers_head: bool = False) -> Response | None:
        """The next response, interim ones included. None if the connection ends before it, or it does not come."""
        while True:
            if self.start < len(self.received) or self.end:
                if self.start == len(self.received) or self.end == "open":
                    return None
                if found := parse_response(self.received, self.start, bool(self.end), answers_head):
                    response, self.start = found
                    return response
            self.receive()

    def read_answers(self, heads: frozenset[int] | None = frozenset()) -> Answers:
        """Reads until the connection ends. `heads` are the numbers of the responses to HEAD; None if nobody knows."""
        data = self.read_to_end()
        answers = Answers(end=self.end)
        while self.start < len(data):
            answers_head = None if heads is None else len(answers.responses) in heads
            found = parse_response(data, self.start, self.end != "open", answers_head)
            if not found:
                raise Malformed(f"after {answers}, half a response: {data[self.start:][:60]!r}")
            response, self.start = found
            if answers.responses and answers.responses[-1].closes:
                raise Malformed(f"a {response.status} after a response that said Connection: close")
            if response.status < 200:
                answers.interim += 1
            else:
                answers.responses.append(response)
        return answers
