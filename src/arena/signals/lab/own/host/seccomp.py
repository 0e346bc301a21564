"""A filter in the kernel: from now on this process may compute and talk over what is open, nothing else.

A program of the kernel's packet filter is asked at each system call (man 2 seccomp). Calls that are not on the list
fail with EPERM: no file is opened, no socket made, no process begun, no signal sent, and no memory becomes code.
It cannot be taken off again, needs no rights, and holds whatever Python is talked into.
"""

import ctypes
import errno
import platform
import struct
from dataclasses import dataclass

_SET_NO_NEW_PRIVILEGES = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
# Classic BPF: load a word of what the kernel tells, jump if equal, if at least, if a bit is set, answer.
_LOAD, _EQUAL, _AT_LEAST, _BITS, _ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _PROTECTION_AT = 0, 4, 32
_EXECUTABLE = 4
_OTHER_NUMBERING = 0x40000000


class NoFilter(Exception):
    """The kernel takes no filter here; the message says why."""


@dataclass(frozen=True, slots=True)
class _Machine:
    """A processor's numbers of the calls, from the kernel's unistd.h. `mapping` are mmap and mprotect."""

    audit: int
    seccomp: int
    mapping: tuple[int, int]
    allowed: tuple[int, ...]


# read write close fstat poll lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn sched_yield mremap madvise
# getpid exit gettimeofday getrusage sigaltstack gettid time futex sched_getaffinity restart_syscall clock_gettime
# clock_getres exit_group set_robust_list getrandom rseq; arm64 has ppoll for poll and no time.
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E, 317, (9, 10),
        (0, 1, 3, 5, 7, 8, 11, 12, 13, 14, 15, 24, 25, 28, 39, 60, 96, 98, 131, 186, 201, 202, 204, 219, 228, 229,
         231, 273, 318, 334),
    ),
    "aarch64": _Machine(
        0xC00000B7, 277, (222, 226),
        (63, 64, 57, 80, 73, 62, 215, 214, 134, 135, 139, 124, 216, 233, 172, 93, 169, 165, 132, 178, 98, 123, 128,
         113, 114, 94, 99, 278, 293),
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def shut() -> None:
    """Puts the filter on all threads of this process, for good. Raises NoFilter."""
    machine = _MACHINES.get(platform.machine())
    if platform.system() != "Linux" or machine is None:
        raise NoFilter(f"there is no filter for {platform.system()} on {platform.machine()}")
    words = _program(machine)
    program = _Program(len(words) // 8, words)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise NoFilter(f"the kernel refuses no_new_privs ({errno.errorcode[ctypes.get_errno()]})")
    refused = libc.syscall(
        ctypes.c_long(machine.seccomp), ctypes.c_ulong(_SET_MODE_FILTER), ctypes.c_ulong(_ALL_THREADS),
        ctypes.byref(program),
    )  # fmt: skip
    if refused:
        raise NoFilter(
            f"the kernel refuses seccomp ({errno.errorcode.get(ctypes.get_errno(), refused)})"
        )


def _program(machine: _Machine) -> bytes:
    """Read top down; a jump counts instructions to leave out."""
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, machine.audit),
        (_ANSWER, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    if machine.audit == _MACHINES["x86_64"].audit:
        steps += [(_AT_LEAST, 0, 1, _OTHER_NUMBERING), (_ANSWER, 0, 0, _KILL)]
    for number in machine.allowed:
        steps += [(_EQUAL, 0, 1, number), (_ANSWER, 0, 0, _ALLOW)]
    for number in machine.mapping:
        steps += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _PROTECTION_AT),
            (_BITS, 0, 1, _EXECUTABLE),
            (_ANSWER, 0, 0, _FAIL),
            (_ANSWER, 0, 0, _ALLOW),
        ]
    steps.append((_ANSWER, 0, 0, _FAIL))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
