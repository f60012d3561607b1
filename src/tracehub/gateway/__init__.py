"""Gateway: the HTTP way in for publishers without Kafka."""

from tracehub.gateway.application import application
from tracehub.gateway.door import Door, OAuth, Principal, Way
from tracehub.gateway.office import Office
from tracehub.gateway.rate import Rate
from tracehub.gateway.signing import Signer
from tracehub.gateway.upload import Uploads
from tracehub.gateway.window import Window

__all__ = [
    "Door",
    "OAuth",
    "Office",
    "Principal",
    "Rate",
    "Signer",
    "Uploads",
    "Way",
    "Window",
    "application",
]
