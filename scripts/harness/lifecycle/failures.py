"""What the system can do to a server: cases with names, each with a server of its own."""

import asyncio
import contextlib
import ctypes
import email.utils
import errno
import mmap
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from client import Ended, Link, Tally
from load import TEST_SERVER, Load
from program import HANG_SECONDS, Failure, Program, describe_status, unexpected_lines

DAY = 24 * 3600
# Only there to end a hang.
SECONDS_PER_CASE = 90
SHIM = Path(__file__).parent / "shim.c"


class Skipped(Exception):
    """This cannot be tried here; says why."""


class Control(ctypes.Structure):
    """The memory that shim.c reads, and its counters."""

    _fields_ = [(name, ctypes.c_int64) for name in (
        "accept_errno", "accept_percent", "epoll_errno", "epoll_percent", "send_bytes_max", "send_eintr_percent",
        "recv_eintr_percent", "realtime_offset", "monotonic_offset",
        "accept_failed", "epoll_failed", "send_touched", "recv_touched", "clock_touched")]


class Case:
    """What a case works with. Every server and every connection of it ends with the case."""

    def __init__(self, path: Path, scratch: Path, seed: int):
        self.path = path
        self.scratch = scratch
        self.dice = random.Random(seed)
        self.tally = Tally()
        self.programs: list[Program] = []
        self.links: list[Link] = []

    async def start(self, environment: dict[str, str] | None = None, **popen) -> Program:
        program = Program(self.path, environment, **popen)
        self.programs.append(program)
        return await program.listening()

    async def start_with_shim(self) -> tuple[Program, Control]:
        compiler = shutil.which("cc") or shutil.which("clang")
        if not compiler:
            raise Failure("neither cc nor clang is there to compile the shim; clang comes with Swift")
        compile_shim = [compiler, "-O1", "-shared", "-fPIC", "-o", self.scratch / "shim.so", SHIM, "-ldl"]
        if subprocess.run(compile_shim).returncode != 0:
            raise Failure(f"{compiler} cannot compile the shim, as said above")
        file = tempfile.NamedTemporaryFile(dir=self.scratch, delete=False)
        file.truncate(ctypes.sizeof(Control))
        memory = mmap.mmap(file.fileno(), ctypes.sizeof(Control))
        environment = {"LD_PRELOAD": str(self.scratch / "shim.so"), "SHIM_CONTROL": file.name}
        return await self.start(environment), Control.from_buffer(memory)

    async def link(self, program: Program, **options) -> Link:
        link = await Link.connect(self.tally, program.port, **options)
        self.links.append(link)
        return link

    async def ask(self, program: Program, kind: str = "fast", link: Link | None = None) -> Link:
        """One request and its answer, on a new connection unless one is given."""
        link = link or await self.link(program)
        await link.send(self.tally.request(kind))
        await link.answers()
        return link

    async def load(self, program: Program, seconds: float, kinds: list[str] = TEST_SERVER) -> None:
        """Clients of all sorts for a while; all of them are gone afterwards."""
        load = Load(program, kinds, self.dice, self.tally)
        tasks = load.start()
        try:
            await asyncio.sleep(seconds)
        finally:
            load.is_over = True
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for link in load.links:
                link.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def stop(self, program: Program, status: int = 0, number: int = signal.SIGTERM) -> None:
        """Asks the program to end, and checks how it does."""
        for link in self.links:
            link.note_signal()
        self.tally.has_signalled = True
        program.signal(number)
        await self.ends(program, status)

    async def ends(self, program: Program, status: int = 0) -> None:
        found = await program.ended()
        if found != status:
            raise Failure(f"{describe_status(found)} instead of {status}: {program.log()[-2000:]}")
        for link in self.links:
            if link.is_open:
                await link.end()
        self.tally.has_signalled = False

    def expect(self, condition: bool, otherwise: str) -> None:
        if not condition:
            raise Failure(otherwise)

    def clean_up(self) -> None:
        for link in self.links:
            link.close()
            link.reader.cancel()
        for program in self.programs:
            program.destroy()


