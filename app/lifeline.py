"""Ending with whoever started us: no process outlives its parent, however the parent ends."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends; leave at once if it has ended already.

    Only Linux can promise this. The mark is not inherited: every process sets it for itself.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def tied_to_this() -> Callable[[], None]:
    """What a child of this process calls before anything else."""
    parent_pid = os.getpid()
    return lambda: die_with_parent(parent_pid)


def be_called(name: str) -> None:
    """The name that `ps -o comm` and `top` show for this process; 15 letters at most."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode(), 0, 0, 0)
