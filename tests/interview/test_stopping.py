"""A signal ends the interview wherever it strikes."""

import os
import signal

import pytest

from salesadvisor.interview.stopping import Interrupted, Stop


def test_a_signal_is_noted_and_raised() -> None:
    """Outside a prompt it raises; the note stays if what it strikes drops the exception."""
    stop = Stop()

    with stop.listening(), pytest.raises(Interrupted) as raised:
        os.kill(os.getpid(), signal.SIGTERM)

    assert (stop.code, raised.value.code) == (143, 143)
    assert signal.getsignal(signal.SIGTERM) is not stop._handle


def test_a_waiting_prompt_is_ended_instead() -> None:
    """While a prompt waits it is woken, and nothing is raised in its midst."""
    stop = Stop()
    woken: list[int | None] = []
    stop.wake = lambda: woken.append(stop.code)

    with stop.listening():
        os.kill(os.getpid(), signal.SIGINT)

    assert woken == [130]
