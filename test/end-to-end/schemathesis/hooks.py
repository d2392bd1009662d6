"""What OpenAPI cannot say of this API, for schemathesis: tokens of the server, and rules between parts of a request.

Only requests that are meant to be valid are rewritten; those that are meant to be wrong go out as they were made.
No operation, check or status is left out.
"""

import json
import os

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

API = "/internal/v1"
BASE = os.environ["REFOLD_URL"] + API
PARTITIONS = int(os.environ["REFOLD_PARTITIONS"])
PREFIX = os.environ["REFOLD_TOPIC_PREFIX"]
# Opens everything; empty: the server asks nobody who it is.
TOKEN = os.environ["REFOLD_TOKEN"]
# What every guarded operation answers to the credential of this run; empty: what the document says.
REFUSAL = os.environ["REFOLD_REFUSAL"]


def first_receipt():
    """A receipt that this installation issued."""
    headers = {"Prefer": "respond-async"}
    if TOKEN:
        headers["Authorization"] = "Bearer " + TOKEN
    answer = requests.post(BASE + "/runs", json={}, headers=headers, timeout=30)
    return answer.json()["receipt"]


# Tokens that callers hand back as they got them: no schema says which are issued.
schemathesis.openapi.format("receipt", st.just(first_receipt()))
schemathesis.openapi.format("position", st.just("0:0"))
schemathesis.openapi.format("cursor", st.just("WzAsImEiXQ"))

# Each list has cursors of its own, under one format: this one is of lists by place, of partition 0.
PLACE_CURSOR = "MC8w"
LISTS_BY_PLACE = (API + "/dead-letters", API + "/parked")

# A stream that lies on partition 0.
PLACED_SUBJECT = "run/run-42"


def name_known_places(case):
    """A partition that the installation has, which is a setting, and a cursor of this list."""
    query = case.query
    if case.path not in LISTS_BY_PLACE:
        return
    if "partition" in query:
        query["partition"] = int(query["partition"]) % PARTITIONS
    if "cursor" in query:
        query["cursor"] = PLACE_CURSOR
        if "partition" in query:
            query["partition"] = 0


def name_known_record(case):
    """A cursor of the records of a stream, which lie on one partition."""
    if case.path == API + "/explanations" and "cursor" in case.query:
        case.query["cursor"] = PLACE_CURSOR
        case.query["subject"] = PLACED_SUBJECT


# Verbs that have targets of their own, and the verb that such a target is for.
OWN_VERBS = {
    "parked": "redrive",
    "claim": "skip",
    "letter": "republish",
    "runs": "archive",
    "finished": "archive",
    "log-head": "truncate",
    "cut-off": "evict",
    "new-generation": "reproject",
    "generation": "drop",
    "previous-generation": "rollback",
    "rules": "change-rules",
}
SUBJECTS = {"runs": "run/r-1", "workers": "worker/w-1", "operations": "operation/o-1"}


def fit_generations(body, target):
    """Of generations and rules what the build has; what a swap has accepted is no matter of a drop."""
    if target["target"] not in ("new-generation", "generation", "previous-generation", "rules"):
        return
    body["partitions"] = None
    for member in ("views", "accept"):
        target.pop(member, None)
    if "decider" in target:
        target["decider"] = 1


def aim_diff(case):
    """A generation that could be there, and a partition of the installation."""
    if not case.path.endswith("/diff"):
        return
    case.path_parameters["generation"] = 2
    case.query.pop("against", None)
    if "partition" in case.query:
        case.query["partition"] = int(case.query["partition"]) % PARTITIONS


def aim_operation(case):
    """Targets in words of the stock tool, streams of the projection, partitions and topics of the installation."""
    body = case.body
    if case.path != API + "/operations" or not isinstance(body, dict):
        return
    if body.get("partitions") is not None:
        body["partitions"] = sorted({partition % PARTITIONS for partition in body["partitions"]})
    target = body["arguments"]
    kind = target["target"]
    if kind in OWN_VERBS:
        body["verb"] = OWN_VERBS[kind]
    elif body["verb"] in (*OWN_VERBS.values(), "swap") and (body["verb"], kind) != ("redrive", "run"):
        body["verb"] = "rewind"
    fit_generations(body, target)
    if body["verb"] in ("archive", "truncate", "evict"):
        body["projection"] = "runs"
        body["partitions"] = None
    if "before" in target:
        target["before"] = "2026-03-01T12:30:00.000"
    if body["verb"] != "verify":
        body.pop("sample", None)
    if body["verb"] == "archive":
        body.pop("share", None)
    if "subject" in target:
        target["subject"] = SUBJECTS[body["projection"]]
        body["partitions"] = None
    if "datetime" in target:
        target["datetime"] = "2026-03-01T12:30:00.000"
        if "until" in target:
            target["until"] = "2026-03-01T12:31:00.000"
    if "duration" in target:
        target["duration"] = "P1DT2H"
        target.pop("until", None)
    if "file" in target:
        target["file"] = f"{PREFIX}.{body['projection']},0,0"
        body["partitions"] = None


# Events that were generated as JSON: the lines of batches, whose text has no schema in OpenAPI.
LINES_MAX = 20
lines = ['{"event_type":"run.delta","payload":{"text":"a"}}']


def keep_line(case):
    if isinstance(case.body, dict) and case.path == API + "/runs/{run_id}/events":
        lines.append(json.dumps(case.body))
        del lines[:-LINES_MAX]


def agree_on_key(case):
    """The key stands in the header or in the body; a batch has one in each event."""
    body = case.body
    named = isinstance(body, dict) and any(
        body.get(member) is not None
        for member in ("idempotency_key", "request_id", "frame_id")
    )
    if isinstance(body, dict) and body.get("request_id") is not None:
        body.pop("idempotency_key", None)
    if named or isinstance(body, list) or case.media_type == "application/x-ndjson":
        case.headers.pop("Idempotency-Key", None)


def write_integers(case):
    """JSON Schema takes 1.0 for an integer; in a query an integer is digits."""
    for name, value in case.query.items():
        if isinstance(value, float) and value.is_integer():
            case.query[name] = int(value)


def name_one_owner(case):
    """A user or a guest scope, not both; one of them where the operation says so."""
    query = case.query
    if "owner_user_id" not in {p.name for p in case.operation.query}:
        return
    if str(query.get("owner_guest_scope") or "").strip() == "":
        query.pop("owner_guest_scope", None)
    if "owner_user_id" in query:
        query.pop("owner_guest_scope", None)
    elif "owner_guest_scope" not in query and case.path != API + "/runs":
        query["owner_user_id"] = 7


@schemathesis.check
def refuses_credential(ctx, response, case):
    """Who may not ask learns nothing else, whatever it asks."""
    if not REFUSAL or case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if case.operation.definition.raw.get("security") and response.status_code != int(REFUSAL):
        raise AssertionError(f"expected {REFUSAL}, got {response.status_code}")


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    agree_on_key(case)
    name_one_owner(case)
    write_integers(case)
    name_known_places(case)
    name_known_record(case)
    aim_operation(case)
    aim_diff(case)
    if case.media_type == "application/x-ndjson":
        case.body = "".join(line + "\n" for line in lines)
    else:
        keep_line(case)
