"""The kernel's filter by itself, without the hook before it: what is not on its list fails in every thread."""

import json
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

SHUT = "import ctypes, os, socket, threading, mmap, signal\nfrom arena.signals.lab.own.host.seccomp import shut\n"
BEHIND = SHUT + "shut()\n"
ATTEMPTS = {
    "open": "os.open('/etc/hostname', os.O_RDONLY)",
    "write a file": "os.open('/tmp/stolen', os.O_WRONLY | os.O_CREAT)",
    "socket": "socket.socket()",
    "socket pair": "socket.socketpair()",
    "fork": "os.fork()",
    "execute": "os.execv('/bin/true', ['true'])",
    "thread": "threading.Thread(target=print).start()",
    "kill": "os.kill(1, 0)",
    "read a directory": "os.listdir('/')",
    "remove": "os.unlink('/tmp/nothing')",
    "code in memory": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "look at a file": "os.stat('/etc/hostname')",
    "another's memory": "ctypes.CDLL(None, use_errno=True).ptrace(16, 1, 0, 0) == -1 and fail()",
}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def tried() -> dict[str, str]:
    """How each attempt ended, all of them in one process."""
    attempts = "".join(
        f"try:\n    {code}\n    ended[{what!r}] = 'done'\n"
        f"except (PermissionError, RuntimeError): ended[{what!r}] = 'refused'\n"
        for what, code in ATTEMPTS.items()
    )
    before = "import json\nended = {}\ndef fail(): raise PermissionError\n"
    found: dict[str, str] = json.loads(run(BEHIND + before + attempts + "print(json.dumps(ended))"))
    return found


@pytest.mark.parametrize("what", sorted(ATTEMPTS))
def test_behind_the_filter_it_fails(what: str, tried: dict[str, str]) -> None:
    assert tried[what] == "refused"


def test_computing_and_talking_go_on() -> None:
    said = run(
        "import numpy as np\n" + SHUT + "left, right = os.pipe()\nshut()\n"
        "os.write(right, b'hello')\nprint(os.read(left, 9), np.linalg.inv(np.eye(300)).sum(), len(bytearray(10**8)))"
    )
    assert said == "b'hello' 300.0 100000000\n"


def test_it_holds_for_threads_that_were_there_before() -> None:
    said = run(
        SHUT + "go = threading.Event()\n"
        "def later():\n    go.wait()\n    try: os.open('/', 0)\n    except PermissionError: print('refused')\n"
        "thread = threading.Thread(target=later)\nthread.start()\nshut()\ngo.set()\nthread.join()"
    )
    assert said == "refused\n"


def test_it_cannot_be_taken_off() -> None:
    said = run(
        BEHIND
        + "libc = ctypes.CDLL(None)\nprint(libc.prctl(22, 0, 0, 0, 0), libc.prctl(38, 0, 0, 0, 0))"
    )
    assert said == "-1 -1\n"


@pytest.mark.parametrize("who", [(), ("--map-root-user",)])
def test_strategies_are_hosted_without_root_and_in_namespaces(who: tuple[str, ...]) -> None:
    """As in containers without privileges; nobody, and a root that is none outside."""
    enter = ("unshare", "--user", *who)
    if shutil.which("unshare") is None or subprocess.run([*enter, "true"], check=False).returncode:
        pytest.skip("this machine has no user namespaces to try it in")
    code = (
        "from arena.signals.lab.own import Host, try_hosting\n"
        "with Host() as host:\n    try_hosting(host)\n    print('hosted')"
    )
    done = subprocess.run(
        [*enter, sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "hosted\n", done.stderr
