"""Sandbox time and what is due at which time.

Time is an integer number of milliseconds since the sandbox started or was
reset. Floating point made two events of the same instant change places.
"""

import heapq
import itertools
import time
from typing import Callable, Optional


class Clock:
    """Real time multiplied by a speed, or time moved by hand."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, speed: float = 1.0, manual: bool = False) -> None:
        self.speed = speed
        self.manual = manual
        self._started = time.time()
        self._offset_ms = 0.0
        self._since = time.monotonic()

    def now(self) -> int:
        return int(self._now())

    def _now(self) -> float:
        if self.manual:
            return self._offset_ms
        return self._offset_ms + (time.monotonic() - self._since) * 1000 * self.speed

    def change(self, speed: Optional[float] = None, manual: Optional[bool] = None) -> None:
        """Go on from the present instant in another way."""
        self._offset_ms = self._now()
        self._since = time.monotonic()
        if speed is not None:
            self.speed = speed
        if manual is not None:
            self.manual = manual

    def advance(self, seconds: float) -> None:
        self._offset_ms += seconds * 1000

    def epoch(self, at_ms: int) -> float:
        """The date of an instant, as the epoch seconds AWS's JSON uses."""
        return round(self._started + at_ms / 1000, 3)

    def real_seconds_until(self, at_ms: int) -> Optional[float]:
        """How long a waiter has to sleep, None when only a hand moves time."""
        if self.manual or self.speed <= 0:
            return None
        return max(0.0, (at_ms - self._now()) / 1000 / self.speed)


class Timer:
    """An action to come. A cancelled one stays in the heap until it surfaces."""

    __slots__ = ("at", "action")

    def __init__(self, at: int, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Optional[Callable[[], None]] = action

    def cancel(self) -> None:
        self.action = None


class Timers:
    """Everything that will happen, and `now`: the instant being replayed.

    No thread runs these. Before each request the world calls run_until()
    with the clock's time, so ten idle minutes cost only their events.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.now = 0
        self._heap: list = []
        # Equal instants keep the order in which they were asked for.
        self._order = itertools.count()

    def at(self, at_ms: int, action: Callable[[], None]) -> Timer:
        timer = Timer(max(at_ms, self.now), action)
        heapq.heappush(self._heap, (timer.at, next(self._order), timer))
        return timer

    def after(self, delay_ms: int, action: Callable[[], None]) -> Timer:
        return self.at(self.now + delay_ms, action)

    def next_at(self) -> Optional[int]:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_until(self, now_ms: int) -> int:
        """Replay what is due up to now_ms; returns how many actions ran."""
        ran = 0
        while True:
            at = self.next_at()
            if at is None or at > now_ms:
                break
            timer = heapq.heappop(self._heap)[2]
            self.now = at
            action, timer.action = timer.action, None
            action()
            ran += 1
        self.now = max(self.now, now_ms)
        return ran