async def eventually(condition: Callable[[], bool], otherwise: str) -> None:
    for _ in range(HANG_SECONDS * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise Failure(otherwise)


async def case_descriptors_run_out(case: Case) -> None:
    """EMFILE: who is connected is served, the others wait and are served when descriptors are free."""
    program = await case.start()
    inside = await case.ask(program)
    base = program.descriptors()
    program.limit_descriptors(base + 10)
    within = [await case.ask(program) for _ in range(10)]
    waiting = [await case.link(program) for _ in range(20)]
    for link in waiting:
        await link.send(case.tally.request("fast"))
    await program.logged("cannot accept connections for now")
    cpu, began = program.cpu_seconds(), time.monotonic()
    for _ in range(20):
        await case.ask(program, "fast", inside)
        await case.ask(program, "echo", inside)
        await asyncio.sleep(0.05)
    cpu, seconds = program.cpu_seconds() - cpu, time.monotonic() - began
    case.expect(cpu < seconds / 4, f"the server is busy while it cannot accept: {cpu} s of CPU time in {seconds:.1f} s")
    case.expect(not any(link.answered for link in waiting), "a connection was accepted without a descriptor")
    lines = program.log().count("cannot accept connections for now")
    case.expect(lines <= 4, f"the log is flooded: {lines} times the same line in {seconds:.1f} s")
    for link in within:
        link.close()
    for link in waiting[:10]:
        await link.answers()
        link.close()
    for link in waiting[10:]:
        await link.answers()
    await case.stop(program)


async def case_few_descriptors_from_the_start(case: Case) -> None:
    """A process that may have 80 descriptors refuses connections with 503 before it has none left."""
    limits = (80, 80)
    program = await case.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits))
    inside = await case.ask(program)
    case.tally.may_cut = True
    links = []
    for _ in range(100):
        link = await case.link(program)
        with contextlib.suppress(Ended):
            await case.ask(program, "crowded", link)
        links.append(link)
    served = sum(link.is_open for link in links)
    case.expect(30 <= served < 80, f"{served} of 100 connections were served at the same time")
    case.expect("cannot accept connections" not in program.log(), "it has run out of descriptors")
    for _ in range(20):
        await case.ask(program, "suspend", inside)
        await asyncio.sleep(0.05)
    for link in links:
        link.close()
    await case.ask(program, "suspend", inside)
    await case.stop(program)


async def case_signal_without_descriptors(case: Case) -> None:
    """A shutdown needs no descriptor that is not there: what has begun is finished. (What waits cannot be accepted.)"""
    program = await case.start()
    await case.ask(program)
    case.tally.may_cut = True
    program.limit_descriptors(program.descriptors() + 10)
    busy = []
    for _ in range(20):
        link = await case.link(program)
        request = case.tally.request("fast")
        await link.send(request, request.data[:9])
        busy.append((link, request))
    await program.logged("cannot accept connections for now")
    program.signal(signal.SIGTERM)
    await program.logged("shutting down")
    await asyncio.sleep(0.1)
    case.tally.has_signalled = True
    for link, request in busy:
        with contextlib.suppress(Ended):
            await link.write(request.data[9:])
            request.is_sent = True
            await link.answers()
    answered = sum(link.answered for link, _ in busy)
    case.expect(answered >= 10, f"{answered} requests were answered of those that had begun")
    await case.ends(program)


async def accept_fails(case: Case, code: int) -> None:
    program, control = await case.start_with_shim()
    control.accept_errno, control.accept_percent = code, 50
    for _ in range(15):
        await case.ask(program)
    links = await asyncio.gather(*(case.ask(program, "suspend") for _ in range(30)))
    case.expect(control.accept_failed > 10, "the shim was not called")
    control.accept_percent = 0
    case.expect(all(link.is_open for link in links), "connections were lost")
    await case.ask(program)
    await case.stop(program)


async def case_accept_enomem(case: Case) -> None:
    """ENOMEM in accept: connections wait for a moment, and none is lost."""
    await accept_fails(case, errno.ENOMEM)


async def case_accept_enfile(case: Case) -> None:
    """ENFILE: the same."""
    await accept_fails(case, errno.ENFILE)


async def case_accept_econnaborted(case: Case) -> None:
    """ECONNABORTED: the next connection is taken at once."""
    await accept_fails(case, errno.ECONNABORTED)


async def case_accept_eproto(case: Case) -> None:
    """EPROTO: the same."""
    await accept_fails(case, errno.EPROTO)


async def case_accept_eintr(case: Case) -> None:
    """EINTR: the same."""
    await accept_fails(case, errno.EINTR)


