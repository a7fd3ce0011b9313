"""Puts a server under load, and says what that gave."""

import re
import resource
import socket
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmark.programs import Program
from benchmark.results import Measurement
from lib import ProgramError

CONNECTIONS = 64

# wrk asks this script for each of its requests: it gives many at once.
PIPELINE = """
init = function(arguments)
    requests = string.rep(wrk.format(), {depth})
end
request = function()
    return requests
end
"""

# Our server lets one address have 1,000 connections, so the clients' ends are bound to several: 127.0.0.2 and those
# after it, which all are this machine.
CONNECTIONS_PER_ADDRESS = 900
FIRST_ADDRESS = 2
# Descriptors that a process has besides its connections. Our server keeps 100 back from them: DescriptorLimit.swift.
OTHER_DESCRIPTORS = 128


@dataclass
class Load:
    request_count: int
    per_second: float
    p99: str
    p50: float
    """In seconds, as the next one."""
    p99_seconds: float


def latency(output: str, percentile: int) -> float:
    """In seconds. wrk writes `99%    1.23ms`."""
    found = re.search(rf"{percentile}% +([\d.]+)(us|ms|s|m)\b", output)
    return float(found[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}[found[2]] if found else 0


def wrk(
    url: str, seconds: int, script: Path | None = None, fields: dict[str, str] | None = None,
    connections: int = CONNECTIONS,
) -> Load:
    """One thread, which leaves the other cores to the server. It may well be the slower of the two: throughput is what
    they reach together, and the CPU time that the server takes for a request is its own."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["-s", str(script)] if script else []
    for name, value in (fields or {}).items():
        command += ["-H", f"{name}: {value}"]
    result = subprocess.run([*command, url], text=True, capture_output=True, stdin=subprocess.DEVNULL)
    requests = re.search(r"(\d+) requests in", result.stdout)
    rate = re.search(r"Requests/sec: +([\d.]+)", result.stdout)
    # Timeouts, the fourth number of the socket errors, are no failure: on a busy machine a request may take 2 s.
    failures = re.search(r"Socket errors: (?!connect 0, read 0, write 0,)|Non-2xx", result.stdout)
    if result.returncode != 0 or not requests or not rate or failures or int(requests[1]) == 0:
        raise ProgramError(f"wrk, loading {url}, says: {result.stdout.strip()} {result.stderr.strip()}")
    p99 = re.search(r"99% +(\S+)", result.stdout)
    return Load(
        int(requests[1]),
        float(rate[1]),
        p99[1] if p99 else "",
        latency(result.stdout, 50),
        latency(result.stdout, 99),
    )


def measure_load(
    program: Program, url: str, seconds: int, pipeline: Path | None = None, fields: dict[str, str] | None = None
) -> Measurement:
    """Requests a second, CPU time a request, and the peak memory of a server that is running."""
    try:
        wrk(url, 1, pipeline, fields)
        before = program.cpu_seconds()
        load = wrk(url, seconds, pipeline, fields)
    except (ProgramError, OSError):
        # If it has ended, that is the error to tell.
        program.check_running()
        raise
    program.check_running()
    return Measurement(
        per_second=load.per_second,
        cpu_seconds=(program.cpu_seconds() - before) / load.request_count,
        peak_bytes=program.peak_bytes(),
        more={"p99": load.p99},
    )


def pipeline_script(folder: Path, depth: int) -> Path:
    script = folder / "pipeline.lua"
    script.write_text(PIPELINE.format(depth=depth))
    return script


def possible_connections(wanted: int) -> int:
    """Raises the limit of open descriptors, of this process and those that it starts, as far as it must and may."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_DESCRIPTORS
    if now != resource.RLIM_INFINITY and now < needed:
        now = needed if most == resource.RLIM_INFINITY else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (now, most))
    return wanted if now == resource.RLIM_INFINITY else min(wanted, now - OTHER_DESCRIPTORS)


def measure_idle_connections(program: Program, port: int, path: str, count: int) -> Measurement:
    """What a connection takes that has made one request and stays open. What the kernel keeps for it is not counted."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    before = program.resident_bytes()
    with ExitStack() as open_connections:
        for number in range(count):
            address = f"127.0.0.{FIRST_ADDRESS + number // CONNECTIONS_PER_ADDRESS}"
            try:
                connection = socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0))
                open_connections.enter_context(connection)
                connection.sendall(request)
                answer = connection.recv(4096)
            except OSError as error:
                program.check_running()
                raise program.error(f"did not serve connection {number + 1}: {error}") from error
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise program.error(f"answered on connection {number + 1}: {answer[:200]!r}")
        used = program.resident_bytes() - before
    return Measurement(bytes_each=used / count, peak_bytes=program.peak_bytes())
