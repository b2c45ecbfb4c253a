"""The route of the metrics, for those who may use the control API."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from kustomer_sandbox.simulator.control.access import guard
from kustomer_sandbox.simulator.control.access_rules import Access
from kustomer_sandbox.web.metrics.metrics import Metrics

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"


def metrics_router(metrics: Metrics, access: Access) -> APIRouter:
    """`GET /_sandbox/metrics`."""
    router = APIRouter(prefix="/_sandbox", tags=["Sandbox control"], dependencies=[Depends(guard(access))])

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def show_metrics() -> Response:
        """What the sandbox counts of itself, as Prometheus reads it. No label names a world, a key or a person."""
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router
