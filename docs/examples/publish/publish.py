"""Publish one EPCIS document: python publish.py SERVERS TOPIC KEY FILE."""

import asyncio
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer


async def main(servers: str, topic: str, key: str, file: str) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        enable_idempotence=True,  # a retry of the client is no second record
        acks="all",  # every replica that must have it has it
    )
    await producer.start()
    try:
        # The key keeps the records of one product in order: its code, or that of its batch.
        lies = await producer.send_and_wait(topic, Path(file).read_bytes(), key=key.encode())
        print(f"{lies.topic}/{lies.partition}/{lies.offset}")
    finally:
        await producer.stop()


asyncio.run(main(*sys.argv[1:]))
