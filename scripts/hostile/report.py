"""Runs cases, and tells what became of them."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Callable, Sequence

from . import case as cases
from .case import Case
from .client import Target


def abbreviated(data: bytes, length: int = 100) -> str:
    text = repr(data)
    return text if len(text) <= length else f"{text[:length - 30]} … {text[-28:]} ({len(data)} bytes)"


@dataclass
class Block:
    """Cases with one theme. `parallel` ones spend their time waiting, and do it together."""

    name: str
    cases: list[Case]
    parallel: bool = False


@dataclass
class Report:
    profile: str
    verbose: bool = False
    passed: int = 0
    failed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    def run(
        self, block: Block, target: Target, afterwards: Sequence[Case] = (), state: Callable[[], str] = str
    ) -> None:
        """Runs the cases of a block, then those that look at the server after it. `state` says how the server is."""
        began, passed, failed = time.monotonic(), self.passed, self.failed
        pool = ThreadPoolExecutor(len(block.cases) if block.parallel else 1)
        try:
            outcomes = pool.map(lambda each: cases.run(each, target, self.profile), block.cases)
            for each, problem in zip(block.cases, outcomes):
                self.tell(block, each, problem)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # After Ctrl-C nobody waits for slow clients.
        for each in afterwards:
            self.tell(block, each, cases.run(each, target, self.profile))
        print(f"{block.name:16} {self.passed - passed:4d} passed, {self.failed - failed} failed in "
              f"{time.monotonic() - began:.1f} s{state()}", flush=True)

    def tell(self, block: Block, each: Case, problem: str | None) -> None:
        title = f"{block.name}: {each.name}  (RFC {each.rfc})" if each.rfc else f"{block.name}: {each.name}"
        if problem is None:
            self.passed += 1
            if self.verbose:
                print(f"ok       {title}")
            return
        self.failed += 1
        sent = f"  sent {abbreviated(each.send)}, expected {each.expected(self.profile)}, got" if each.send else " "
        # No control character of an answer may reach the terminal.
        print(f"✘ failed {title}{sent} {re.sub(r'[^ -~§]', '?', problem)}", flush=True)

    def skip(self, why: str, count: int) -> None:
        if count:
            self.skipped[why] = self.skipped.get(why, 0) + count

    def close(self) -> bool:
        for why, count in self.skipped.items():
            print(f"{count} left out: {why}")
        print(f"{self.passed} passed, {self.failed} failed")
        return self.failed == 0 and self.passed > 0
