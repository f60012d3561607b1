"""Asking: who asks, for which category, with which body. Each fault ends the request.

Must not know what the body says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from starlette.requests import ClientDisconnect, Request

from tracehub.gateway import problem
from tracehub.gateway.door import Door, Principal
from tracehub.gateway.intake import FullError
from tracehub.gateway.problem import ProblemError
from tracehub.gateway.room import Held

BODY_S: Final = 10.0
"""The longest that a body may take to arrive; a file may take longer."""


def caller(request: Request, door: Door) -> Principal:
    """The principal that asks, within its rate.

    Raises:
        ProblemError: 401, 429.
    """
    tls = request.scope.get("extensions", {}).get("tls", {})
    found = door.principal(request.headers, tls.get("client_cert_name") or "")
    if found is None:
        raise ProblemError(
            problem.UNKNOWN_CALLER,
            "send the API key or the token that the operator of the hub gave you, or a client "
            "certificate that it knows",
        )
    short_s = found.rate.short_s()
    if short_s:
        raise ProblemError(problem.TOO_MANY, f"ask again in {short_s:.1f} s", after_s=short_s)
    return found


def category(request: Request, principal: Principal) -> str:
    """The product category: the `category` parameter, needed when there are several.

    Raises:
        ProblemError: 400, 403.
    """
    given = request.query_params.get("category", "")
    if not given:
        if len(principal.categories) == 1:
            return principal.categories[0]
        raise ProblemError(
            problem.QUERY,
            f"add ?category= with one of {', '.join(principal.categories)}",
        )
    if given not in principal.categories:
        raise ProblemError(
            problem.NOT_ALLOWED,
            f"you may publish {', '.join(principal.categories)}; ask the operator of the hub for "
            "more",
        )
    return given


async def body(
    request: Request,
    media_types: Collection[str],
    most: int,
    held: Held | None = None,
    within_s: float = BODY_S,
) -> bytes:
    """The whole body, counted in `held` as it arrives when there is not room for it already.

    Raises:
        ProblemError: 408, 413, 415, 429.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in media_types:
        raise ProblemError(problem.MEDIA, f"send one of {', '.join(sorted(media_types))}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(problem.MEDIA, "send the body without a content encoding")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_s):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise _too_large(most)
                if held is not None:
                    held.more(len(part))
                parts.append(part)
    except (TimeoutError, ClientDisconnect):
        raise ProblemError(problem.SLOW, f"the body must arrive within {within_s:.0f} s") from None
    except FullError as error:
        raise ProblemError(problem.TOO_MANY, str(error), after_s=1.0) from None
    return b"".join(parts)


def _too_large(most: int) -> ProblemError:
    return ProblemError(problem.TOO_LARGE, f"at most {most} bytes are taken; split the document")
