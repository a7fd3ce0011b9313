"""A client that knows what it may expect: requests with numbers, sockets that are watched, answers that are checked."""

import asyncio
import collections
import fcntl
import itertools
import re
import socket
import struct
import termios

from lib import bearer

LARGE_BYTES = 1_000_000
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [ -~]+$")
# For as many runs as fit in an hour.
SIGNED_IN = "".join(f"{name}: {value}\r\n" for name, value in bearer().items())
# Kinds of requests whose handlers do not return in time: their answer is a 503, by which the connection ends.
OVERDUE = {"stuck", "cancelled", "late"}


class Request:
    """One request with a number of its own, and what its answer has to be."""

    def __init__(self, kind: str, number: int, close: bool = False):
        self.kind = kind
        self.number = number
        self.is_sent = False
        # Sent and acknowledged before the signal: known to have reached the server's side.
        self.is_owed = False
        fields = "Connection: close\r\n" if close else ""
        body = b""
        self.statuses = {200}
        self.body: bytes | None = None
        match kind:
            case "echo":
                body = b"echo %d " % number * (1 + number % 1999)
                fields += f"Content-Length: {len(body)}\r\n"
                target, self.body = f"/echo?{number}", body
            case "head":
                target, self.body = f"/fast?{number}", b""
            case "large":
                line = b"large %d\n" % number
                target, self.body = f"/large?{number}", line * (LARGE_BYTES // len(line))
            case "missing":
                target, self.statuses = f"/missing?{number}", {404}
            case "crowded":  # served, or refused because there are too many
                target, self.statuses = f"/fast?{number}", {200, 503}
            case "fail":
                target, self.statuses = f"/fail?{number}", {500}
            case "status":
                target, self.body = "/status", b'{"status":"ok"}'
            case "stats":
                target = "/stats"
                fields += SIGNED_IN
            case "stream":
                target = f"/stream?{number}"
            case "stuck" | "cancelled":
                target, self.statuses = f"/{kind}?{number}", {503}
            case _:
                target, self.body = f"/{kind}?{number}", b"%s %d" % (kind.encode(), number)
        # A machine that is busy may keep any handler from its answer for as long as the deadline.
        if kind in {"late", "suspend"}:
            self.statuses = {200, 503}
        method = {"head": "HEAD", "echo": "POST"}.get(kind, "GET")
        self.data = f"{method} {target} HTTP/1.1\r\nHost: lifecycle\r\n{fields}\r\n".encode() + body

    def complaint(self, status: int, body: bytes) -> str | None:
        """What is wrong with an answer, if anything is."""
        if status not in self.statuses:
            return f"{self.kind} {self.number} was answered with {status}: {body[:200]!r}"
        if status == 200 and self.body is not None and body != self.body:
            return f"{self.kind} {self.number} has another body: {body[:80]!r}, {len(body)} bytes"
        return None


class Tally:
    """What has happened on all connections of a run, and what must not have happened."""

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.violations: list[str] = []
        self.numbers = itertools.count(1)
        self.has_signalled = False
        # The server may be ended by a second signal, or by its deadline: then anything may be cut.
        self.may_cut = False

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number

    def violation(self, text: str) -> None:
        self.violations.append(text)

    def request(self, kind: str, close: bool = False) -> Request:
        return Request(kind, next(self.numbers), close)


class Ended(Exception):
    """The connection is over; what that means is in the tally."""


class Link:
    """One connection. Everything that comes is read and checked at once, as long as `is_reading` is set."""

    def __init__(self, tally: Tally, connection: socket.socket):
        self.tally = tally
        self.connection = connection
        self.pending: collections.deque[Request] = collections.deque()
        self.is_early = not tally.has_signalled  # connected before the signal
        self.is_open = True
        self.is_abandoned = False  # we went away, so nothing is expected any more
        self.answered = 0
        self.answered_since_signal = 0
        self.bytes_received = 0
        self.has_said_close = False
        self.streaming: Request | None = None
        self.buffer = bytearray()
        self.piece = 0
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self.changed = asyncio.Event()
        self.reader = asyncio.create_task(self.read())
        tally.count("connections")

    @classmethod
    async def connect(cls, tally: Tally, port: int, receive_buffer: int = 0) -> "Link":
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        was_early = not tally.has_signalled
        try:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        except OSError as error:
            connection.close()
            if was_early and not tally.has_signalled:
                tally.violation(f"a connection was refused before the signal: {error}")
            tally.count("refused after the signal")
            raise Ended from error
        return cls(tally, connection)

    # What the client does.

    async def send(self, request: Request, data: bytes | None = None) -> None:
        """Sends a request, or a part of it; `finish` says when a request in parts is complete."""
        if not self.pending or self.pending[-1] is not request:
            self.pending.append(request)
            self.tally.count("requests")
        await self.write(request.data if data is None else data)
        if data is None:
            request.is_sent = True

    async def write(self, data: bytes) -> None:
        if not self.is_open:
            raise Ended
        try:
            await asyncio.get_running_loop().sock_sendall(self.connection, data)
        except OSError:
            # What has come before is still to be read, and the reader sees how it ended.
            self.is_reading.set()
            await asyncio.wait([self.reader])
            raise Ended from None

    async def answers(self) -> None:
        """Waits until everything is answered."""
        while self.pending or self.streaming:
            await self.change()

    async def end(self) -> None:
        """Waits for the server to end the connection."""
        while self.is_open:
            await self.change()

    async def pause(self, seconds: float) -> None:
        """Waits, unless the connection ends first."""
        try:
            await asyncio.wait_for(self.end(), seconds)
            raise Ended
        except TimeoutError:
            pass

    async def change(self) -> None:
        if not self.is_open:
            raise Ended
        self.changed.clear()
        await self.changed.wait()
        if not self.is_open and (self.pending or self.streaming):
            raise Ended

    def close(self, reset: bool = False) -> None:
        """Goes away; with a reset, as if the machine had been switched off."""
        if not self.is_open:
            return
        self.is_abandoned = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.over("closed by the client" if not reset else "reset by the client")

    # What is known at the moment of the signal.

    def note_signal(self) -> None:
        """Says which requests the server owes an answer: those that have begun, if all bytes are acknowledged, so that
        they are on its side, in a connection that the kernel has completed. (SIOCOUTQ: what is not acknowledged.)"""
        if self.is_open and self.pending:
            unacknowledged = struct.unpack("i", fcntl.ioctl(self.connection, termios.TIOCOUTQ, b"\0" * 4))[0]
            for request in self.pending:
                request.is_owed = unacknowledged == 0

    # What the server does.

    async def read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self.is_open:
                await self.is_reading.wait()
                data = await loop.sock_recv(self.connection, 256 * 1024)
                if not data:
                    return self.over("ended by the server")
                self.bytes_received += len(data)
                self.buffer += data
                self.parse()
                self.changed.set()
        except OSError as error:
            self.over(f"reset by the server ({error.strerror})")
        except Exception as error:  # Nobody asks what has become of this task.
            self.fail(f"{error!r}, reading {bytes(self.buffer[:200])!r}")

    def parse(self) -> None:
        while self.buffer and self.is_open:
            if self.streaming:
                if not self.parse_chunk():
                    return
                continue
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = bytes(self.buffer[:end]).split(b"\r\n")
            fields = {}
            for line in lines[1:]:
                name, _, value = line.partition(b": ")
                fields[name.lower()] = value
            match = STATUS.match(lines[0])
            if not match or b"date" not in fields:
                return self.fail(f"this is no head of an answer: {bytes(self.buffer[:200])!r}")
            status = int(match[1])
            if not self.pending:
                return self.fail(f"an answer that nobody has asked for: {bytes(self.buffer[:200])!r}")
            request = self.pending[0]
            if fields.get(b"transfer-encoding") == b"chunked":
                del self.buffer[: end + 4]
                self.streaming, self.piece = request, 0
                self.pending.popleft()
                self.count_answer("stream begun")
                continue
            length = 0 if request.kind == "head" else int(fields[b"content-length"])
            if len(self.buffer) < end + 4 + length:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + length])
            del self.buffer[: end + 4 + length]
            self.pending.popleft()
            self.has_said_close = fields.get(b"connection") == b"close"
            if not (self.is_abandoned or not request.is_sent and status == 400):
                complaint = request.complaint(status, body)
                if complaint:
                    return self.fail(complaint)
            self.count_answer(f"{request.kind} {status}")

    def count_answer(self, what: str) -> None:
        self.answered += 1
        self.answered_since_signal += self.tally.has_signalled
        self.tally.count(what)

    def parse_chunk(self) -> bool:
        """Takes one whole chunk of the stream; `False` if it has not come yet."""
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        try:
            size = int(self.buffer[:end], 16)
        except ValueError:
            self.fail(f"this is no chunk: {bytes(self.buffer[:80])!r}")
            return False
        if len(self.buffer) < end + 2 + size + 2:
            return False
        chunk = bytes(self.buffer[end + 2 : end + 2 + size])
        terminator = bytes(self.buffer[end + 2 + size : end + 2 + size + 2])
        del self.buffer[: end + 2 + size + 2]
        expected = b"%d %d " % (self.streaming.number, self.piece)
        if terminator != b"\r\n" or not chunk.startswith(expected) or not chunk.endswith(b"\n"):
            self.fail(f"a chunk that should begin with {expected!r}: {chunk[:80]!r}, and then {terminator!r}")
            return False
        self.piece += 1
        self.tally.count("pieces of streams")
        return True

    def fail(self, text: str) -> None:
        self.tally.violation(text)
        self.is_abandoned = True
        self.over("given up")

    def over(self, how: str) -> None:
        """The connection has ended: is that how it may end?"""
        if not self.is_open:
            return
        self.is_open = False
        # The number of the descriptor may be another connection's in a moment.
        asyncio.get_running_loop().remove_reader(self.connection)
        asyncio.get_running_loop().remove_writer(self.connection)
        self.connection.close()
        self.judge(how)
        self.reader.cancel()
        self.changed.set()

    def judge(self, how: str) -> None:
        tally = self.tally
        if self.is_abandoned or tally.may_cut:
            return tally.count(f"connections {how.split(' (')[0]}")
        is_reset = how.startswith("reset")
        waits_for = self.streaming or (self.pending[0] if self.pending else None)
        where = f"{waits_for.kind} {waits_for.number}" if waits_for else "nothing outstanding"
        where += f", {self.answered} answers before, {self.answered_since_signal} since the signal"
        if not tally.has_signalled and not self.has_said_close:
            return tally.violation(f"connection {how} while the server was running ({where})")
        if self.streaming:
            if is_reset:
                return tally.violation(f"a stream was {how} ({where})")
            return tally.count("streams ended by the shutdown" + (", within a chunk" if self.buffer else ""))
        if self.buffer:
            return tally.violation(f"half an answer, then {how}: {bytes(self.buffer[:100])!r} ({where})")
        if is_reset and (self.is_early or self.bytes_received):
            return tally.violation(f"connection {how} ({where})")
        if is_reset:
            return tally.count("connections made after the signal and never accepted")
        if not self.pending:
            return tally.count("connections closed between requests")
        if self.has_said_close:
            return tally.count("requests after an answer with close", len(self.pending))
        if self.pending[0].is_owed:
            return tally.violation(f"a request that had arrived was not answered; connection {how} ({where})")
        tally.count("requests sent as the connection closed, and not begun", len(self.pending))
