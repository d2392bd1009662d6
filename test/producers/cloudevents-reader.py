"""Reads records (one JSON text a line) as CloudEvents off Kafka, and prints what it understood."""

import json
import sys

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat

HEADERS = {"content-type": b"application/cloudevents+json; charset=utf-8"}

for line in sys.stdin:
    try:
        message = KafkaMessage(headers=HEADERS, key=None, value=line.rstrip("\n").encode())
        event = from_kafka(message, JSONFormat())
    except Exception as error:
        print(json.dumps(f"refused: {error!r}"))
        continue
    attributes = event.get_attributes()
    known = ("id", "source", "type", "subject")
    fixed = (*known, "specversion", "time", "datacontenttype")
    extensions = {name: value for name, value in attributes.items() if name not in fixed}
    print(
        json.dumps(
            {
                **{name: attributes[name] for name in known},
                "extensions": extensions,
                "data": event.get_data(),
            }
        )
    )
