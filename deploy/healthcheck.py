#!/opt/heed/bin/python -IS
"""Exit with 0 if `/readyz` on the given port of this container returns 200: `healthcheck 8000`."""

# Only `socket`: this runs every few seconds beside each process, and an HTTP library is most of a start's time.
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=3) as connection:
    connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status = connection.recv(12)
sys.exit(status != b"HTTP/1.1 200")
