"""The same bytes in other pieces: TCP may cut a request anywhere, and the answers must not depend on it."""

from __future__ import annotations

import time

from .case import CHUNKED, SENTINEL, Case, Failure, chunks, get, post
from .client import Answers, Client, Malformed, Target

MESSAGES = {
    "a GET": b"\r\n" + get(b"Accept: */*\r\n") + SENTINEL,
    "a body with a length": post(b"Content-Length: 12\r\n", b"hello\r\n\r\nGET") + SENTINEL,
    "a chunked body": chunks(b'5;a="b"\r\nhello\r\n0a\r\n0123456789\r\n0;c\r\nX: y\r\n\r\n') + SENTINEL,
    "a pipeline": get() + chunks(b"1\r\n0\r\n0\r\n\r\n") + get(line=b"GET /nowhere?x HTTP/1.1") + SENTINEL,
    "two lengths": post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n") + SENTINEL,
    "a bare line feed": get(b"X: a\nY: b\r\n") + SENTINEL,
    "a bare carriage return": get(b"X: a\rY: b\r\n") + SENTINEL,
    "a folded line": get(b"X: a\r\n b\r\n") + SENTINEL,
    "a size with a sign": chunks(b"5\r\nhello\r\n+5\r\nhello\r\n0\r\n\r\n") + SENTINEL,
    "a chunk that is too long": chunks(b"5\r\nhelloo\r\n0\r\n\r\n") + SENTINEL,
}


def content(answers: Answers) -> list[tuple[int, bytes]]:
    return [(response.status, response.body) for response in answers.responses]


def whole(target: Target, message: bytes) -> list[tuple[int, bytes]]:
    with Client(target) as client:
        client.send(message)
        return content(client.read_answers())


def byte_by_byte(target: Target, message: bytes) -> None:
    expected = whole(target, message)
    with Client(target) as client:
        for byte in message:
            client.send(bytes([byte]))
            time.sleep(0.0005)
        answers = client.read_answers()
    if content(answers) != expected:
        raise Failure(f"{answers}, and as a whole {[status for status, _ in expected]}")


def in_two(target: Target, message: bytes, places: range) -> None:
    """All at the same time: the second parts are sent when the server has long had the first ones."""
    expected = whole(target, message)
    message = target.prepare(message)
    clients = [Client(target) for _ in places]
    try:
        for client, place in zip(clients, places):
            client.send(message[:place])
        time.sleep(0.1)
        for client, place in zip(clients, places):
            client.send(message[place:])
        for client, place in zip(clients, places):
            try:
                answers = client.read_answers()
            except Malformed as problem:
                raise Failure(f"in two after {place} bytes: {problem}") from None
            if content(answers) != expected:
                raise Failure(f"in two after {place} bytes: {answers}, as a whole {[status for status, _ in expected]}")
    finally:
        for client in clients:
            client.socket.close()


CASES = [
    case for name, message in MESSAGES.items() for case in (
        Case(f"{name}, byte by byte", "9112 §2.2", check=lambda at, message=message: byte_by_byte(at, message)),
        Case(f"{name}, in two at every place", "9112 §2.2",
             check=lambda at, message=message: in_two(at, message, range(1, len(message)))))
]
