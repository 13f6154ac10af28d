"""Speaks the protocol of the original as Python does, for mesh_original_test.ts: a feed of its own, and what comes.

Prints each event that came and whose id is right, as a line of JSON. Ends with its input.
"""

import hashlib
import json
import sys
import threading

from meshlog_tcp import TcpTransport

lock = threading.Lock()
held = {}


def id_of(event):
    named = dict(author=event["a"], seq=event["s"], hlc=event["h"], kind=event["k"], payload=event["p"], prev=event["v"])
    text = json.dumps(named, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write(author, kind, payload):
    feed = held.setdefault(author, [])
    event = {
        "a": author,
        "s": len(feed) + 1,
        "h": [1_700_000_000_000 + len(feed), 0],
        "k": kind,
        "p": payload,
        "v": feed[-1]["i"] if feed else "",
    }
    event["i"] = id_of(event)
    feed.append(event)


def encode(message):
    return json.dumps(message, separators=(",", ":")).encode()


def receive(peer, raw):
    message = json.loads(raw)
    with lock:
        if message["t"] == "frontier":
            lacks = [event for author, feed in held.items() for event in feed[message["f"].get(author, 0):]]
            for at in range(0, len(lacks), 32):
                transport.send(peer, encode({"t": "events", "e": lacks[at:at + 32]}))
            return
        for event in message["e"]:
            feed = held.setdefault(event["a"], [])
            if event["s"] != len(feed) + 1:
                continue
            assert event["i"] == id_of(event), f"an id is another: {event}"
            assert event["v"] == (feed[-1]["i"] if feed else ""), f"a chain is broken: {event}"
            feed.append(event)
            print(json.dumps(event), flush=True)


def gossip():
    frontier = {author: len(feed) for author, feed in held.items()}
    for peer in transport.reachable_peers():
        transport.send(peer, encode({"t": "frontier", "f": frontier}))


write("pia", "record.create", {"record_id": "R-7", "form": "site", "by": "pia"})
for field, value in json.loads(sys.argv[2]).items():
    write("pia", "field.set", {"record_id": "R-7", "field": field, "value": value})
write("pia", "note.add", {"record_id": "R-7", "text": "Brunnen läuft ✓"})

transport = TcpTransport("127.0.0.1", int(sys.argv[1]))
transport.set_receive(receive)
gossip()
for _ in sys.stdin:
    with lock:
        gossip()
