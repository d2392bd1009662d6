#!/usr/bin/env python3
"""Counts runs, messages and tool calls in recorded traces, by reading the files and nothing else.

    python3 test/traces/count.py [file or folder ...]      (default: the folder of this script)

Prints one JSON object: {"files": {path: {"runs", "messages", "tool_calls", "per_run"}}, "total"}.
`per_run` lists {"messages", "tool_calls"} in the order of the file. What counts:

tau-bench   an array of runs. A run that stands there twice, member for member, is one run.
            Messages are the entries of `traj`; tool calls are the entries of their `tool_calls`.
SWE-agent   one run. Messages are the entries of `history`; tool calls are the steps of
            `trajectory` whose `action` is not blank.

Standard library only, and no code of the product: its import is judged by these numbers.
"""

import json
import sys
from pathlib import Path


def tau_run(run):
    """Messages and tool calls of one entry of a tau-bench file."""
    messages = run.get("traj") or []
    calls = sum(len(message.get("tool_calls") or []) for message in messages)
    return {"messages": len(messages), "tool_calls": calls}


def swe_run(run):
    """Messages and tool calls of a SWE-agent file."""
    actions = [step.get("action") for step in run.get("trajectory") or []]
    calls = sum(1 for action in actions if isinstance(action, str) and action.strip())
    return {"messages": len(run.get("history") or []), "tool_calls": calls}


def once(runs):
    """Runs without those that are equal to an earlier one."""
    seen = {json.dumps(run, sort_keys=True): run for run in reversed(runs)}
    return [run for run in runs if seen.get(json.dumps(run, sort_keys=True)) is run]


def runs_of(content):
    """Counts per run of one file's content; a content of neither format is an error."""
    if isinstance(content, list) and all(isinstance(r, dict) and "traj" in r for r in content):
        return [tau_run(run) for run in once(content)]
    if isinstance(content, dict) and "trajectory" in content and "history" in content:
        return [swe_run(content)]
    raise ValueError("neither a tau-bench array nor a SWE-agent trajectory")


def total(counts):
    """The sum of dicts with messages and tool calls, and how many runs they are."""
    return {
        "runs": len(counts),
        "messages": sum(count["messages"] for count in counts),
        "tool_calls": sum(count["tool_calls"] for count in counts),
    }


def trace_files(path):
    """A file as it is; of a folder everything that is named like a trace."""
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix in (".json", ".traj"))


def main(arguments):
    """Counts what the arguments name and prints it."""
    roots = [Path(a) for a in arguments] or [Path(__file__).parent]
    files = {}
    for path in (path for root in roots for path in trace_files(root)):
        try:
            per_run = runs_of(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            sys.exit(f"{path}: {error}")
        files[path.as_posix()] = {**total(per_run), "per_run": per_run}
    everything = [run for file in files.values() for run in file["per_run"]]
    print(json.dumps({"files": files, "total": total(everything)}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
