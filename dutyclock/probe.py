"""`python -m dutyclock.probe`: asks the service in this container whether it is ready; 1 when it is not.

For the health check of an image without curl; only the standard library, for it runs every few seconds.
"""

import http.client
import os
import ssl
import sys

ANSWER_SECONDS = 5.0


def ask(port: int, *, over_tls: bool, path: str = "/ready") -> tuple[int, str]:
    """Return the status of a GET on this machine and what was said; raises OSError without an answer."""
    if over_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # whoever listens on our own loopback is the service
        context.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=ANSWER_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode("utf-8", "replace")
    finally:
        connection.close()


def main() -> int:
    """Return the exit code for the container's engine."""
    port = int(os.environ["DUTYCLOCK_PORT"])
    path = sys.argv[1] if len(sys.argv) > 1 else "/ready"
    try:
        over_tls = bool(os.environ.get("DUTYCLOCK_TLS_CERTIFICATE_FILE"))
        status, said = ask(port, over_tls=over_tls, path=path)
    except (OSError, http.client.HTTPException) as problem:
        status, said = 0, f"{type(problem).__name__}: {problem}"
    print(said if status != 200 else "ready")
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
