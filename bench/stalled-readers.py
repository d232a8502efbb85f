"""Readers of a stream that take 1 KiB a second, and at last everything. Asked by lines of JSON, answers each with one.

In Python, as Node cannot set what the kernel is to hold for a socket: with its defaults megabytes would wait there, and
the server would not notice for a long time. The segments are those of a real network; loopback's are 64 KiB.
"""

import json
import re
import select
import socket
import sys
import time

BYTES_A_SECOND = 1024
SLICES = 10
HELD_BY_KERNEL = 4096
SEGMENT_BYTES = 1448
QUIET_SECONDS = 1
RECOVER_SECONDS = 60

PLACE = re.compile(rb'"partition":(\d+),"offset":(\d+),')
KEY = re.compile(rb'"key":"([^"]*)"')
STAMP = re.compile(rb'"value":{"id":"([^"]*)"')
GAP = re.compile(rb'"partition":(\d+),"from":(\d+),"to":(\d+)')
CODE = re.compile(rb'"code":"([^"]*)"')


class Reader:
    def __init__(self, port, request):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD_BY_KERNEL)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(request)
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            head = self.socket.recv(1024)
            if not head:
                raise RuntimeError("a connection was closed before its answer")
            self.rest += head
        if b" 200 " not in self.rest[:20]:
            raise RuntimeError(self.rest.decode())
        self.socket.setblocking(False)
        self.is_open = True
        self.next = {}
        self.report = {"events": 0, "inGaps": 0, "missing": 0, "repeated": 0, "closing": None, "newest": {}}

    def read(self, most):
        """Whether anything came."""
        try:
            chunk = self.socket.recv(most)
        except BlockingIOError:
            return False
        except ConnectionError:
            chunk = b""
        if not chunk:
            self.is_open = False
            return False
        *messages, self.rest = (self.rest + chunk).split(b"\n\n")
        for message in messages:
            self.take(message)
        return True

    def take(self, message):
        report = self.report
        if b"event: gap" in message:
            partition, start, end = map(int, GAP.search(message).groups())
            self.move(partition, start, end)
            report["inGaps"] += end - start
        elif b"event: closing" in message:
            report["closing"] = CODE.search(message)[1].decode()
        elif place := PLACE.search(message):
            partition, offset = map(int, place.groups())
            self.move(partition, offset, offset + 1)
            report["events"] += 1
            if key := KEY.search(message):
                report["newest"][key[1].decode()] = STAMP.search(message)[1].decode()

    def move(self, partition, start, end):
        expected = self.next.get(partition, start)
        self.report["missing"] += max(0, start - expected)
        self.report["repeated"] += max(0, expected - start)
        self.next[partition] = end


def open_readers(request):
    headers = {"host": "127.0.0.1", "accept": "text/event-stream", **request["headers"]}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"GET {request['path']} HTTP/1.1\r\n{lines}\r\n".encode()
    return [Reader(request["port"], head) for _ in range(request["readers"])]


def recover(readers):
    """Reads everything, until nothing came for a while."""
    for reader in readers:
        reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    limit = time.monotonic() + RECOVER_SECONDS
    quiet_at = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < min(limit, quiet_at):
        if any([reader.read(1 << 18) for reader in readable(readers)]):
            quiet_at = time.monotonic() + QUIET_SECONDS
    return [reader.report for reader in readers]


def readable(readers):
    by_file = {reader.socket.fileno(): reader for reader in readers if reader.is_open}
    poller = select.poll()
    for file in by_file:
        poller.register(file, select.POLLIN)
    return [by_file[file] for file, _ in poller.poll(200)]


def main():
    readers = []
    turn = 0
    while True:
        asked, _, _ = select.select([sys.stdin], [], [], 1 / SLICES)
        for reader in readers[turn % SLICES :: SLICES]:
            if reader.is_open:
                reader.read(BYTES_A_SECOND)
        turn += 1
        if not asked:
            continue
        line = sys.stdin.readline()
        if not line:
            return
        request = json.loads(line)
        if request["do"] == "open":
            readers = open_readers(request)
        print(json.dumps({"readers": recover(readers)} if request["do"] == "recover" else {}), flush=True)


main()