async def case_epoll_ctl_fails(case: Case) -> None:
    """ENOSPC and ENOMEM in epoll_ctl: that connection is closed, the others are served."""
    program, control = await case.start_with_shim()
    inside = await case.ask(program)
    case.tally.may_cut = True  # Connections end without an answer here.
    for code in (errno.ENOSPC, errno.ENOMEM):
        control.epoll_errno, control.epoll_percent = code, 50
        answered = 0
        for _ in range(40):
            try:
                (await case.ask(program)).close()
                answered += 1
            except Ended:
                pass
        case.expect(5 < answered < 35, f"{answered} of 40 connections were served")
    case.expect(control.epoll_failed > 20, "the shim was not called")
    control.epoll_percent = 0
    await case.ask(program, "fast", inside)
    (await case.ask(program)).close()
    case.tally.may_cut = False
    await case.stop(program)


async def case_short_reads_and_writes(case: Case) -> None:
    """Sent byte by byte, and every third call interrupted: nothing changes but the speed."""
    program, control = await case.start_with_shim()
    control.send_bytes_max = 1
    control.recv_eintr_percent = control.send_eintr_percent = 30
    link = await case.link(program)
    for kind in ("fast", "echo", "suspend", "head", "missing"):
        await case.ask(program, kind, link)
    requests = [case.tally.request(kind) for kind in ("fast", "echo", "suspend", "fast") * 3]
    for request in requests:
        await link.send(request)
    await link.answers()
    streaming = await case.link(program)
    await streaming.send(case.tally.request("stream"))
    await eventually(lambda: streaming.piece > 2, "the stream does not flow")
    control.send_bytes_max = 1000
    await case.load(program, 0.3)
    case.expect(control.recv_touched > 10 and control.send_touched > 100, "the shim was not called")
    await case.stop(program)


async def case_clients_that_go_away(case: Case) -> None:
    """EPIPE and ECONNRESET: clients that reset while they are written to leave nothing behind."""
    program = await case.start()
    (await case.ask(program)).close()
    for number in range(150):
        link = await case.link(program, receive_buffer=4096)
        link.is_reading.clear()
        await link.send(case.tally.request(("large", "stream", "suspend", "cancelled", "fast")[number % 5]))
        if number % 3:
            await asyncio.sleep(0.003)
        link.close(reset=number % 2 == 0)
    await eventually(lambda: program.sockets() == 1, "connections are not closed")
    await case.ask(program)
    await case.stop(program)


