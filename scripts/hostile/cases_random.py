"""Bytes that nobody has thought of: the requests of the other cases, damaged at random, and plain noise.

Each is sent twice, whole and in two parts. Nobody knows what its answer should be, but much is known of any answer: it
is HTTP, its status is one that this server gives, the connection ends, and both ways it is the same.
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


def cases(seed: int, is_ours: bool) -> list[Case]:
    return [
        Case(f"inputs {number * BATCH + 1} to {(number + 1) * BATCH} of seed {seed}", "9112 §2.2", full=number >= QUICK,
             check=lambda at, number=number: batch(at, seed, number, is_ours))
        for number in range(FULL)
    ]
