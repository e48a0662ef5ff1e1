"""What a process costs, and how it is written down: seconds of processor time of all its threads, and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from tempfile import TemporaryFile

QUICK, LONG = 5, 3  # how often a command is measured
TABLE = "| | least | median | × floor | most memory, MB |\n|---|---:|---:|---:|---:|"


@dataclass(frozen=True)
class Cost:
    """Of a process: seconds of processor time, and the most memory that it held, in MB; and what it printed."""

    seconds: float
    memory: float
    printed: str = ""


def cost(*arguments: object) -> Cost:
    """What a Python process costs. Raises RuntimeError if it ends with an error.

    This process holds little itself: the system counts what a process held before it became another.
    """
    command = [sys.executable, *map(str, arguments)]
    with TemporaryFile("w+") as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as child:
            assert child.stdout is not None
            printed = child.stdout.read()
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        problem = errors.read()
    if child.returncode not in (0, 1) or "Traceback" in problem:  # 1: done, but some rows were not taken
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}. {problem}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed)


def said(*arguments: object) -> Cost:
    """What a Python process prints first: what its work cost, without the preparation. The memory is that of all."""
    whole = cost(*arguments)
    seconds, _, rest = whole.printed.partition(" ")
    return replace(whole, seconds=float(seconds), printed=rest.strip())


def line(what: str, costs: Sequence[Cost], floor: float) -> str:
    """A row of the table."""
    seconds = [each.seconds for each in costs]
    ratio = f"{min(seconds) / floor:,.1f}" if floor else ""
    memory = max(each.memory for each in costs)
    return f"| {what} | {min(seconds):,.2f} | {median(seconds):,.2f} | {ratio} | {memory:,.0f} |"
