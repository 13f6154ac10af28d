"""A Transport for a Node of the Python original, over TCP to `tinman mesh start --original listen:HOST:PORT`.

The original comes with Reticulum alone. With this it needs no radio:

    node = Node("base", TcpTransport("127.0.0.1", 4243), persist_path="base.jsonl")
    while True:
        node.gossip_round()
        time.sleep(10)

Each message is its length as an unsigned LEB128 varint, then its bytes.
"""

import socket
import threading


class TcpTransport:
    def __init__(self, host, port, node_id="tcp"):
        self.node_id = node_id
        self._address = (host, port)
        self._name = f"{host}:{port}"
        self._lock = threading.Lock()
        self._socket = None
        self._receive = None

    def set_receive(self, receive):
        """`receive(src, raw)` is called with each message, in a thread of its own."""
        self._receive = receive

    def set_frontier_provider(self, provider):
        """Nothing is announced over TCP."""

    def reachable_peers(self):
        """The one peer, when it answers."""
        with self._lock:
            if self._socket is None:
                try:
                    self._socket = socket.create_connection(self._address, timeout=10)
                except OSError:
                    return []
                self._socket.settimeout(None)
                threading.Thread(target=self._read, args=(self._socket,), daemon=True).start()
        return [self._name]

    def send(self, peer, raw):
        head = bytearray()
        length = len(raw)
        while length >= 128:
            head.append(length % 128 + 128)
            length //= 128
        head.append(length)
        with self._lock:
            if self._socket is not None:
                self._socket.sendall(bytes(head) + raw)

    def _read(self, connection):
        stream = connection.makefile("rb")
        try:
            while True:
                length = shift = 0
                while True:
                    byte = stream.read(1)
                    if not byte:
                        return
                    length |= (byte[0] & 127) << shift
                    shift += 7
                    if byte[0] < 128:
                        break
                raw = stream.read(length)
                if len(raw) < length:
                    return
                self._receive(self._name, raw)
        finally:
            connection.close()
            with self._lock:
                if self._socket is connection:
                    self._socket = None
