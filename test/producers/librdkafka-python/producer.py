"""Sends events to Refold's topics with librdkafka, here through confluent-kafka.

Arguments: BROKERS PREFIX EVENTS.ndjson [setting=value ...]
"""

import json
import sys

from confluent_kafka import Producer

brokers, prefix, path, *settings = sys.argv[1:]
failures = []


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
    return {"topic": f"{prefix}.{kind}s", "key": stream, "value": json.dumps(value)}


def acknowledged(error, _message):
    if error is not None:
        failures.append(error)


producer = Producer(
    {
        "bootstrap.servers": brokers,
        # Without it librdkafka hashes keys with CRC32: records land on partitions that are not theirs.
        "partitioner": "murmur2_random",
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "delivery.timeout.ms": 120000,
        **dict(setting.split("=", 1) for setting in settings),
    }
)
sent = 0
with open(path, encoding="utf-8") as lines:
    for line in lines:
        record = record_of(line)
        while True:
            try:
                producer.produce(**record, on_delivery=acknowledged)
                break
            except BufferError:  # The queue is full: wait until some are acknowledged.
                producer.poll(0.1)
        producer.poll(0)
        sent += 1
waiting = producer.flush(120)
if failures or waiting:
    reason = failures[0] if failures else f"{waiting} still wait"
    sys.exit(f"not all were stored; run it again, nothing doubles: {reason}")
print("sent", sent)
