"""A receiver of alerts on this machine, which takes them, refuses, keeps silent, hangs up or answers twice."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs

TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@attrs.define
class Receiver:
    """What came, and how the next requests are answered: one word each, `take` when none is left."""

    url: str = ""
    answers: list = attrs.field(factory=list)
    requests: list = attrs.field(factory=list)
    taken: dict = attrs.field(factory=dict)
    is_over: threading.Event = attrs.field(factory=threading.Event)

    def take(self, request):
        """Take what it does not have yet, as whoever honours the key does."""
        self.taken.setdefault(request["key"], request["body"])


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = {"path": self.path, "key": self.headers["Idempotency-Key"], "body": body, "headers": self.headers}
        receiver.requests.append(request)
        answer = receiver.answers.pop(0) if receiver.answers else "take"
        self.close_connection = True
        match answer:
            case "take":
                receiver.take(request)
                self.wfile.write(TAKEN)
            case "twice":
                receiver.take(request)
                self.wfile.write(TAKEN + TAKEN)
            case "lose":  # it arrives, but the answer does not
                receiver.take(request)
            case "silent":
                receiver.is_over.wait(5)
            case "hang up":
                pass
            case "garbage":
                self.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n")
            case "move":
                self.send_response_only(302)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
            case str(status):
                self.send_response_only(int(status.split()[0]))
                self.send_header("Retry-After", [*status.split(), "x"][1])
                self.end_headers()

    do_GET = do_POST  # noqa: N815 - so that a redirect that is followed is seen

    def log_message(self, *_):
        """Nothing on the terminal."""


@contextmanager
def receiving():
    """A receiver while it lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    server.receiver = Receiver(url=f"http://127.0.0.1:{server.server_address[1]}/hook/s3cret-token?key=s3cret-key")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
