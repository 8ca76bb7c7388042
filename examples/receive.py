#!/usr/bin/env python3
"""A destination to try sluice with: prints every request it gets, and answers 200.

    python3 examples/receive.py [PORT]
"""
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receive(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        print(f"{self.path} {body.decode(errors='replace')} ({self.headers['Upstash-Message-Id']})", flush=True)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receive)
print(f"receiving at http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
