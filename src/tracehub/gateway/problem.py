"""Problem: every refusal as RFC 9457 `application/problem+json`, with a type that never changes.

Types of EPCIS 2.0 section 12.6 where it has one; the others are ours. Must not know what caused it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MEDIA_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """One sort of refusal."""

    type: str
    status: int
    title: str
    title_zh: str


INVALID: Final = Kind(
    "epcisException:ValidationException", 400, "The document is refused", "文档未通过校验"
)
QUERY: Final = Kind(
    "urn:tracehub:problem:parameter", 400, "A parameter is missing or unknown", "参数缺失或未知"
)
UNKNOWN_CALLER: Final = Kind(
    "epcisException:SecurityException", 401, "Nobody known is asking", "身份未识别"
)
NOT_ALLOWED: Final = Kind(
    "epcisException:SecurityException", 403, "This is not yours to publish", "无权发布"
)
ABSENT: Final = Kind(
    "epcisException:NoSuchNameException", 404, "There is no such thing", "没有该资源"
)
METHOD: Final = Kind("urn:tracehub:problem:method", 405, "Not with this method", "方法不允许")
SLOW: Final = Kind("urn:tracehub:problem:slow-body", 408, "The body came too slowly", "请求体过慢")
CLASH: Final = Kind(
    "epcisException:ResourceAlreadyExistsException",
    409,
    "Something else was said under this id",
    "同一标识已有不同内容",
)
TOO_LARGE: Final = Kind(
    "epcisException:CaptureLimitExceededException", 413, "The body is too large", "请求体过大"
)
MEDIA: Final = Kind(
    "urn:tracehub:problem:media-type", 415, "This media type is not read here", "不支持的媒体类型"
)
TOO_MANY: Final = Kind(
    "urn:tracehub:problem:rate", 429, "More was asked than was agreed", "超过约定速率"
)
HTTP: Final = Kind("urn:tracehub:problem:http", 400, "This is no HTTP/1.1", "不是有效的 HTTP/1.1")
HEAD: Final = Kind("urn:tracehub:problem:head", 431, "The headers are too large", "请求头过大")
FAILED: Final = Kind(
    "epcisException:ImplementationException", 500, "The hub failed at this", "枢纽内部错误"
)
LOG: Final = Kind(
    "urn:tracehub:problem:log", 503, "The log did not acknowledge in time", "日志未及时确认"
)
KINDS: Final = (
    INVALID,
    QUERY,
    UNKNOWN_CALLER,
    NOT_ALLOWED,
    ABSENT,
    METHOD,
    SLOW,
    CLASH,
    TOO_LARGE,
    MEDIA,
    TOO_MANY,
    FAILED,
    LOG,
)


class ProblemError(Exception):
    """Ends a request. `more` are members of the answer beside the standard ones."""

    def __init__(self, kind: Kind, detail: str, *, after_s: float = 0.0, **more: Any) -> None:
        super().__init__(f"{kind.type}: {detail}")
        self.kind = kind
        self.detail = detail
        self.after_s = after_s
        self.more = more


def body(kind: Kind, detail: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a problem."""
    return {
        "type": kind.type,
        "title": kind.title,
        "title_zh": kind.title_zh,
        "status": kind.status,
        "detail": detail,
        **more,
    }


async def answer(_request: Request, error: Exception) -> Response:
    """The response to a `ProblemError`."""
    if not isinstance(error, ProblemError):
        raise error
    headers = {}
    if error.after_s:
        headers["retry-after"] = str(max(1, round(error.after_s)))
    if error.kind.status == UNKNOWN_CALLER.status:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(
        body(error.kind, error.detail, error.more), error.kind.status, headers, MEDIA_TYPE
    )
