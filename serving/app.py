"""The storefront's and the marketer's endpoints; mounted into the BentoML service."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, FastAPI, Header, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from serving import metrics, page, problems
from serving.atrisk import Cursor, as_csv, scores, usual_sort
from serving.atrisk import page as list_page
from serving.decisions import Request as OfferRequest
from serving.explaining import explain_offers
from serving.generation import Generation
from serving.ledger import OfferGoneError
from serving.negotiation import prefers_csv
from serving.problems import ProblemDetails, ProblemError, not_found, unusable
from serving.record import Decision, OfferEvent
from serving.schemas import (
    AtRiskAnswer,
    AtRiskQuery,
    CustomerAnswer,
    DecisionId,
    EventAnswer,
    EventReported,
    Json,
    OffersAnswer,
    OffersAsked,
    OffersExplained,
    OffersExplainedQuery,
    RecommendationsAnswer,
    RecommendationsQuery,
)
from serving.state import ServingState
from serving.store_errors import StoreUnavailableError

_LOG = logging.getLogger("regulars.serving")
CLOCK_SKEW = timedelta(minutes=5)


async def serving_state(request: Request) -> ServingState:
    """The worker's state; `async` because FastAPI gives every other dependency a thread."""
    state: ServingState = request.app.state.serving
    return state


State = Annotated[ServingState, Depends(serving_state)]


def _errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {code: {"model": ProblemDetails, "content": content} for code in codes}


app = FastAPI(title="Regulars", version="1", docs_url=None, redoc_url=None, openapi_url=None)
problems.install(app)


@app.exception_handler(StoreUnavailableError)
async def _store_unavailable(_: Request, error: Exception) -> Response:
    _LOG.error("%s", error)
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", "nothing could be recorded; ask again in a while"
    ).response()


@app.get(
    "/v1/customers/{customer_id:path}/recommendations",
    response_model=RecommendationsAnswer,
    responses=_errors(404, 422, 503),
)
def recommendations(
    customer_id: str, asked: Annotated[RecommendationsQuery, Query()], state: State
) -> Response:
    """What to show to a customer: buy again, new kinds, dearer, what goes with it; to a stranger, popular and new."""
    generation = state.generation()
    if generation.recommendations is None:
        raise not_found(
            "no-recommendations",
            "nothing was recommended with these scores; run: regulars train recommendation, then regulars score",
        )
    row = state.recommended_row(generation, customer_id)
    found = generation.recommendations.answer(row, asked.wanted(), generation.manifest.cutoff)
    return JSONResponse({"is_stranger": row is None, "recommendations": found} | _source(generation))


@app.get(
    "/v1/customers/{customer_id:path}/offers",
    response_model=OffersExplained,
    responses=_errors(404, 422, 503),
)
def offers_explained(
    customer_id: str, asked: Annotated[OffersExplainedQuery, Query()], state: State
) -> Response:
    """What each offer would do to a customer, and why the others are not made; nothing is decided or recorded."""
    generation = state.generation()
    row = state.row(generation, customer_id)
    with state.store.counting() as ledger:
        found = explain_offers(generation, ledger, row, asked.channel, datetime.now(UTC))
    answer = {"arm": found.arm, "offers": [one.to_json() for one in found.offers]}
    return JSONResponse(answer | _source(generation))


@app.get("/v1/customers/{customer_id:path}", response_model=CustomerAnswer, responses=_errors(404, 503))
async def customer(customer_id: str, state: State) -> Response:
    """One customer's churn probability, loyalty type, the main reasons, and what speaks against leaving."""
    generation = state.generation()
    row = state.row(generation, customer_id)
    found = generation.stored_explanation(row)
    if found is None:
        found = await to_thread.run_sync(generation.explanation, row)
    against = {"reasons_against": found["against"]}
    return JSONResponse(scores(generation, row, found["reasons"]) | against | _source(generation))


