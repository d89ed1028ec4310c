"""A platform on this machine: a server that gives the answers a test lays down, and remembers what it was asked."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest


@pytest.fixture
def platform():
    """`answer(path, body, status=200, **headers)` lays down answers for a path, in order; the last one is given again and again."""
    answers, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.append(SimpleNamespace(path=parts.path, query=query, target=self.path, headers=dict(self.headers)))
            laid = answers.get(parts.path)
            status, body, headers = (404, b"{}", {}) if not laid else laid.popleft() if len(laid) > 1 else laid[0]
            if status == 0:  # hang up without a word
                self.close_connection = True
                return
            body = body(query) if callable(body) else body
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:  # else it says more than it gives
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()

    def answer(path, body, status=200, **headers):
        answers.setdefault(path, deque()).append(
            (status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        )

    yield SimpleNamespace(address=f"http://127.0.0.1:{server.server_port}", answer=answer, asked=asked)
    server.shutdown()
    server.server_close()
    thread.join()