async def fill_log(case: Case, program: Program, lines: int) -> None:
    """Makes the program log, on connections that end up on all of its event loops."""
    links = [await case.link(program) for _ in range(8)]
    for _ in range(lines // 8):
        for link in links:
            await link.send(case.tally.request("fail"))
        for link in links:
            await link.answers()
    for link in links:
        link.close()


async def case_output_closed(case: Case) -> None:
    """Standard output and standard error are closed before it starts."""
    program = await case.start(stdin=None, stdout=None, stderr=None, preexec_fn=lambda: os.closerange(0, 3))
    await fill_log(case, program, 80)
    await case.load(program, 0.2)
    await case.stop(program)


async def case_broken_pipe(case: Case) -> None:
    """The readers of standard output and standard error have gone: EPIPE, and no death by SIGPIPE."""
    reading, writing = os.pipe()
    os.close(reading)
    program = await case.start(stdout=writing, stderr=writing)
    os.close(writing)
    await fill_log(case, program, 80)
    await case.load(program, 0.2)
    await case.stop(program)


async def case_log_to_dev_full(case: Case) -> None:
    """ENOSPC for every line of the log."""
    with open("/dev/full", "wb") as full:
        program = await case.start(stderr=full)
    await fill_log(case, program, 80)
    await case.load(program, 0.2)
    await case.stop(program)


async def case_log_on_a_full_disk(case: Case) -> None:
    """A disk of 8 KiB that fills up, in a mount name space of its own, and has room again later."""
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
        raise Skipped("mounting is not allowed here")
    log = case.scratch / "disk"
    log.mkdir()
    script = 'mount -t tmpfs -o size=8k tmpfs "$0" && exec "$1" 2>"$0/log"'
    program = Program("unshare", arguments=["--mount", "sh", "-c", script, str(log), str(case.path)])
    case.programs.append(program)
    await program.listening()
    inside = Path(f"/proc/{program.pid}/root{log}/log")
    await fill_log(case, program, 400)
    size = inside.stat().st_size
    case.expect(size == 8192, f"the disk is not full: {size} bytes")
    os.truncate(inside, 0)
    await fill_log(case, program, 8)
    await case.stop(program)


async def case_nobody_reads_the_log(case: Case) -> None:
    """Standard error is a pipe that is full: requests are served, signals are heard; then its reader comes back."""
    for returns in (False, True):
        reading, writing = os.pipe()
        program = await case.start(stderr=writing)
        os.close(writing)
        inside = await case.ask(program)
        await fill_log(case, program, 1600)
        await case.ask(program, "fast", inside)
        if returns:
            os.set_blocking(reading, False)
            text = drained(reading)
            await fill_log(case, program, 8)
            text += drained(reading)
            lines = text.count('"message":"handler failed"')
            dropped = sum(int(count) for count in re.findall(r'"message":"log lines lost","count":(\d+)', text))
            case.expect(lines + dropped == 1608, f"{lines} lines and {dropped} lost are not 1608: {text[-500:]}")
            case.expect(dropped > 0, "the pipe was never full")
        await case.stop(program)
        os.close(reading)


def drained(descriptor: int) -> str:
    data = b""
    try:
        while piece := os.read(descriptor, 1 << 16):
            data += piece
    except BlockingIOError:
        pass
    return data.decode()


async def case_second_signal_when_the_log_is_blocked(case: Case) -> None:
    """The second signal ends it at once, whatever hangs."""
    reading, writing = os.pipe()
    program = await case.start(stderr=writing, environment={"SHUTDOWN_TIMEOUT_SECONDS": "60"})
    os.set_blocking(writing, False)
    try:
        while os.write(writing, b"x" * 512):
            pass
    except BlockingIOError:
        os.set_blocking(writing, True)
    os.close(writing)
    case.tally.may_cut = True
    holding = await case.link(program)
    await holding.send(case.tally.request("fast"), b"GET /")
    await case.ask(program)
    program.signal(signal.SIGTERM)
    await eventually(lambda: not can_connect(program.port), "the first signal was not heard")
    await case.stop(program, status=130, number=signal.SIGINT)
    os.close(reading)


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


async def case_stopped_for_longer_than_the_deadlines(case: Case) -> None:
    """SIGSTOP for longer than a request may take, SIGCONT: everything is answered, or told that it was too late."""
    program = await case.start()
    links = [await case.link(program) for _ in range(6)]
    for link, kind in zip(links, ("suspend", "fast", "echo", "cancelled", "stuck", "large")):
        await link.send(case.tally.request(kind))
    half = await case.ask(program)
    request = case.tally.request("fast")
    await half.send(request, request.data[:9])
    program.signal(signal.SIGSTOP)
    waiting = await case.link(program)
    await waiting.send(case.tally.request("fast"))
    await asyncio.sleep(1.5)
    program.signal(signal.SIGCONT)
    await half.write(request.data[9:])
    request.is_sent = True
    for link in links + [half, waiting]:
        if link.pending:
            await link.answers()
    await case.load(program, 0.2)
    await case.stop(program)


async def case_signal_while_stopped(case: Case) -> None:
    """SIGTERM while it is stopped is heard when it goes on, and the requests of the meantime are answered."""
    program = await case.start()
    inside = await case.ask(program)
    program.signal(signal.SIGSTOP)
    links = [inside] + [await case.link(program) for _ in range(300)]
    for link in links:
        await link.send(case.tally.request("suspend"))
        link.note_signal()
    case.tally.has_signalled = True
    program.signal(signal.SIGTERM)
    await asyncio.sleep(0.1)
    program.signal(signal.SIGCONT)
    await case.ends(program)
    await asyncio.sleep(0.05)
    case.expect(all(link.answered_since_signal for link in links), "a request was not answered")


async def case_wall_clock_jumps(case: Case) -> None:
    """A jump of the wall clock, either way: dates follow, deadlines do not care."""
    program, control = await case.start_with_shim()
    inside, sleeping = await case.ask(program), await case.link(program)
    half = await case.ask(program)
    request = case.tally.request("fast")
    await half.send(request, request.data[:9])
    for offset in (DAY, -400 * DAY, 0):
        control.realtime_offset = offset * 10**9
        await sleeping.send(case.tally.request("suspend"))
        await case.ask(program, "fast", inside)
        seconds = date_of(program.port) - time.time()
        case.expect(abs(seconds - offset) < 60, f"Date is {seconds:.0f} s from the truth instead of {offset}")
        await sleeping.answers()
    await half.write(request.data[9:])
    request.is_sent = True
    await half.answers()
    case.expect(control.clock_touched > 0, "the shim was not called")
    await case.stop(program)


def date_of(port: int) -> float:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /fast?0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    date = re.search(rb"\r\nDate: ([^\r]*)", answer)
    return email.utils.parsedate_to_datetime(date[1].decode()).timestamp()


async def case_monotonic_clock_jumps(case: Case) -> None:
    """The monotonic clock an hour on at once, as after a suspension that counts: deadlines are over, no more."""
    program, control = await case.start_with_shim()
    idle, overdue = await case.ask(program), await case.link(program)
    await overdue.send(case.tally.request("cancelled"))
    streaming = await case.link(program)
    await streaming.send(case.tally.request("stream"))
    await eventually(lambda: streaming.piece > 2, "the stream does not flow")
    idle.is_abandoned = True
    control.monotonic_offset = 3600 * 10**9
    await overdue.end()
    await idle.end()
    pieces = streaming.piece
    await eventually(lambda: streaming.piece > pieces, "the stream does not go on")
    await case.load(program, 0.2)
    case.expect(control.clock_touched > 0, "the shim was not called")
    await case.stop(program)


async def case_deadline(case: Case) -> None:
    """Half a request and a stuck handler that never end: given up at the deadline, with exit status 70."""
    program = await case.start({"SHUTDOWN_TIMEOUT_SECONDS": "1", "REQUEST_TIMEOUT_SECONDS": "60"})
    half, stuck = await case.ask(program), await case.link(program)
    await half.send(case.tally.request("fast"), b"GET /")
    await stuck.send(case.tally.request("stuck"))
    inside = await case.ask(program)
    case.tally.may_cut = True
    await case.stop(program, status=70)
    case.expect("shutdown timeout is over" in program.log(), "the log does not say that the timeout is over")
    await inside.end()


async def case_nothing_is_left_behind(case: Case) -> None:
    """After load, descriptors are where they were, and memory does not grow from load to load."""
    program = await case.start()
    await case.load(program, 0.5)
    await eventually(lambda: program.sockets() == 1, "connections are not closed")
    base, sizes = program.descriptors(), []
    for _ in range(4):
        await case.load(program, 0.5)
        await eventually(lambda: program.sockets() == 1, "connections are not closed")
        sizes.append(program.resident_bytes() >> 20)
    # Swift's timers take one or two more when they are first needed.
    case.expect(program.descriptors() <= base + 2, f"{program.descriptors()} descriptors after {base}")
    case.expect(sizes[-1] <= sizes[0] * 1.5 + 8, f"resident memory grows: {sizes} MiB")
    await case.stop(program)


CASES: dict[str, Callable[[Case], Awaitable[None]]] = {
    name.removeprefix("case_").replace("_", "-"): case for name, case in globals().items() if name.startswith("case_")
}


# The shim would be loaded before the sanitizer, and a sanitizer's own memory and descriptors are counted as the server's.
WITHOUT_SANITIZER = {
    name for name, case in CASES.items()
    if {"start_with_shim", "accept_fails", "limit_descriptors", "resident_bytes"} & set(case.__code__.co_names)
}


async def run_case(name: str, path: Path, scratch: Path, seed: int) -> list[str]:
    """What was wrong; nothing if all was right."""
    case = Case(path, scratch, seed)
    try:
        async with asyncio.timeout(SECONDS_PER_CASE):
            await CASES[name](case)
        for program in case.programs:
            known = {"handler failed", "shutdown timeout is over", "not finished in time and cancelled: http"}
            case.tally.violations += [f"the log: {line}" for line in unexpected_lines(program.log(), known)]
    except Ended:
        case.tally.violation("a connection ended where it should not")
    except Failure as failure:
        case.tally.violation(str(failure))
    except TimeoutError:
        case.tally.violation(f"it hangs: not done in {SECONDS_PER_CASE} s")
    finally:
        case.clean_up()
    return case.tally.violations