@app.get(
    "/v1/at-risk",
    response_model=AtRiskAnswer,
    responses=_errors(406, 410, 422, 503) | {200: {"content": {"text/csv": {}}}},
)
def at_risk(
    query: Annotated[AtRiskQuery, Query()],
    state: State,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """Customers by value at risk or churn probability, highest first, as JSON or (by `Accept`) as CSV."""
    wants_csv = prefers_csv(accept)
    generation, start, sort = _start(state, query)
    found = list_page(
        generation,
        start=start,
        limit=query.limit,
        min_risk=query.min_risk,
        loyalty_type=_type_code(generation, query.loyalty_type),
        is_hidden=state.hidden(generation),
        sort=sort,
    )
    customers = [
        {"rank": position + 1} | scores(generation, row, generation.stored_reasons(row))
        for position, row in zip(found.positions, found.rows, strict=True)
    ]
    end = found.next_position
    following = None if end is None else Cursor(generation.id, end, sort).encode()
    if wants_csv:
        headers = {"x-next-cursor": following} if following else {}
        return Response(as_csv(customers), headers=headers, media_type="text/csv")
    answer = {"customers": customers, "sort": sort, "next_cursor": following}
    return JSONResponse(answer | _source(generation))


@app.post("/v1/offers", response_model=OffersAnswer, responses=_errors(400, 404, 422, 503))
async def offers(asked: OffersAsked, state: State) -> Response:
    """Decide which offers a customer gets; the decision is on disk before it is answered."""
    generation = state.generation()
    row = state.row(generation, asked.customer_id)
    request = OfferRequest(asked.count, asked.channel, asked.request_id)
    slots = await to_thread.run_sync(state.desk.decide, generation, row, request, datetime.now(UTC))
    answer = _decision(slots)
    metrics.DECISIONS.labels("offer" if answer["offers"] else "no_offer").inc()
    return JSONResponse(answer)


@app.post(
    "/v1/offers/{decision_id}/events", response_model=EventAnswer, responses=_errors(400, 404, 409, 422, 503)
)
def offer_event(decision_id: DecisionId, reported: EventReported, state: State) -> Response:
    """Report what became of an offer: shown, accepted, redeemed, delivered, dismissed, expired."""
    slot = _slot_of(state, decision_id, reported.offer_id)
    now = datetime.now(UTC)
    if reported.occurred_at and not slot.decided_at - CLOCK_SKEW <= reported.occurred_at <= now + CLOCK_SKEW:
        raise unusable("body.occurred_at", "lies before the decision or in the future")
    event = OfferEvent(
        decision_id, reported.offer_id, reported.event, slot.customer_id, reported.occurred_at, reported.value
    )
    try:
        recorded = state.store.append_event(event, now)
    except OfferGoneError as error:
        raise ProblemError(HTTPStatus.CONFLICT, "offer-gone", str(error)) from error
    if recorded:
        metrics.EVENTS.labels(reported.event).inc()
    answer = {"decision_id": decision_id, "offer_id": reported.offer_id, "event": reported.event}
    return JSONResponse(answer | {"recorded": recorded})


@app.get("/metrics", include_in_schema=False)
def prometheus() -> Response:
    """Metrics of all workers, for Prometheus."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE_LATEST)


@app.get("/", include_in_schema=False)
def index(state: State) -> Response:
    """A page for people: the top of the at-risk list, and where to go on."""
    generation = state.watcher.current()
    if generation is None:
        return HTMLResponse(page.empty(), headers=page.HEADERS)
    found = list_page(
        generation,
        start=0,
        limit=page.TOP,
        min_risk=None,
        loyalty_type=None,
        is_hidden=state.hidden(generation),
        sort=usual_sort(generation),
    )
    customers = [scores(generation, row, generation.stored_reasons(row)) for row in found.rows]
    return HTMLResponse(page.at_risk(customers, generation), headers=page.HEADERS)


@app.get("/docs", include_in_schema=False)
def documentation() -> Response:
    """The API reference; every script comes from this service."""
    return HTMLResponse(page.reference(), headers=page.HEADERS)


def _start(state: ServingState, query: AtRiskQuery) -> tuple[Generation, int, str]:
    if query.cursor is None:
        generation = state.generation()
        return generation, 0, query.sort or usual_sort(generation)
    try:
        decoded = Cursor.decode(query.cursor)
    except ValueError as error:
        raise unusable("query.cursor", str(error)) from error
    if query.sort not in (None, decoded.sort):
        raise unusable("query.sort", f"is {query.sort}, the cursor goes on by {decoded.sort}; leave sort out")
    return state.pinned(decoded.generation), decoded.position, decoded.sort


def _type_code(generation: Generation, loyalty_type: str | None) -> int | None:
    if loyalty_type is None:
        return None
    codes = generation.type_codes
    if loyalty_type not in codes:
        raise unusable("query.loyalty_type", f"is one of {', '.join(codes)}")
    return codes[loyalty_type]


def _source(generation: Generation) -> Json:
    manifest = generation.manifest
    return {
        "generation": generation.id,
        "as_of": manifest.as_of.isoformat(),
        "cutoff": manifest.cutoff.isoformat(),
        "horizon_days": manifest.horizon_days,
    }


def _decision(slots: Sequence[Decision]) -> Json:
    first = slots[0]
    made = [
        {"slot": slot.slot, "offer_id": slot.offer_id, **slot.terms}
        for slot in slots
        if slot.offer_id is not None and slot.terms is not None
    ]
    return {
        "decision_id": first.decision_id,
        "customer_id": first.customer_id,
        "decided_at": first.decided_at.isoformat(),
        "generation": first.generation,
        "policy": first.policy,
        "offers": made,
        "excluded": Counter(exclusion["stage"] for exclusion in first.excluded),
    }


def _slot_of(state: ServingState, decision_id: str, offer_id: str) -> Decision:
    slots = state.store.decision(decision_id)
    if not slots or state.is_suppressed(slots[0].customer_id):
        raise not_found("unknown-decision", "no decision with this id was made")
    for slot in slots:
        if slot.offer_id == offer_id:
            return slot
    raise not_found("unknown-offer", "the decision does not hold an offer with this id")
