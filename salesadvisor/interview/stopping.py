"""Signals that end an interview: noted before they are raised, so that none is lost.

An exception that a handler raises inside a destructor or a weak reference's callback is dropped by
the interpreter; whoever waits for input therefore looks at `Stop.code`, too.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A signal ended the interview; carries the exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__()


class Stop:
    """Whether a signal has asked the interview to end."""

    def __init__(self) -> None:
        self.code: int | None = None  # to exit with
        self.wake: Callable[[], None] | None = None  # ends a prompt that is waiting

    def _handle(self, number: int, _: FrameType | None) -> None:
        self.code = 128 + number
        if self.wake is not None:
            self.wake()
        else:
            raise Interrupted(self.code)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let Ctrl-C, SIGTERM and SIGHUP end the interview, terminal and all."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP"):
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._handle) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
