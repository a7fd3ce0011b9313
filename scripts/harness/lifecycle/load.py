"""One run: start, load, signal; and what must be true then."""

import asyncio
import random
import signal
import socket
from pathlib import Path

from client import Ended, Link, Request, Tally
from program import HANG_SECONDS, Failure, Program, describe_status, unexpected_lines

TEST_SERVER = ["fast", "fast", "suspend", "echo", "head", "missing"]
WIKI_STATS = ["status", "status", "stats", "missing"]
# What a test server may log as errors in a run: nothing.
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


class Load:
    """Clients of all sorts at one server. Each behaviour makes connections until the run is over."""

    def __init__(self, program: Program, kinds: list[str], dice: random.Random, tally: Tally):
        self.program = program
        self.kinds = kinds
        self.dice = dice
        self.tally = tally
        self.is_over = False
        self.links: set[Link] = set()

    async def link(self, **options) -> Link:
        link = await Link.connect(self.tally, self.program.port, **options)
        self.links = {link for link in self.links if link.is_open} | {link}
        return link

    def request(self, close: bool = False) -> Request:
        return self.tally.request(self.dice.choice(self.kinds), close)

    async def repeat(self, behaviour) -> None:
        """Again and again, until nobody listens any more or the run is over."""
        while not self.is_over:
            try:
                await behaviour()
            except Ended:
                if self.tally.has_signalled:
                    return
                # A refused connection has not waited for anything, and the others must come to their turn.
                await asyncio.sleep(0)

    # Behaviours.

    async def one_after_the_other(self) -> None:
        link = await self.link()
        while not self.is_over:
            await link.send(self.request())
            await link.answers()
        link.close()

    async def pipeline(self) -> None:
        link = await self.link()
        while not self.is_over:
            requests = [self.request() for _ in range(self.dice.randint(2, 50))]
            for request in requests:
                link.pending.append(request)
                request.is_sent = True
            self.tally.count("requests", len(requests))
            await link.write(b"".join(request.data for request in requests))
            await link.answers()
        link.close()

    async def new_each_time(self) -> None:
        link = await self.link()
        says_close = self.dice.random() < 0.5
        await link.send(self.request(close=says_close))
        await link.answers()
        if says_close:
            await link.end()
        else:
            link.close(reset=self.dice.random() < 0.3)

    async def in_halves(self) -> None:
        link = await self.link()
        while not self.is_over:
            request = self.request()
            cut = self.dice.randrange(1, len(request.data))
            await link.send(request, request.data[:cut])
            await link.pause(self.dice.uniform(0, 0.2))
            if self.dice.random() < 0.1:
                return link.close(reset=self.dice.random() < 0.5)
            await link.write(request.data[cut:])
            request.is_sent = True
            await link.answers()
        link.close()

    async def byte_by_byte(self) -> None:
        link = await self.link()
        while not self.is_over:
            request = self.request()
            for index in range(len(request.data[:100])):
                await link.send(request, request.data[index : index + 1])
                await link.pause(self.dice.uniform(0, 0.004))
            await link.write(request.data[100:])
            request.is_sent = True
            await link.answers()
        link.close()

    async def stream(self) -> None:
        reads_slowly = self.dice.random() < 0.3
        link = await self.link(receive_buffer=4096 if reads_slowly else 0)
        await link.send(self.tally.request("fast"))
        await link.send(self.tally.request("stream"))
        leaves = self.dice.random() < 0.3
        while not (leaves and self.dice.random() < 0.2) and not self.is_over:
            if reads_slowly:
                link.is_reading.clear()
            await link.pause(self.dice.uniform(0, 0.05))
            link.is_reading.set()
            await link.pause(0.001)
        link.close(reset=self.dice.random() < 0.5)

    async def large(self) -> None:
        link = await self.link(receive_buffer=16 * 1024)
        while not self.is_over:
            for _ in range(3):
                await link.send(self.tally.request("large"))
            await link.answers()
        link.close()

    async def overdue(self) -> None:
        """Handlers that do not return in time, or never; sometimes with more behind them on the connection."""
        link = await self.link()
        await link.send(self.tally.request(self.dice.choice(["stuck", "late", "cancelled"])))
        if self.dice.random() < 0.3:
            await link.pause(self.dice.uniform(0, 0.3))
            await link.send(self.tally.request("fast"))
        await link.end()

    async def vanishing(self) -> None:
        link = await self.link()
        await link.send(self.tally.request(self.dice.choice(["fast", "suspend", "stuck", "late", "stream", "large"])))
        await link.pause(self.dice.uniform(0, 0.01))
        link.close(reset=self.dice.random() < 0.7)
        await asyncio.sleep(0.01)

    async def silent(self) -> None:
        link = await self.link()
        await link.end()

    def start(self) -> list[asyncio.Task]:
        behaviours = [self.one_after_the_other] * 8 + [self.pipeline] * 4 + [self.new_each_time] * 6
        behaviours += [self.in_halves] * 6 + [self.byte_by_byte] * 3 + [self.silent] * 2
        if self.kinds is TEST_SERVER:
            behaviours += [self.stream] * 4 + [self.large] * 2 + [self.overdue] * 3 + [self.vanishing] * 3
        return [asyncio.create_task(self.repeat(behaviour)) for behaviour in behaviours]

    # The signal.

    def fill_backlog(self) -> None:
        """Connections with a request in them, which the server has had no time to accept."""
        for _ in range(self.dice.randrange(0, 30)):
            connection = socket.create_connection(("127.0.0.1", self.program.port))
            connection.setblocking(False)
            link = Link(self.tally, connection)
            request = self.request()
            connection.send(request.data)
            request.is_sent = True
            link.pending.append(request)
            self.links.add(link)
            self.tally.count("requests")
            self.tally.count("requests in the backlog at the signal")

    def signal(self, number: int) -> None:
        """From here to the end of this function nothing else happens on the client's side."""
        self.fill_backlog()
        for link in self.links:
            link.note_signal()
        owed = sum(request.is_owed for link in self.links if link.is_open for request in link.pending)
        self.tally.count("requests that had arrived and were not answered at the signal", owed)
        self.tally.has_signalled = True
        self.program.signal(number)


