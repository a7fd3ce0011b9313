"""What the programs that are measured use, as the kernel knows it."""

import os
import time
from pathlib import Path

import lib


class Program(lib.Program):
    """A program that is measured."""

    def cpu_seconds(self) -> float:
        """CPU time of all its threads, those that have ended included: utime and stime of /proc/PID/stat, but in
        nanoseconds instead of hundredths of a second. Known until the process is waited for, so after its end too."""
        # How Linux makes the id of a process's clock (clock_getcpuclockid); 2 is CPUCLOCK_SCHED.
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def resident_bytes(self) -> int:
        return self._memory("VmRSS")

    def peak_bytes(self) -> int:
        return self._memory("VmHWM")

    def _memory(self, key: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == key:
                return int(value.split()[0]) * 1024
        raise self.error("has ended")

    def wait_until_ends(self, seconds: float) -> float:
        """Waits for a program that ends by itself, and returns the CPU seconds that it took."""
        end = time.monotonic() + seconds
        while os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > end:
                raise self.error(f"has not ended within {seconds:.0f} s")
            time.sleep(0.01)
        cpu = self.cpu_seconds()
        if self.process.wait() != 0:
            raise self.error(f"has ended with status {self.process.returncode}")
        return cpu
