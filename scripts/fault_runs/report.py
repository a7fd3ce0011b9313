"""Tells what happens, and counts what passed."""

import sys
import threading
import time

from .comparison import SHOWN_MAX


class Report:
    """May be used by several threads."""

    def __init__(self, verbose: bool):
        self.verbose = verbose
        self.began = time.monotonic()
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def happened(self, text: str) -> None:
        """Something that is told only with --verbose."""
        if self.verbose:
            self.say(f"{self.seconds():7.1f} s  {text}")

    def say(self, text: str) -> None:
        with self.lock:
            print(text, flush=True)

    def check(self, name: str, violations: list[str]) -> bool:
        """A thing that must be true, and why it is not."""
        with self.lock:
            if violations:
                self.failed += 1
            else:
                self.passed += 1
            print(f"✘ failed {name}" if violations else f"ok       {name}")
            for violation in violations[:SHOWN_MAX]:
                print(f"    {violation}")
            if len(violations) > SHOWN_MAX:
                print(f"    and {len(violations) - SHOWN_MAX:,} more")
            sys.stdout.flush()
        return not violations

    def skip(self, name: str, reason: str) -> None:
        self.skipped += 1
        self.say(f"skipped  {name} ({reason})")

    def close(self) -> bool:
        """The closing line; whether all is well."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        self.say(f"{self.passed} passed, {self.failed} failed{skipped}")
        return self.failed == 0
