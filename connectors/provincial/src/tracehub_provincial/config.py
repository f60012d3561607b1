"""What an operator writes for a connection of type 'provincial'.

Known of DB14/T 3290-2025: HTTPS POST, JSON in UTF-8, SM3 signatures on request and response. Names
of headers are not published, so they are settings; their defaults are a design choice.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from tracehub.connect import HttpConfig, Secret

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Path = Annotated[str, StringConstraints(pattern=r"^/[\x21-\x7e]{0,200}$")]
Platform = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]


class HeaderNames(BaseModel):
    """How the protocol fields are called; source: design choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    platform: HeaderName = "X-Platform-Id"
    sent_at: HeaderName = "X-Sent-At"
    nonce: HeaderName = "X-Nonce"
    signature: HeaderName = "X-Signature"


class ProvincialConfig(HttpConfig):
    """The platform's address, our name there, and the secret shared with it."""

    platform: Platform
    """The id that the platform gave to this hub."""
    secret: Secret
    """Key of HMAC-SM3 over requests and responses."""
    path: Path = "/events"
    """Where events are posted, below the url."""
    documents: Path = "/documents"
    """Where documents are asked for, below the url."""
    category: str = "food"
    """Where a document goes that names no product category of the hub, or can't be read."""
    headers: HeaderNames = HeaderNames()
