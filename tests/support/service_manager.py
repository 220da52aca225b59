# SPDX-License-Identifier: Apache-2.0
"""service_manager.py [WISH ...] -- COMMAND - a small service manager, as
systemd is one: it starts COMMAND, hands over sockets, hears what it is told.

WISHes: sockets=ADDRESS,... (listened at from now on, and handed over),
other-pid (handed over to somebody else), pipe (hands over what is no socket),
notify=path or abstract, watchdog=MS, watchdog-pid=PID.

On its output: "told TIME LINES" for each datagram (times in ms, the lines with
| between them), "ended STATUS". On its input: restart; down (by SIGTERM), kill
(by SIGKILL) and up, between which the sockets stay; hold NAME (the threads of
that name stand still); release. Otherwise it ends with COMMAND, by SIGTERM
too, and with the status of that."""
import ctypes
import os
import select
import signal
import socket
import sys
import tempfile
import time

SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p,
                        ctypes.c_void_p]


def say(*words):
    print("manager:", *words, flush=True)


def listen_at(address):
    host, _, port = address.rpartition(":")
    six = host.startswith("[")
    handle = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if six:
        handle.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    handle.bind((host.strip("[]"), int(port)))
    handle.listen(1024)
    say("listens", handle.getsockname()[1])
    return handle


class Manager:
    def __init__(self, wishes, command):
        self.wishes, self.command = wishes, command
        self.handed = [listen_at(address) for address
                       in filter(None, wishes.get("sockets", "").split(","))]
        if "pipe" in wishes:
            self.pipe = os.pipe()
            self.handed.append(os.fdopen(self.pipe[0]))
        self.held, self.again, self.pid = [], False, 0
        self.resting = False
        self.ear = None
        if "notify" in wishes:
            self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.folder = tempfile.TemporaryDirectory()
            self.place = (f"\0ltigate-case-{os.getpid()}"
                          if wishes["notify"] == "abstract"
                          else f"{self.folder.name}/notify")
            self.ear.bind(self.place)

    def environment(self):
        whole, pid = dict(os.environ), os.getpid()
        if self.handed:
            whole["LISTEN_PID"] = str(pid + ("other-pid" in self.wishes))
            whole["LISTEN_FDS"] = str(len(self.handed))
            whole["LISTEN_FDNAMES"] = ":".join(["http"] * len(self.handed))
        if self.ear:
            whole["NOTIFY_SOCKET"] = self.place.replace("\0", "@")
        if "watchdog" in self.wishes:
            whole["WATCHDOG_USEC"] = self.wishes["watchdog"] + "000"
            whole["WATCHDOG_PID"] = self.wishes.get("watchdog-pid", str(pid))
        return whole

    def become_command(self):
        libc.prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Above all of them first: none may be written over.
        above = [os.dup2(one.fileno(), 100 + i)
                 for i, one in enumerate(self.handed)]
        for i, handle in enumerate(above):
            os.dup2(handle, 3 + i)
            os.close(handle)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.execvpe(self.command[0], self.command, self.environment())

    def start(self):
        self.pid = os.fork()
        if self.pid == 0:
            self.become_command()

    def terminate(self, *_):
        if not self.pid:
            sys.exit(0)
        if self.held:
            self.release()
        os.kill(self.pid, signal.SIGTERM)

    def hold(self, name):
        for thread in map(int, os.listdir(f"/proc/{self.pid}/task")):
            try:
                with open(f"/proc/{self.pid}/task/{thread}/comm") as comm:
                    if comm.read().strip() != name:
                        continue
            except FileNotFoundError:  # it ended meanwhile
                continue
            if name == "ltigate" and thread != self.pid:
                continue
            libc.ptrace(SEIZE, thread, None, None)
            libc.ptrace(INTERRUPT, thread, None, None)
            os.waitpid(thread, WALL)
            self.held.append(thread)
        say("holds", len(self.held))

    def release(self):
        for thread in self.held:
            libc.ptrace(DETACH, thread, None, None)
        self.held = []
        say("released")

    def obey(self, line):
        word, *rest = line.split()
        if word == "restart":
            self.again = True
            self.terminate()
        elif word in ("down", "kill"):
            self.resting = True
            os.kill(self.pid, signal.SIGTERM if word == "down"
                    else signal.SIGKILL)
        elif word == "up":
            self.resting = False
            self.start()
        elif word == "hold":
            self.hold(rest[0])
        elif word == "release":
            self.release()

    def look(self):
        inputs = [0] + ([self.ear] if self.ear else [])
        ready = select.select(inputs, [], [], 0.02)[0]
        if self.ear in ready:
            text = self.ear.recv(4096).decode()
            say("told", int(time.time() * 1000), text.replace("\n", "|"))
        if 0 in ready:
            for line in os.read(0, 4096).decode().splitlines():
                self.obey(line)

    def run(self):
        signal.signal(signal.SIGTERM, self.terminate)
        self.start()
        while True:
            self.look()
            if not self.pid:
                continue
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                continue
            code = os.waitstatus_to_exitcode(status)
            while self.ear and select.select([self.ear], [], [], 0)[0]:
                self.look()
            say("ended", code)
            if self.resting:
                self.pid = 0
                continue
            if not self.again:
                return code if code >= 0 else 128 - code
            self.again = False
            self.start()


split = sys.argv.index("--")
sys.exit(Manager(dict(wish.partition("=")[::2] for wish in sys.argv[1:split]),
                 sys.argv[split + 1:]).run())
