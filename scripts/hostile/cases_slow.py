"""Clients that take their time, or leave without a word. Each phase has an absolute deadline, whatever still drips in.

No RFC asks for deadlines, so they are our own promise: see `HTTPServer.Limits`. All cases run at the same time.
"""

from __future__ import annotations

import select
import socket
import time

from .case import CHUNKED, Case, Failure, chunks, expect, get, judge, post
from .client import Client, Target

# Seconds, as in HTTPServer.Limits, and how much later than that a connection may end: a busy machine is slow too.
HEAD, BODY, IDLE, WRITE, LINGER = 10, 30, 75, 30, 1
LATE = 10


def ends(target: Target, first: bytes, drip: bytes, deadline: float, expected: str) -> None:
    """Sends the first bytes, then one of `drip` twice a second, again and again. It must end all the same, and not before
    the deadline, unless what comes is refused for what it says."""
    began, sent = time.monotonic(), 0
    with Client(target, timeout=0.5) as client:
        client.send(first)
        while client.receive() or client.end == "open":
            if time.monotonic() > began + deadline + LATE:
                raise Failure(f"still open {deadline + LATE:.0f} s later")
            if drip and client.end == "open":
                client.send(drip[sent % len(drip):][:1])
                sent += 1
        seconds = time.monotonic() - began
        answers = client.read_answers()
        judge(answers, expected, "ours", announces_close="408" in expected)
        is_refused = bool(answers.responses) and answers.responses[-1].status in (413, 501)
        expect(is_refused or seconds > deadline - 1, f"ended after {seconds:.1f} s already")


def slow(name: str, first: bytes, drip: bytes, deadline: float, expected: str, full: bool = False) -> Case:
    return Case(name, "", only_ours=True, full=full,
                check=lambda target: ends(target, first, drip, deadline, expected))


def ends_after_linger(target: Target) -> None:
    """After a refusal the server reads on for a moment only."""
    with Client(target) as client:
        client.send(get(b"X : a\r\n"))
        client.read_to_end()
        deadline = time.monotonic() + LINGER + LATE
        while client.send(b"x"):
            expect(time.monotonic() < deadline, "it still takes bytes")
            time.sleep(0.2)


def slow_client_is_served(target: Target) -> None:
    """A head and a body that take some seconds, but fewer than they may."""
    message = post(b"Content-Length: 20\r\nConnection: close\r\n", b"x" * 20)
    with Client(target) as client:
        for start in range(0, len(message), 12):
            client.send(message[start:start + 12])
            time.sleep(0.5)
        judge(client.read_answers(), "405", "rfc")


def slow_reader_is_served(target: Target) -> None:
    with Client(target) as client:
        client.send(get() * 2000)
        client.half_close()
        for _ in range(100):
            time.sleep(0.02)
            client.received += client.socket.recv(512)
        answers = client.read_answers()
        expect(len(answers.responses) == 2000, f"{len(answers.responses)} answers of 2000")


def fill(clients: list[Client]) -> None:
    """They ask and never read, until nothing can be sent any more."""
    requests, stuck_since = clients[0].target.prepare(get()) * 100, time.monotonic()
    sent = [0] * len(clients)
    for client in clients:
        client.socket.setblocking(False)
        for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):  # Otherwise the kernel would hold megabytes for each.
            client.socket.setsockopt(socket.SOL_SOCKET, buffer, 4096)
    while time.monotonic() < stuck_since + 1:
        for number, client in enumerate(clients):
            try:
                sent[number] += client.socket.send(requests[sent[number] % len(requests):])
                stuck_since = time.monotonic()
            except BlockingIOError:
                pass
        time.sleep(0.001)


def who_never_reads_is_given_up(target: Target) -> None:
    with Client(target) as client:
        fill([client])
        poll = select.poll()
        poll.register(client.socket, 0)  # POLLHUP and POLLERR come unasked.
        expect(bool(poll.poll((WRITE + LATE) * 1000)), f"still open {WRITE + LATE} s later")


