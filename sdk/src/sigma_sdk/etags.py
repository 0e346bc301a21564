"""What was fetched before, by URL, so that asking again costs a 304."""

from collections import OrderedDict

from sigma_sdk.exchange import Answer, Plan, Request, deliver


class EtagCache:
    """The latest answers that carried an ETag; the least recently used one goes when it is full."""

    def __init__(self, size_max: int = 256) -> None:
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._size_max = size_max
        self.hits = 0

    def fetch(self, request: Request) -> Plan[Answer]:
        """GET, revalidated. Raises ArenaProblem."""
        kept = self._kept.get(request.target)
        headers = dict(request.headers)
        if kept is not None:
            headers["If-None-Match"] = kept.headers["etag"]
        answer = yield from deliver(Request("GET", request.path, request.query, headers=headers))
        if answer.status == 304 and kept is not None:
            self.hits += 1
            self._kept.move_to_end(request.target)
            return kept
        if "etag" in answer.headers:
            self._kept[request.target] = answer
            self._kept.move_to_end(request.target)
            while len(self._kept) > self._size_max:
                self._kept.popitem(last=False)
        return answer
