"""The suite of what all chapters stand on: the HTTP server, the way from the stream to the counts, and its parts."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from benchmark.load import (
    CONNECTIONS,
    measure_idle_connections,
    measure_load,
    pipeline_script,
    possible_connections,
)
from benchmark.programs import Program
from benchmark.results import OURS, Measurement, Result, interleave, size
from benchmark.settings import Settings, Work
from lib import JWT_SECRET, Client, ProgramError, bearer, free_port

Start = Callable[[Settings], AbstractContextManager[tuple[Program, int]]]
"""Starts a server, and gives it and its port until the block ends."""

GO, BARE_EPOLL = "Go", "bare epoll"
STREAM_PATH = "/v2/stream/recentchange"
PIPELINE_DEPTH = 16
# With so many events even the rarest of the simulator's sites has occurred.
EVENTS_FOR_ALL_SITES = 300_000
# A part alone is measured on these, again and again.
EVENTS_FOR_PARTS = 20_000
SECONDS_PER_STREAM = 120
# Nobody listens there: for a server that is not to follow a stream while it is measured.
NO_STREAM = "http://127.0.0.1:9/"


# --- Programs -------------------------------------------------------------------------------------------------------


@contextmanager
def our_server(
    settings: Settings, stream: str = NO_STREAM, more: dict[str, str] | None = None
) -> Iterator[tuple[Program, int]]:
    port = free_port(settings.first_port)
    environment = {
        "PORT": str(port),
        "WIKIPEDIA_STREAM_URL": stream,
        "PRINT_CHANGES": "false",
        "LOG_LEVEL": "warning",
        "JWT_SECRET": JWT_SECRET,
    }
    with Program("our server", [settings.ours], settings.scratch, environment | (more or {})) as program:
        program.wait_until_answers(port, "/status")
        yield program, port


@contextmanager
def go_server(settings: Settings) -> Iterator[tuple[Program, int]]:
    port = free_port(settings.first_port)
    with Program("the peer", [settings.peer, "status", f"127.0.0.1:{port}"], settings.scratch) as program:
        program.wait_until_answers(port, "/status")
        yield program, port


@contextmanager
def bare_epoll(settings: Settings) -> Iterator[tuple[Program, int]]:
    """As many threads as our server has."""
    port = free_port(settings.first_port)
    with Program("bare epoll", [settings.bare_epoll, str(port), str(settings.cores)], settings.scratch) as program:
        program.wait_until_answers(port, "/status")
        yield program, port


@contextmanager
def simulator(settings: Settings, event_count: int, *switches: str) -> Iterator[int]:
    """Each client gets all the events, as fast as it reads."""
    command = [settings.simulator, "--port", "0", "--total", str(event_count), "--log-level", "warning", *switches]
    with Program("the simulator", command, settings.scratch) as program:
        yield int(program.wait_until_says("listening on 127.0.0.1:"))


def stream_url(port: int) -> str:
    return f"http://127.0.0.1:{port}{STREAM_PATH}"


def servers(settings: Settings) -> dict[str, Start]:
    """The servers of /status that there are."""
    return {OURS: our_server} | ({GO: go_server} if settings.peer else {})


def measure_each(
    settings: Settings, starts: dict[str, Start], measure: Callable[[Program, int], Measurement]
) -> dict[str, list[Measurement]]:
    """Each round starts each server anew."""

    def once(start: Start) -> Measurement:
        with start(settings) as (program, port):
            return measure(program, port)

    return interleave(settings.rounds, {name: partial(once, start) for name, start in starts.items()})


# --- Servers under load ---------------------------------------------------------------------------------------------


def status(settings: Settings) -> Result:
    def measure(program: Program, port: int) -> Measurement:
        return measure_load(program, f"http://127.0.0.1:{port}/status", settings.seconds)

    starts = servers(settings) | ({BARE_EPOLL: bare_epoll} if settings.bare_epoll else {})
    return Result(f"`GET /status`, {CONNECTIONS} connections", "request", measure_each(settings, starts, measure))


def pipelined_status(settings: Settings) -> Result:
    """Without the bare loop, which does not see that there are several requests in what it reads."""
    script = pipeline_script(settings.scratch, PIPELINE_DEPTH)

    def measure(program: Program, port: int) -> Measurement:
        return measure_load(program, f"http://127.0.0.1:{port}/status", settings.seconds, script)

    rounds = measure_each(settings, servers(settings), measure)
    return Result(f"the same in pipelines of {PIPELINE_DEPTH}", "request", rounds)


def stats(settings: Settings) -> Result:
    """Next to /status of the same server, since there is no peer that has it. The counts do not change meanwhile."""
    with ExitStack() as running:
        events = running.enter_context(simulator(settings, EVENTS_FOR_ALL_SITES))
        program, port = running.enter_context(our_server(settings, stream_url(events)))
        wait_until_counted(program, port, EVENTS_FOR_ALL_SITES)
        with Client(port) as client:
            body = client.get("/stats", bearer())
            unchanged = {"If-None-Match": client.fields["ETag"]}
        address = f"http://127.0.0.1:{port}"
        rounds = interleave(
            settings.rounds,
            {
                OURS: lambda: measure_load(program, f"{address}/stats", settings.seconds, fields=bearer()),
                "304": lambda: measure_load(program, f"{address}/stats", settings.seconds, fields=bearer() | unchanged),
                "status": lambda: measure_load(program, f"{address}/status", settings.seconds),
            },
        )
    result = Result(f"`GET /stats` of {len(json.loads(body)['by_server_url'])} sites", "request", rounds)
    rate, cpu = result.ratio("status", "per_second"), result.ratio("status", "cpu_seconds")
    not_modified = cpu / result.ratio("304", "cpu_seconds")
    result.note = f"{size(len(body))} each; {rate:.2g} × its `/status` at {cpu:.3g} × the CPU"
    result.note += f"; {not_modified:.3g} × with `If-None-Match`"
    del rounds["status"], rounds["304"]
    return result


def idle_connections(settings: Settings) -> Result:
    count = possible_connections(settings.idle_connections)

    def measure(program: Program, port: int) -> Measurement:
        return measure_idle_connections(program, port, "/status", count)

    rounds = measure_each(settings, servers(settings), measure)
    limited = count < settings.idle_connections
    note = f"no more than {count:,}, because of `ulimit -n`" if limited else ""
    return Result(f"{count:,} idle connections", "connection", rounds, note)


# --- The stream -----------------------------------------------------------------------------------------------------


def stream(settings: Settings) -> Result:
    with simulator(settings, settings.events) as port:
        programs = {OURS: lambda: our_stream(settings, stream_url(port))}
        if settings.peer:
            programs[GO] = lambda: go_stream(settings, stream_url(port))
        rounds = interleave(settings.rounds, programs)
    early = max(measurement.more["peak_bytes_at_a_tenth"] for measurement in rounds[OURS])
    note = f"{early / 1e6:.3g} MB after a tenth of the events"
    return Result(f"stream → counted, {settings.events:,} events", "event", rounds, note)


def our_stream(settings: Settings, url: str) -> Measurement:
    """From the first event that is counted to the last one, as `/stats` shows them."""
    with our_server(settings, url) as (program, port):
        return wait_until_counted(program, port, settings.events)


def wait_until_counted(program: Program, port: int, event_count: int) -> Measurement:
    """Asks seldom while there is much left, since answering is work too, and often at the beginning and the end."""
    end = time.monotonic() + SECONDS_PER_STREAM
    begin, early_peak, token = None, None, bearer()
    with Client(port) as client:
        while (now := time.monotonic()) < end:
            try:
                count = json.loads(client.get("/stats", token))["messages"]
            except (OSError, http.client.HTTPException) as error:
                program.check_running()
                raise program.error(f"did not answer GET /stats: {error}") from error
            if begin is None and count > 0:
                begin = (time.monotonic(), count, program.cpu_seconds())
            if early_peak is None and count >= event_count / 10:
                early_peak = program.peak_bytes()
            if begin and count >= event_count:
                break
            left = (now - begin[0]) * (event_count - count) / count if begin else 0
            time.sleep(min(max(left / 2, 0.005), 0.1))
        else:
            raise program.error(f"has counted {count:,} of {event_count:,} events in {SECONDS_PER_STREAM} s")
        cpu_end, time_end = program.cpu_seconds(), time.monotonic()
    begin_time, begin_count, begin_cpu = begin
    counted = event_count - begin_count
    if counted <= 0:
        raise ProgramError(f"{event_count:,} events were counted before the first look: too few to measure")
    return Measurement(
        per_second=counted / (time_end - begin_time),
        cpu_seconds=(cpu_end - begin_cpu) / counted,
        peak_bytes=program.peak_bytes(),
        more={"peak_bytes_at_a_tenth": early_peak},
    )


def go_stream(settings: Settings, url: str) -> Measurement:
    """It tells its own time and memory: `events=… seconds=1.234 events_per_s=… peak=12345 kB`."""
    with Program("the peer", [settings.peer, "stats", url, str(settings.events)], settings.scratch) as program:
        cpu = program.wait_until_ends(SECONDS_PER_STREAM)
        said = dict(part.partition("=")[::2] for part in program.output().replace(" kB", "").split())
        try:
            count, seconds, peak = int(said["events"]), float(said["seconds"]), int(said["peak"]) * 1024
        except (KeyError, ValueError) as error:
            raise program.error("did not say what it has counted") from error
        if count != settings.events:
            raise program.error(f"has counted {count:,} of {settings.events:,} events")
    return Measurement(per_second=count / seconds, cpu_seconds=cpu / count, peak_bytes=peak)


# --- Parts alone ----------------------------------------------------------------------------------------------------


def server_sent_events(settings: Settings) -> Result:
    return part(settings, "SSE parsing alone", "sse", "text/event-stream")


def json_decoding(settings: Settings) -> Result:
    return part(settings, "JSON alone, bytes → change", "json", "application/json")


def part(settings: Settings, what: str, subcommand: str, media_type: str) -> Result:
    events = settings.scratch / f"events.{subcommand}"
    save_events(settings, events, media_type)
    speeds = []

    def measure() -> Measurement:
        said = ours_alone(settings, subcommand, str(events), str(settings.seconds))
        if said["events"] % EVENTS_FOR_PARTS != 0:
            raise ProgramError(f"{what}: {said['events']:,.0f} events were read, no multiple of {EVENTS_FOR_PARTS:,}")
        speeds.append(said["bytes"] / said["cpu_seconds"])
        return Measurement(cpu_seconds=said["cpu_seconds"] / said["events"])

    rounds = interleave(settings.rounds, {OURS: measure})
    return Result(what, "event", rounds, f"{size(median(speeds))}/s")


def add_shares(results: dict[str, Result]) -> None:
    """What the parts alone take of the CPU time that the whole way from the stream to the counts takes."""
    if "stream" not in results:
        return
    whole = results["stream"].median(OURS, "cpu_seconds")
    for name in ("sse", "json"):
        if name in results:
            results[name].note += f", {results[name].median(OURS, 'cpu_seconds') / whole:.0%} of stream → counted"


def distinct_users(settings: Settings) -> Result:
    def measure() -> Measurement:
        said = ours_alone(settings, "users", str(settings.users))
        return Measurement(bytes_each=said["bytes"] / said["users"], peak_bytes=int(said["peak_bytes"]))

    rounds = interleave(settings.rounds, {OURS: measure})
    return Result(f"{settings.users:,} distinct users", "user", rounds)


def ours_alone(settings: Settings, *arguments: str) -> dict[str, float]:
    """Runs a subcommand of scripts/harness's `Benchmarks`, which prints `name value` lines."""
    with Program("our benchmarks", [settings.benchmarks, *arguments], settings.scratch) as program:
        program.wait_until_ends(SECONDS_PER_STREAM)
        return {name: float(value) for name, value in map(str.split, program.output().splitlines())}


def save_events(settings: Settings, file: Path, media_type: str) -> None:
    """The simulator's first events, as it sends them. It ends the response after them."""
    with simulator(settings, EVENTS_FOR_PARTS, "--disconnect-every-events", str(EVENTS_FOR_PARTS)) as port:
        fields = {"Accept": media_type, "User-Agent": "bench"}
        with Client(port) as client:
            file.write_bytes(client.get(STREAM_PATH, fields))


WORKS = {
    "status": Work(status, needs=("wrk", "ours")),
    "pipelined-status": Work(pipelined_status, needs=("wrk", "ours")),
    "stats": Work(stats, needs=("wrk", "ours", "simulator")),
    "idle-connections": Work(idle_connections, needs=("ours",)),
    "stream": Work(stream, needs=("ours", "simulator")),
    "sse": Work(server_sent_events, needs=("benchmarks", "simulator")),
    "json": Work(json_decoding, needs=("benchmarks", "simulator")),
    "users": Work(distinct_users, needs=("benchmarks",)),
}
