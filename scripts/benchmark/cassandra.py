"""The suite of the program with Cassandra behind it: what it costs to follow a stream of so many events a second."""

import http.client
import json
import secrets
import socket
import struct
import time
from contextlib import ExitStack
from functools import partial

from benchmark.foundation import STREAM_PATH, our_server, simulator, stream_url
from benchmark.programs import Program
from benchmark.results import OURS, Measurement, Result, size
from benchmark.settings import Settings, Work
from lib import Client, ProgramError, bearer

# It has caught up when it is no more than this behind, and must have within the second time.
SECONDS_BEHIND_MAX = 0.5
SECONDS_TO_CATCH_UP = 15
# After the last event, until it has been counted.
SECONDS_TO_FINISH = 30
SECONDS_BETWEEN_LOOKS = 0.25


def follow(settings: Settings, rate: int) -> Result:
    """CPU time and memory over a stated time, after it has caught up with the simulator. The end tells whether every event
    was counted. Timestamps pass as those of Wikimedia do, 50 events a second, however fast the events come."""
    total = rate * (SECONDS_TO_CATCH_UP + settings.cassandra_seconds)
    keyspace = f"bench_{secrets.token_hex(6)}"
    storage = {
        "STORAGE": "cassandra",
        "CASSANDRA_CONTACT_POINTS": settings.cassandra,
        "CASSANDRA_KEYSPACE": keyspace,
    }
    with ExitStack() as running:
        events = running.enter_context(simulator(settings, total, "--rate", str(rate)))
        running.callback(execute, settings.cassandra, f"DROP KEYSPACE IF EXISTS {keyspace}")
        began = start_clock(events)
        program, port = running.enter_context(our_server(settings, stream_url(events), storage))
        # Not before the counts are read from Cassandra.
        program.wait_until_answers(port, "/stats", bearer())
        client = running.enter_context(Client(port))

        def seconds_behind() -> float:
            return min(total / rate, time.monotonic() - began) - count_of(program, client) / rate

        end = time.monotonic() + SECONDS_TO_CATCH_UP
        while seconds_behind() > SECONDS_BEHIND_MAX:
            if time.monotonic() > end:
                raise program.error(f"has not caught up with {rate:,} events/s in {SECONDS_TO_CATCH_UP} s")
            time.sleep(SECONDS_BETWEEN_LOOKS)

        behind = []
        start, cpu, resident = time.monotonic(), program.cpu_seconds(), program.resident_bytes()
        first = count_of(program, client)
        while (elapsed := time.monotonic() - start) < settings.cassandra_seconds:
            behind.append(seconds_behind())
            time.sleep(SECONDS_BETWEEN_LOOKS)
        cpu, counted = program.cpu_seconds() - cpu, count_of(program, client) - first
        grown = program.resident_bytes() - resident
        wait_for_the_rest(program, client, total, began + total / rate)
        measurement = Measurement(
            counted / elapsed,
            cpu / max(counted, 1),
            peak_bytes=program.peak_bytes(),
            more={"share_of_a_core": cpu / elapsed, "grown_bytes": grown, "seconds_behind": behind},
        )
    what = f"stream → Cassandra, {rate:,} events/s for {settings.cassandra_seconds} s"
    note = f"{cpu / elapsed:.1%} of a core, {size(grown)} more at the end, `/stats` at most {max(behind):.2f} s behind"
    return Result(what, "event", {OURS: [measurement]}, note)


def wait_for_the_rest(program: Program, client: Client, total: int, last_event: float) -> None:
    while (count := count_of(program, client)) < total:
        if time.monotonic() > last_event + SECONDS_TO_FINISH:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if count != total:
        raise program.error(f"has counted {count:,} of {total:,} events")


def count_of(program: Program, client: Client) -> int:
    try:
        return json.loads(client.get("/stats", bearer()))["messages"]
    except (OSError, http.client.HTTPException) as error:
        program.check_running()
        raise program.error(f"did not answer GET /stats: {error}") from error


def start_clock(port: int) -> float:
    """Event 0 happens when the first client comes: this one. Returns when that was."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"GET {STREAM_PATH} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n\r\n".encode())
        connection.recv(1)
        return time.monotonic()


def execute(address: str, statement: str) -> None:
    """Without a client of Cassandra there is still its protocol: STARTUP, and a QUERY (native_protocol_v4.spec § 4.1)."""
    text = statement.encode()
    options = b"\x00\x01" + b"".join(struct.pack(">H", len(part)) + part for part in (b"CQL_VERSION", b"3.0.0"))
    query = struct.pack(">I", len(text)) + text + b"\x00\x01\x00"
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.settimeout(60)
            stream = connection.makefile("rb")
            for opcode, body in ((0x01, options), (0x07, query)):
                connection.sendall(struct.pack(">BBHBI", 4, 0, 0, opcode, len(body)) + body)
                answer, length = struct.unpack(">4xBI", stream.read(9))
                said = stream.read(length)
                if answer == 0x00:
                    raise ProgramError(f"Cassandra, asked to {statement}, says: {said[6:].decode(errors='replace')}")
    except (OSError, ValueError, struct.error) as error:
        raise ProgramError(f"Cassandra at {address} did not {statement}: {error}") from error


WORKS = {
    "cassandra-1000": Work(partial(follow, rate=1_000), needs=("ours", "simulator", "cassandra")),
    "cassandra-50000": Work(partial(follow, rate=50_000), needs=("ours", "simulator", "cassandra")),
}
