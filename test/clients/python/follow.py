"""Follows a stream with httpx-sse, which leaves opening it again to its user. Verb and output are in ../README.md."""

import json
import random
import sys
import time

import httpx
from httpx_sse import connect_sse

LIMIT_SECONDS = 20
url, token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}"}
wait_seconds = 1.0


def print_line(**members):
    print(json.dumps(members), flush=True)


with httpx.Client(timeout=LIMIT_SECONDS) as client:
    while True:
        try:
            with connect_sse(client, "GET", url, headers=dict(headers)) as source:
                source.response.raise_for_status()
                print_line(opened=True)
                for message in source.iter_sse():
                    if message.retry is not None:
                        wait_seconds = message.retry / 1000
                    if message.id:
                        headers["Last-Event-ID"] = message.id
                    # httpx-sse gives what has no data as well: `retry:` alone, and the `id:` of heartbeats.
                    if message.data:
                        print_line(type=message.event, id=message.id, data=message.data)
        except httpx.TransportError:
            pass
        time.sleep(wait_seconds * (1 + random.random()))
