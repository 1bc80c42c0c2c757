"""A CRM to practise on: an HTTP server on this machine that answers as HubSpot's API does.

It serves lists of objects page by page, and it misbehaves as the real one does: it refuses a request that
comes too soon (429, with `Retry-After`) and fails in the middle (502). So a fetch loop can be tried, in a
test or on a page of documentation, before it meets a portal. It holds what it is given and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit

import attrs

__all__ = ["FakeCrm", "fake_crm"]

_FAULTS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    429: ("You have reached your secondly limit.", {"Retry-After": "0"}),
    502: ("Bad gateway", {}),
}


@attrs.define(kw_only=True)
class FakeCrm:
    """A server that runs.

    Attributes:
        url: Where it listens, without a slash at the end.
        objects: By path (`/crm/v3/objects/contacts`), all that it lists.
        faults: The status of each request that it fails, by the number of the request, counted from 1.
        requests: What it was asked so far: the path and the status of the answer.
    """

    url: str = ""
    objects: Mapping[str, Sequence[Mapping[str, object]]]
    faults: Mapping[int, int]
    requests: list[tuple[str, int]] = attrs.field(factory=list[tuple[str, int]])
    _lock: Lock = attrs.field(factory=Lock)

    def answer(self, target: str) -> tuple[int, Mapping[str, str], Mapping[str, object]]:
        """The status, the headers and the body with which a request is answered."""
        with self._lock:
            status = self.faults.get(len(self.requests) + 1, 200)
            asked = urlsplit(target)
            if status == 200 and asked.path not in self.objects:
                status = 404
            self.requests.append((asked.path, status))
        if status != 200:
            message, headers = _FAULTS.get(status, ("There is nothing here", {}))
            return status, headers, {"status": "error", "message": message}
        return status, {}, _page(self.objects[asked.path], parse_qs(asked.query))


def _page(objects: Sequence[Mapping[str, object]], query: Mapping[str, Sequence[str]]) -> dict[str, object]:
    after, limit = (int(query.get(name, [default])[0]) for name, default in (("after", "0"), ("limit", "10")))
    page: dict[str, object] = {"results": list(objects[after : after + limit])}
    if after + limit < len(objects):
        page["paging"] = {"next": {"after": str(after + limit)}}
    return page


@contextmanager
def fake_crm(
    objects: Mapping[str, Sequence[Mapping[str, object]]], *, faults: Mapping[int, int] | None = None
) -> Iterator[FakeCrm]:
    """Run a server for as long as the block lasts; it listens on 127.0.0.1 only.

    Args:
        objects: By path, all that it lists; requests take `limit` and `after` as HubSpot's do.
        faults: The requests that fail, counted from 1, each with its status.

    Example:
        >>> from urllib.request import urlopen
        >>> with fake_crm({"/crm/v3/owners": [{"id": "11"}, {"id": "12"}]}) as crm:
        ...     with urlopen(crm.url + "/crm/v3/owners?limit=1") as answer:
        ...         json.load(answer)
        {'results': [{'id': '11'}], 'paging': {'next': {'after': '1'}}}
    """
    crm = FakeCrm(objects=objects, faults=faults or {})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = crm.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is printed: `requests` says what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    crm.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield crm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
