"""Too many of everything, and peers that speak something else."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from .case import SENTINEL, Case, check_contract, expect, get, judge
from .cases_connections import ERRORS
from .cases_slow import fill
from .client import Client, Target

PER_ADDRESS = 1000  # HTTPServer.Limits.connectionsPerAddressMax


def served(client: Client) -> bool:
    client.send(get())
    response = client.read_response()
    return response is not None and response.status == 200


def at_once(target: Target, count: int) -> None:
    """All are open at the same time, and each is served twice."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(target)) for _ in range(count)]
        for time_of in ("first", "second"):
            for client in clients:
                client.send(get())
            answers = [client.read_response() for client in clients]
            good = sum(answer is not None and answer.status == 200 for answer in answers)
            expect(good == count, f"{good} of {count} were served the {time_of} time")


def one_address_too_often(target: Target) -> None:
    """Those beyond the limit are told so; another address is served all the while, and this one when some have gone."""
    time.sleep(2)  # Until what was before is gone.
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(target)) for _ in range(PER_ADDRESS)]
        good = sum(served(client) for client in clients)
        expect(good == PER_ADDRESS, f"{good} of {PER_ADDRESS} were served")
        for n in range(100):
            with Client(target) as client:
                client.send(get() * (n % 2))  # Half of them ask at once, as most clients do.
                response = client.read_response()
                expect(response is not None and response.status == 503, f"one too many got {response}")
                expect(bool(response.values("retry-after")) and response.closes,
                       "503 without Retry-After, or without close")
                check_contract(response)
        if target.host == "127.0.0.1":
            with Client(target, source="127.0.0.2") as client:
                expect(served(client), "another address was not served")
        for client in clients[:10]:
            client.socket.close()
        time.sleep(0.5)
        with Client(target) as client:
            expect(served(client), "nobody was served after ten had gone")


def open_and_close(target: Target, count: int) -> None:
    for _ in range(count):
        Client(target).socket.close()


def errors(target: Target, count: int) -> None:
    for n in range(count):
        status, request = ERRORS[n % len(ERRORS)]
        with Client(target) as client:
            client.send(request)
            client.half_close()
            answers = client.read_answers()
            got = [response.status for response in answers.responses]
            expect(got == [status], f"{got} instead of {status}")


def resident_memory(pid: int) -> int:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def memory_is_bounded(target: Target, count: int) -> None:
    """Clients that ask without end and never read. What the server keeps for each is an output and an input buffer."""
    each = 1024  # KiB
    before = resident_memory(target.pid) if target.pid else 0
    with contextlib.ExitStack() as stack:
        fill([stack.enter_context(Client(target)) for _ in range(count)])
        if target.pid:
            more = resident_memory(target.pid) - before
            expect(more < count * each, f"{more} KiB more for {count} clients")
        with Client(target) as client:
            expect(served(client), "nobody else is served")


def no_answer_is_success(target: Target, data: bytes) -> None:
    with Client(target) as client:
        client.send(data)
        client.half_close()
        judge(client.read_answers(None), "4xx | 3xx | 501 | 505 | -", "rfc")


CLIENT_HELLO = bytes.fromhex(
    "16030100c5010000c1030365f0000000000000000000000000000000000000000000000000000000000000000008130213031301"
    "00ff01000070") + b"\x00" * 112

OTHER_PROTOCOLS = {
    "a TLS handshake": CLIENT_HELLO,
    "an SSL 2 handshake": b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\x01" * 37,
    "HTTP/2 with prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "SMTP": b"EHLO a\r\nMAIL FROM:<a@a>\r\n",
    "a mail header": b"HELO a\r\nSubject: x\r\n\r\n",
    "SIP": b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\n\r\n",
    "RTSP": b"OPTIONS rtsp://a/ RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
    "memcached": b"get a\r\n",
    "PostgreSQL": b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
    "Kafka": b"\x00\x00\x00\x0a\x00\x12\x00\x03\x00\x00\x00\x01\xff\xff",
    "PROXY protocol 1": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get() + SENTINEL,
    "PROXY protocol 2": b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + b"\x01" * 12 + get() + SENTINEL,
    "a response": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "zeros": b"\x00" * 1_000_000,
    "0xff": b"\xff" * 1_000_000,
    "line feeds": b"\n" * 100_000,
    "carriage returns": b"\r" * 100_000,
    "a shell": b"id; cat /etc/passwd\r\n\r\n",
    "a log4j lookup": b"GET /${jndi:ldap://a/x} HTTP/1.1\r\nHost: a\r\nX: ${jndi:ldap://a/x}\r\n\r\n",
}

CASES = [
    Case("500 connections at once", "9112 §9.4", check=lambda at: at_once(at, 500)),
    Case("1,000 of one address are served, no more", "6585 §4", check=one_address_too_often, only_ours=True, full=True),
    Case("1,000 connections opened and closed", "9112 §9.5", check=lambda at: open_and_close(at, 1000)),
    Case("20,000 connections opened and closed", "9112 §9.5", check=lambda at: open_and_close(at, 20_000), full=True),
    Case("1,000 errors", "9110 §15.5", check=lambda at: errors(at, 1000), only_ours=True),
    Case("50,000 errors", "9110 §15.5", check=lambda at: errors(at, 50_000), only_ours=True, full=True),
    Case("5 clients that never read", "", check=lambda at: memory_is_bounded(at, 5)),
    Case("50 clients that never read", "", check=lambda at: memory_is_bounded(at, 50), full=True),
    *[Case(f"not HTTP: {name}", "9112 §2.2", check=lambda at, data=data: no_answer_is_success(at, data))
      for name, data in OTHER_PROTOCOLS.items()],
]
