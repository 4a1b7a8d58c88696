"""Counts and times of requests by route, and how far the read models are: nothing of who asked, or about whom."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Of one process; `together`: a folder that several share, so that each tells the counts of all."""

    MEDIA_TYPE = CONTENT_TYPE_LATEST

    def __init__(self, together: str | None = None) -> None:
        self._together = together
        self._own = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("zorgspoor_requests", "Requests answered", labels, registry=self._own)
        self.seconds = Histogram(
            "zorgspoor_request_seconds",
            "Until the answer began",
            ("method", "route"),
            registry=self._own,
            buckets=BUCKETS,
        )
        self.position = self._gauge("zorgspoor_log_position", "Last position of the log", "max")
        self.lag = self._gauge("zorgspoor_projector_lag", "Facts of the log not yet in the read models", "mostrecent")

    def _gauge(self, name: str, what: str, mode: str) -> Gauge:
        return Gauge(name, what, registry=self._own, multiprocess_mode=mode)  # type: ignore[arg-type]  # one of its words

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)

    def told(self) -> bytes:
        if self._together is None:
            return generate_latest(self._own)
        whole = CollectorRegistry()
        MultiProcessCollector(whole, self._together)  # type: ignore[no-untyped-call]  # the library has no types there
        return generate_latest(whole)
