"""The record of every request, for tests to look at and to wait for."""

import time
from typing import Any, Dict, Iterator, List

# Only the newest calls keep their parameters, so that a long run of many
# deployments doesn't fill the memory.
PARAMS_KEPT = 20_000


class Calls:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.records: List[Dict[str, Any]] = []
        self.in_flight = 0
        self.peak_in_flight = 0

    def begin(self, **what: Any) -> Dict[str, Any]:
        record = {"seq": len(self.records) + 1, "wall": round(time.time(), 4), **what}
        self.records.append(record)
        if len(self.records) > PARAMS_KEPT:
            self.records[-PARAMS_KEPT - 1].pop("params", None)
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return record

    def end(self, record: Dict[str, Any], status: int) -> None:
        """Status 0: the client got no answer."""
        record["status"] = status
        record["ms"] = round((time.time() - record["wall"]) * 1000, 1)
        self.in_flight -= 1

    def find(self, query: Dict[str, str]) -> Iterator[Dict[str, Any]]:
        """Records by equality of any member; also since=<seq>, invalid=1, faulted=1."""
        since = int(query.get("since", 0))
        wanted = {key: value for key, value in query.items() if key not in ("since", "invalid", "faulted", "format")}
        for record in self.records[max(0, since):]:
            if query.get("invalid") and not record.get("invalid"):
                continue
            if query.get("faulted") and not record.get("fault"):
                continue
            if all(str(record.get(key)) == value for key, value in wanted.items()):
                yield record


def as_line(record: Dict[str, Any]) -> str:
    """`ecs.CreateService 400 ThrottlingException`, for shell tests to compare."""
    words = [f"{record.get('service') or '?'}.{record.get('op') or '?'}", str(record.get("status", "-"))]
    if record.get("error"):
        words.append(record["error"])
    if record.get("invalid"):
        words.append("INVALID " + "; ".join(record["invalid"]))
    return " ".join(words)
