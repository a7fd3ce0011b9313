"""Bytes that nobody has thought of.

First, pipelines that are right in every byte, as unusual as the grammar allows, in pieces of any size: all answers are
known. Then the requests of the other cases, damaged at random, and plain noise. Each is sent twice, whole and in two
parts. Nobody knows what its answer should be, but much is known of any answer: it is HTTP, its status is one that this
server gives, the connection ends, and both ways it is the same.
"""

from __future__ import annotations

import random

from . import cases_chunks, cases_connections, cases_fields, cases_lengths, cases_request_line
from .case import SENTINEL, Case, Failure, check_contract, expect
from .client import Answers, Client, Malformed, Target

BATCH = 500
QUICK, FULL = 4, 400  # batches

OUR_STATUSES = {200, 204, 400, 404, 405, 413, 414, 417, 431, 501, 505}
PIECES = [b"\r", b"\n", b"\r\n", b"\x00", b" ", b"\t", b":", b";", b",", b"0", b"f", b"%", b"..", b"\x7f", b"\x80",
          b"\xff", b"-", b"\r\n\r\n", b"Host: a\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
          b"HTTP/1.0", SENTINEL]

CORPUS = [
    case.send for module in (cases_request_line, cases_fields, cases_lengths, cases_chunks, cases_connections)
    for case in module.CASES if 0 < len(case.send) < 2000
]


def damaged(dice: random.Random) -> bytes:
    if dice.random() < 0.1:
        return dice.randbytes(dice.randrange(1, 300))
    data = bytearray(dice.choice(CORPUS) + dice.choice((b"", SENTINEL, dice.choice(CORPUS))))
    for _ in range(dice.choice((1, 1, 2, 3, 5, 8))):
        at = dice.randrange(len(data) + 1)
        other = dice.randrange(len(data) + 1)
        match dice.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at:at + 1] = dice.choice(PIECES)
            case 2 | 3:
                data[at:at] = dice.choice(PIECES)
            case 4:
                del data[at:at + dice.randrange(1, 20)]
            case 5:
                data[at:at] = data[other:other + dice.randrange(1, 60)]
            case 6 if dice.random() < 0.3:
                del data[at:]
    return bytes(data)


def checked(client: Client, is_ours: bool) -> Answers:
    answers = client.read_answers(None)
    expect(answers.end != "open", f"{answers}: it hangs")
    for response in answers.responses:
        status = response.status
        allowed = status in OUR_STATUSES if is_ours else status < 500 or status in (501, 503, 505)
        expect(allowed, f"{answers}: {status} is none of its statuses")
        if is_ours:
            check_contract(response)
    return answers


def batch(target: Target, seed: int, number: int, is_ours: bool) -> None:
    inputs = [target.prepare(damaged(random.Random(f"{seed} {number} {n}"))) for n in range(BATCH)]
    statuses = []
    for data in inputs:
        with Client(target) as client:
            client.send(data)
            client.half_close()
            statuses.append(judged(client, data, is_ours))
    dice = random.Random(f"{seed} {number}")
    places = [dice.randrange(len(data) + 1) for data in inputs]
    clients = [Client(target) for _ in inputs]
    try:
        for client, data, place in zip(clients, inputs, places):
            client.send(data[:place])
        for client, data, place in zip(clients, inputs, places):
            client.send(data[place:])
            client.half_close()
        for client, data, place, expected in zip(clients, inputs, places, statuses):
            if (got := judged(client, data, is_ours)) != expected:
                raise Failure(f"{data!r} in two after {place} bytes: {got}, as a whole {expected}")
    finally:
        for client in clients:
            client.socket.close()


def judged(client: Client, data: bytes, is_ours: bool) -> list[int]:
    try:
        return [response.status for response in checked(client, is_ours).responses]
    except (Failure, Malformed) as problem:
        raise Failure(f"{data!r}: {problem}") from None


