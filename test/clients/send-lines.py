"""Publishes numbered lines as Python's own HTTP client does: all is sent before anything is read.

send-lines.py URL TOKEN COUNT PAD [wait]

Each line is {"value": {"n": 0, "pad": "x..."}}, with PAD times "x". Says "sent" when all is sent; with `wait`, reads the
answer only when its own input ends. Prints the status and the answer.
"""

import http.client
import sys
from urllib.parse import urlsplit

url, token, count, pad = urlsplit(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "x" * int(sys.argv[4])
piece = 500


def pieces():
    for first in range(0, count, piece):
        lines = ['{"value":{"n":%d,"pad":"%s"}}\n' % (n, pad) for n in range(first, min(first + piece, count))]
        yield "".join(lines).encode()


connection = http.client.HTTPConnection(url.hostname, url.port, timeout=100)
headers = {"Authorization": "Bearer " + token, "Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}
connection.request("POST", url.path + "?" + url.query, body=pieces(), headers=headers, encode_chunked=True)
print("sent", flush=True)
if "wait" in sys.argv:
    sys.stdin.read()
answer = connection.getresponse()
print(answer.status)
print(answer.read().decode(), end="")