SIZED = post(b"Content-Length: 1000\r\n")
CHUNK = post(CHUNKED)

CASES = [
    slow("nothing at all", b"", b"", HEAD, "-"),
    slow("half a request line, then nothing", b"GET /sta", b"", HEAD, "408"),
    slow("half a head, then nothing", get()[:-2], b"", HEAD, "408"),
    slow("a request line that drips", b"", b"G" * 100, HEAD, "408 | 501"),
    slow("a target that drips", b"GET /", b"a" * 100, HEAD, "408"),
    slow("a name that drips", get()[:-2], b"a", HEAD, "408"),
    slow("a value that drips", get()[:-2] + b"X: ", b"a", HEAD, "408"),
    slow("fields that drip", get()[:-2], b"X:a\r\n", HEAD, "408"),
    slow("only an empty line", b"\r\n", b"", HEAD, "408"),
    slow("half a second request", get() + b"GET /sta", b"", HEAD, "200 408"),
    slow("a second request that drips", get() + b"GET /", b"a", HEAD, "200 408"),
    slow("the end of the head is missing", get()[:-1], b"", HEAD, "408"),
    Case("bytes after a refusal", "9112 §9.6", check=ends_after_linger, only_ours=True),
    Case("a slow client is served", "", check=slow_client_is_served),
    Case("a slow reader is served", "", check=slow_reader_is_served),
    slow("half a body, then nothing", SIZED + b"x" * 500, b"", BODY, "408", full=True),
    slow("a body that drips", SIZED, b"x", BODY, "408", full=True),
    slow("no chunk", CHUNK, b"", BODY, "408", full=True),
    slow("a size that drips", CHUNK, b"0", BODY, "408 | 413", full=True),
    slow("an extension that drips", CHUNK + b"5;", b"a", BODY, "408", full=True),
    slow("chunks that drip", CHUNK, b"1\r\nx\r\n", BODY, "408", full=True),
    slow("trailers that drip", CHUNK + b"0\r\n", b"X:a\r\n", BODY, "408", full=True),
    slow("the end of the body is missing", chunks(b"0\r\n\r"), b"", BODY, "408", full=True),
    slow("a body that is announced and does not come", post(b"Expect: 100-continue\r\nContent-Length: 5\r\n"), b"",
         BODY, "408", full=True),
    slow("no second request", get(), b"", IDLE, "200", full=True),
    slow("no request after a body", post(b"Content-Length: 5\r\n", b"hello"), b"", IDLE, "405", full=True),
    Case("who never reads is given up", "", check=who_never_reads_is_given_up, only_ours=True, full=True),
]

# --- Clients that vanish --------------------------------------------------------------------------------------------


def vanish(target: Target, data: bytes, wait: float = 0) -> None:
    """Thirty clients are gone in that phase. The checks after the block count the descriptors."""
    for _ in range(30):
        client = Client(target)
        client.send(data)
        time.sleep(wait)
        client.vanish()


PHASES = {
    "after connecting": b"",
    "within a request line": b"GET /sta",
    "within a head": get()[:-2],
    "before a body": SIZED,
    "within a body": SIZED + b"x" * 500,
    "before a chunk": CHUNK,
    "within a chunk": CHUNK + b"5\r\nhel",
    "within a trailer": CHUNK + b"0\r\nX: a",
    "after a request": get(),
    "after a pipeline": get() * 500,
    "after a bad request": get(b"X : a\r\n"),
    "after a body that is too long": post(b"Content-Length: 99999999\r\n", b"x" * 100_000),
    "while it waits for 100 Continue": post(b"Expect: 100-continue\r\nContent-Length: 5\r\n"),
}

VANISHED = [
    Case(f"{name}{', a moment later' if wait else ''}", "9112 §9.5",
         check=lambda at, data=data, wait=wait: vanish(at, data, wait))
    for name, data in PHASES.items() for wait in (0, 0.003)
]