# --- Pipelines that are right ---------------------------------------------------------------------------------------


def random_body(dice: random.Random) -> bytes:
    """What a body might be mistaken for."""
    noise = dice.randbytes(dice.randrange(40))
    parts = [SENTINEL, b"0\r\n\r\n", b"\r\n", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", noise, b""]
    return b"".join(dice.choices(parts, k=dice.randrange(5)))


def chunked(dice: random.Random, body: bytes) -> bytes:
    extensions = (b"", b"", b";a", b";a=b;c", b';a="b;c"', b"; a = b")
    encoded = b""
    while body:
        size = dice.randrange(1, len(body) + 1)
        digits = dice.choice((b"%x", b"%X", b"0%x", b"0000%x")) % size
        encoded += digits + dice.choice(extensions) + b"\r\n" + body[:size] + b"\r\n"
        body = body[size:]
    trailers = b"".join(dice.choices((b"X: a\r\n", b"Y:\r\n", b"Content-Length: 7\r\n"), k=dice.randrange(3)))
    return encoded + dice.choice((b"0", b"00")) + dice.choice(extensions) + b"\r\n" + trailers + b"\r\n"


def valid_request(dice: random.Random) -> tuple[bytes, str, int]:
    """A request, its method and its status."""
    method = dice.choice(("GET", "GET", "HEAD", "POST", "POST", "DELETE"))
    path = dice.choice(("/status", "/status", "/status?x=%00", "http://b:1/status", "/nowhere"))
    fields = [b"Host: a", *dice.choices((b"X: a", b"x-y:\t b \t", b"Accept: */*", b"Z:", b"Connection: Keep-Alive"),
                                        k=dice.randrange(5))]
    body, sent = random_body(dice), b""
    if method in ("POST", "DELETE") or dice.random() < 0.2:
        if dice.random() < 0.5:
            fields.append(dice.choice((b"Content-Length: %d", b"content-length:00%d ")) % len(body))
            sent = body
        else:
            fields.append(dice.choice((b"Transfer-Encoding: chunked", b"TRANSFER-ENCODING:\tChunked\t")))
            sent = chunked(dice, body)
    dice.shuffle(fields)
    status = 404 if path == "/nowhere" else 200 if method in ("GET", "HEAD") else 405
    head = b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), *fields])
    return head + b"\r\n\r\n" + sent, method, status


def pipelines(target: Target, seed: int, number: int) -> None:
    for n in range(BATCH // 10):
        dice = random.Random(f"{seed} {number} {n} valid")
        requests = [valid_request(dice) for _ in range(dice.randrange(1, 15))]
        data = target.prepare(b"".join(request for request, _, _ in requests) + SENTINEL)
        heads = frozenset(number for number, (_, method, _) in enumerate(requests) if method == "HEAD")
        with Client(target) as client:
            places = sorted(dice.choices(range(len(data)), k=dice.choice((0, 1, 5, 50))))
            for start, end in zip([0, *places], [*places, len(data)]):
                client.send(data[start:end])
            try:
                answers = client.read_answers(heads)
            except Malformed as problem:
                raise Failure(f"{data!r}: {problem}") from None
        expected = [status for _, _, status in requests] + [404]
        expect([response.status for response in answers.responses] == expected, f"{data!r}: {answers}, not {expected}")


def cases(seed: int, is_ours: bool) -> list[Case]:
    return [
        Case(f"pipelines {number * BATCH // 10 + 1} to {(number + 1) * BATCH // 10} of seed {seed}", "9112 §9.3.2",
             full=number >= QUICK, check=lambda at, number=number: pipelines(at, seed, number))
        for number in range(FULL)
    ] + [
        Case(f"inputs {number * BATCH + 1} to {(number + 1) * BATCH} of seed {seed}", "9112 §2.2", full=number >= QUICK,
             check=lambda at, number=number: batch(at, seed, number, is_ours))
        for number in range(FULL)
    ]
