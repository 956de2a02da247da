"""What a schema cannot say of a request that is right, for schemathesis.

Requests that are wrong on purpose are left as they are.
"""

import itertools
import re
import uuid

import schemathesis
from schemathesis.generation.modes import GenerationMode

# A key belongs to one request: the same one with another is a conflict (422).
_keys = itertools.count(1)

# Of four requests with conditions, three are of those that hold.
_conditions = itertools.count(1)

# Four digits after the point, and 14 significant ones.
_PRICES = ("price", "minPrice", "maxPrice")


def _is_right(case):
    meta = case.meta
    return meta is not None and meta.generation.mode == GenerationMode.POSITIVE


def _price(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return float(f"{round(float(value), 4):.10g}")


def _query_of_products(query):
    """One way to ask for a page excludes the others."""
    if "ids" in query:
        for name in list(query):
            if name != "ids":
                del query[name]
    if "page" in query and int(query["page"]) > 100:
        query["page"] = 100
    # Words are letters and digits, which `\w` of a schema is not.
    if "q" in query:
        query["q"] = " ".join(re.findall("[a-z]+", query["q"])[:16]) or "word"


def _hold(headers):
    """Conditions that are drawn hardly ever do, and what is behind them counts."""
    if "If-Match" in headers or "If-None-Match" in headers:
        if next(_conditions) % 4:
            headers.pop("If-None-Match", None)
            if "If-Match" in headers:
                headers["If-Match"] = "*"


@schemathesis.hook
def before_call(context, case, kwargs):
    if not _is_right(case):
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(
            uuid.uuid5(uuid.NAMESPACE_OID, str(next(_keys)))
        )
    if case.headers:
        _hold(case.headers)
    query = case.query or {}
    # Nobody can make a cursor up; t/http walks the lists with real ones.
    query.pop("cursor", None)
    if "from" in query:
        # to is later than from, and the two are drawn apart.
        query.pop("to", None)
    if case.operation.label == "GET /products":
        _query_of_products(query)
    for holder in (query, case.body):
        if isinstance(holder, dict):
            for name in _PRICES:
                if name in holder:
                    holder[name] = _price(holder[name])
