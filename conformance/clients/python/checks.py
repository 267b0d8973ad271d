"""Runs the checks of a client and prints one line of JSON for each, for a test to read."""

import json
import sys
import traceback

SETTING = json.loads(sys.stdin.read())
PLAIN = SETTING["plain"]
TLS = SETTING["tls"]
ACCOUNT = "000000000000"
UNKNOWN_KEY_ID = "11111111-2222-4333-8444-555555555555"

_checks = []


def check(name):
    """Registers a function as the check of that name."""

    def register(function):
        _checks.append((name, function))
        return function

    return register


def run_checks():
    for name, function in _checks:
        try:
            function()
            fault = None
        except Exception:
            fault = traceback.format_exc()
        print(json.dumps({"name": name, "fault": fault}), flush=True)


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} is not {expected!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)