async def load_and_signal(path: Path, kinds: list[str], dice: random.Random, tally: Tally, environment=None) -> float:
    """One run; returns how many seconds the end has taken."""
    is_second = dice.random() < 0.1
    first = dice.choice([signal.SIGTERM] * 3 + [signal.SIGINT])
    program = Program(path, environment)
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task] = []
    load = None
    try:
        load = Load(await program.listening(), kinds, dice, tally)
        tasks = load.start()
        await asyncio.sleep(dice.uniform(0.05, 0.5))
        if is_second:
            # Half a request is what the first signal waits for, so that the second one finds something to end.
            tally.may_cut = True
            holding = await load.link()
            await holding.send(tally.request(kinds[0]), b"GET /")
            await holding.pause(0.01)
        load.signal(first)
        began = loop.time()
        expected = 0
        if is_second:
            await program.logged("shutting down")
            second = dice.choice([signal.SIGTERM, signal.SIGINT])
            program.signal(second)
            expected = CODES[second]
            tally.count("runs ended by a second signal")
        status = await program.ended()
        seconds = loop.time() - began
        load.is_over = True
        _, unfinished = await asyncio.wait(tasks, timeout=HANG_SECONDS)
        for task in tasks:
            if task.done() and task.exception():
                raise task.exception()
        if status != expected:
            tally.violation(f"{describe_status(status)} instead of {expected}: {program.log()[-2000:]}")
        for line in unexpected_lines(program.log()):
            tally.violation(f"the log: {line}")
        if not is_second and '"message":"stopped"' not in program.log():
            tally.violation("the log does not end with \"stopped\"")
        if unfinished:
            tally.violation(f"{len(unfinished)} clients have not been told that it is over")
        return seconds
    except Failure as failure:
        tally.violation(f"{failure}; the log: {program.log()[-2000:]}")
        return 0
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if load:
            for link in load.links:
                link.close()
                link.reader.cancel()
        program.destroy()
