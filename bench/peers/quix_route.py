"""Quix Streams: one row for each output by `apply(expand=True)`, then `to_topic`."""

from __future__ import annotations

from typing import Any

from header import ALL, FILES, GROUP, SERVERS, TOPICS, topics_of
from quixstreams import Application


def main() -> None:
    """Until SIGTERM."""
    app = Application(
        broker_address=SERVERS,
        consumer_group=GROUP,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        producer_extra_config={"acks": "all", "enable.idempotence": True},
        use_changelog_topics=False,
        state_dir=f"{FILES}.state",
        loglevel="WARNING",
    )
    outputs = {name: app.topic(name, value_serializer="bytes") for name in ALL}
    chosen: list[str] = [""]

    def fan_out(value: bytes) -> list[tuple[str, bytes]]:
        return [(topic, value) for topic in topics_of(value)]

    def choose(pair: tuple[str, bytes]) -> bytes:
        # A row is worked through before the next one, so the choice can wait beside it.
        chosen[0] = pair[0]
        return pair[1]

    def output(_value: bytes, _key: Any, _time: int, _headers: Any) -> Any:
        return outputs[chosen[0]]

    for name in TOPICS:
        rows = app.dataframe(app.topic(name, value_deserializer="bytes"))
        rows.apply(fan_out, expand=True).apply(choose).to_topic(output)
    app.run()


if __name__ == "__main__":
    main()
