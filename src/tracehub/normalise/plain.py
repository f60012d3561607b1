"""The plain form: every EPCIS document, JSON or XML, old or new, brought to one shape of dicts.

Rules, the event hash and the canonical event are all made from it, so that the same event gives
the same answer in every format. A plain event is a dict in the shape of EPCIS 2.0 JSON (GS1 EPCIS
2.0 section 10) with these differences:

- No `@context`: a user extension's key is `{namespace}local`, at every depth, and its value is
  text, number, truth value, None, a list of these, or a dict with such keys. An XML attribute of
  an extension is the key `@{namespace}local` (`@local` without a namespace); the text beside
  attributes or children is the key `#text`.
- CBV vocabulary is bare (`commissioning`, `owning_party`, `Temperature`); a URI that is no CBV
  value stays as published, but the standard's own prefixes `cbv:` and `gs1:` are written out.
- What EPCIS writes as one or many is a list: `certificationInfo`, and `set` and `unset` of
  `persistentDisposition`. So are our own elements of `HUB_LISTS`, and a decision's
  `REASON_EVENTS`. An empty list, `ilmd` or `persistentDisposition` is absent.
- Identifiers, times and numbers are as published; times stay text.
- Comments and unknown JSON-LD keywords are gone.

Must not know bytes or receivers.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

from tracehub.errors import Reason

PlainEvent: TypeAlias = dict[str, Any]

HUB_NAMESPACE: Final = "urn:tracehub:v1:"
"""Our own extension elements: category attributes, `region`, `testResult`, `addressee`, ..."""

TEST_RESULT: Final = f"{{{HUB_NAMESPACE}}}testResult"
CERTIFICATE: Final = f"{{{HUB_NAMESPACE}}}certificate"
PERSON: Final = f"{{{HUB_NAMESPACE}}}person"
ADDRESSEE: Final = f"{{{HUB_NAMESPACE}}}addressee"
KIND: Final = f"{{{HUB_NAMESPACE}}}kind"
DECISION: Final = f"{{{HUB_NAMESPACE}}}decision"
SUBJECT: Final = f"{{{HUB_NAMESPACE}}}subject"
REGION: Final = f"{{{HUB_NAMESPACE}}}region"
UNIT: Final = f"{{{HUB_NAMESPACE}}}unit"
REASON_EVENTS: Final = f"{{{HUB_NAMESPACE}}}reason_event_ids"
HUB_LISTS: Final = (TEST_RESULT, CERTIFICATE, PERSON, ADDRESSEE, KIND)
"""Our own elements of which an event has one or many."""


class Found(NamedTuple):
    """One event found in a document.

    Attributes:
        path: where it stands in the document (`$.epcisBody.eventList[0]`).
        changes: what had to be changed to reach the plain form, one reason each; they make the
            verdict accept-normalised.
        faults: what is wrong with it; any makes the verdict quarantine. A format reports here only
            what can't be seen in the plain form (an unknown element, a key without a namespace).
    """

    path: str
    event: PlainEvent
    changes: tuple[Reason, ...] = ()
    faults: tuple[Reason, ...] = ()
