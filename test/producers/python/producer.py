"""Sends events to Refold's topics with kafka-python, which is pure Python.

Arguments: BROKERS PREFIX EVENTS.ndjson [setting=value ...]
"""

import json
import sys

from kafka import KafkaProducer
from kafka.errors import KafkaError

brokers, prefix, path, *settings = sys.argv[1:]


def record_of(line):
    event = json.loads(line)
    kind, stream = event["subject"].split("/", 1)
    value = {
        "specversion": "1.0",
        "refoldversion": 1,
        "source": "/example",
        "datacontenttype": "application/json",
        **event,
    }
    return {"topic": f"{prefix}.{kind}s", "key": stream.encode(), "value": json.dumps(value).encode()}


producer = KafkaProducer(
    bootstrap_servers=brokers.split(","),
    acks="all",
    enable_idempotence=True,
    linger_ms=5,
    delivery_timeout_ms=120000,
    **dict(setting.split("=", 1) for setting in settings),
)
with open(path, encoding="utf-8") as lines:
    futures = [producer.send(**record_of(line)) for line in lines]
try:
    producer.flush(timeout=120)
    for future in futures:
        future.get(timeout=1)
except KafkaError as error:
    sys.exit(f"not all were stored; run it again, nothing doubles: {error!r}")
print("sent", len(futures))
