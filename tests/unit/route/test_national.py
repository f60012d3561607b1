"""The national rules equal an independent table, for any event and any set of connections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import HEADERS
from tracehub.model.connection import Connection
from tracehub.model.event import CATEGORIES, KINDS, Header, Party
from tracehub.route.load import national_rules
from tracehub.testing.oracle import Facts, expected

REGIONS = ("", "000000", "110000", "330000", "330100", "330106", "330200", "440000", "440305")
TYPES = (
    ("central", "central"),
    ("provincial", "province"),
    ("provincial", "city"),
    ("provincial", "department"),
    ("inspection", "none"),
    ("credit", "none"),
    ("enforcement", "none"),
    ("qms", "none"),
    ("ecommerce", "none"),
    ("border-inspection", "none"),
    ("certification", "none"),
    ("customs", "none"),
    ("third-party", "none"),
)
NAMES = ("a", "b", "c", "portal")
PARTIES = ("", "913301000000000009", "914403001922038216")


@st.composite
def connections(draw: st.DrawFn) -> tuple[Connection, ...]:
    found: dict[str, Connection] = {}
    for kind, tier in draw(st.lists(st.sampled_from(TYPES), max_size=8)):
        name = f"{kind}/{draw(st.sampled_from(NAMES))}"
        found[name] = Connection(
            name,
            tier=tier,
            region=draw(st.sampled_from(REGIONS)),
            categories=tuple(draw(st.lists(st.sampled_from(CATEGORIES), min_size=1))),
            receives=draw(st.booleans()),
            reports_upward=draw(st.booleans()),
            party=draw(st.sampled_from(PARTIES)),
        )
    regions = [(each.tier, each.region) for each in found.values()]
    return tuple(
        each
        for number, each in enumerate(found.values())
        # Two platforms of one tier and region would be a mistake of configuration.
        if each.tier not in {"city", "province"} or (each.tier, each.region) not in regions[:number]
    )


@given(
    header=HEADERS,
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True),
    origin=st.sampled_from(REGIONS),
    destination=st.sampled_from(REGIONS),
    party=st.sampled_from(PARTIES[1:]),
    hub=connections(),
    data=st.data(),
)
def test_national_rules_when_any_event_is_routed_equal_the_oracle(  # noqa: PLR0913, PLR0917 - drawn
    header: Header,
    kinds: list[str],
    origin: str,
    destination: str,
    party: str,
    hub: tuple[Connection, ...],
    data: st.DataObject,
) -> None:
    ids = [each.id for each in hub] or ["third-party/a"]
    sources = [*ids, "third-party/unknown"]
    named = tuple(data.draw(st.lists(st.sampled_from(ids), max_size=2)))
    event = header._replace(
        kinds=tuple(kinds),
        origin_region=origin,
        destination_region=destination,
        parties=(Party("owner", "uscc", party),),
        addressees=named,
    )
    table = national_rules(hub)
    # What it remembers of others like it is right for this one.
    for other in (event._replace(kinds=KINDS, addressees=(ids[0],)), event._replace(parties=())):
        table.routes(other, ids[0])
    facts = Facts(event.category, event.kinds, origin, destination, (party,), named)
    for source in sources:  # one table for all: what it remembers of one is right for the next
        routes = table.routes(event, source)
        assert {route.connection for route in routes} == expected(facts, source, hub)
        assert len({route.connection for route in routes}) == len(routes)
        assert table.routes(event, source) is routes
