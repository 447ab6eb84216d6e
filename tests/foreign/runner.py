"""Runs the checks of a script, in their order, on one world: one JSON object for each, as soon as it is known.

A world is namespaces and processes. It is taken down at the end, and also when the script is told to end, or
loses who started it.
"""
import json, os, signal, sys, traceback

import world as w


def equal(got, expected):
    assert got == expected, f"{got!r} instead of {expected!r}"


class Told(BaseException):
    """The script is told to end."""


def end(number, frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what follows takes down the world
    raise Told()


def main(checks, make, foundation):
    if sys.argv[1:] == ["--list"]:
        print("\n".join(body.__name__ for body in checks))
        return
    signal.signal(signal.SIGTERM, end)
    w.LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    status, x = 0, None
    try:
        x = make(sys.argv[1])
        run(checks, x, foundation)
    except Told:
        status = 128 + signal.SIGTERM
    except BaseException:
        traceback.print_exc()
        status = 1
    finally:
        if x:
            x.close()
        sys.stdout.flush()
        os._exit(status)  # grpc's threads have no end of their own


def run(checks, x, foundation):
    failed = False
    for number, body in enumerate(checks):
        try:
            if failed == "fatal":
                raise AssertionError("not run: an earlier check left nothing to stand on")
            body(x)
            why = None
        except Told:
            raise
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)
            file = sys.modules["__main__"].__file__
            line = next((f.lineno for f in reversed(where) if f.filename == file), 0)
            why = f"{type(error).__name__}: {error} (line {line})"
            failed = "fatal" if number < foundation else failed or True
        print(json.dumps({"name": body.__name__, "failure": why}), flush=True)
    if failed:
        print(json.dumps({"log": x.log()[-6000:]}), flush=True)
