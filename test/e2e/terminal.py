"""A terminal for a program: what is typed, and what must appear.

Terminal(argv).expect(text) waits until TEXT has appeared behind what was expected before; ends()
waits for the program's end and gives its exit status (negative: the signal that killed it).
"""
import os
import pty
import select
import sys
import termios
import time

PATIENCE = 60  # s, after which a test has failed; nothing depends on how fast it is


class Terminal:
    def __init__(self, argv):
        self.seen, self.past = b"", 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "vt100"
            os.execv(argv[0], argv)

    def _more(self):
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        if not ready:
            raise AssertionError(f"nothing more behind {self.seen[-300:]!r}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # Linux: the other side is closed
            data = b""
        self.seen += data
        return bool(data)

    def expect(self, text):
        text = text.encode()
        while (at := self.seen.find(text, self.past)) < 0:
            if not self._more():
                raise AssertionError(f"no {text!r} behind {self.seen[self.past:]!r}")
        self.past = at + len(text)

    def type(self, text):
        """Waits until the program, not the kernel, edits lines: its prompt may come before that."""
        for _ in range(100 * PATIENCE):
            if not termios.tcgetattr(self.fd)[3] & termios.ICANON:
                break
            time.sleep(0.01)
        os.write(self.fd, text.encode())

    def ends(self):
        while self._more():
            pass
        _, status = os.waitpid(self.pid, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


def run(tests):
    """Runs functions, prints ok or not ok for each."""
    for test in tests:
        name = test.__name__.replace("_", " ")
        try:
            test()
            print(f"ok - {name}")
        except AssertionError as why:
            print(f"not ok - {name}: {' '.join(str(why).split())}")
            sys.exitcode = 1
