#!/usr/bin/env python3
"""Compare our rendering with that of the real jinja2, case by case.

usage: template-diff.py <test-tool> (corpus <file>... | random <count> <seed>)

Prints each difference and ends with how many cases there were; the exit
status is 1 when there was a difference. The same text, or an error on both
sides; what we call unsupported or unsafe may be refused by us alone. A
template that jinja2 needs too much time or memory for (it has no limits, and
loops that call themselves grow fast) is counted, not compared.
"""
import json
import re
import resource
import signal
import subprocess
import sys
import warnings

import jinja2

import template_random

warnings.simplefilter("ignore")  # of code that jinja2 makes
ENV = jinja2.Environment(undefined=jinja2.StrictUndefined)
MAY_REFUSE = ("template-unsupported", "template-unsafe")
REFERENCE_SECONDS = 5  # of processor time
REFERENCE_BYTES = 2 << 30
HARD_LIMIT = resource.getrlimit(resource.RLIMIT_AS)[1]


class TooMuch(BaseException):
    """Not an Exception: nothing in jinja2 catches it."""


def too_much(signum, frame):
    raise TooMuch


def expand(line):
    """`{{ $1 }} <<< a ;; b` is two cases; a second <<< is for $2."""
    parts = re.split(r" <<<(?: |$)", line)
    cases = [parts[0]]
    for n, alternatives in enumerate(parts[1:], 1):
        words = [a.strip() for a in alternatives.split(";;")]
        cases = [c.replace("$%d" % n, w) for c in cases for w in words]
    return cases


def corpus(paths):
    for path in paths:
        values = "{}"
        with open(path, encoding="utf-8") as f:
            for line in f:
                line = line.rstrip("\n")
                if line.startswith("@ "):
                    values = line[2:]
                elif line and not line.startswith("#"):
                    for case in expand(line):
                        yield case.replace("\u21b5", "\n"), values


def reference(template, values):
    """The text or the error; neither when jinja2 gives up, see render()."""
    signal.setitimer(signal.ITIMER_VIRTUAL, REFERENCE_SECONDS)
    try:
        return render(template, values)
    except TooMuch:
        return None, None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def render(template, values):
    """The text or the error; neither when jinja2 fails on code that never runs, folding constants."""
    try:
        compiled = ENV.from_string(template)
    except jinja2.TemplateSyntaxError as e:
        return None, "%s: %s" % (type(e).__name__, e)
    except (jinja2.UndefinedError, OverflowError, MemoryError):
        return None, None
    except Exception as e:
        return None, "%s: %s" % (type(e).__name__, e)
    try:
        text = compiled.render(json.loads(values))
        text.encode("utf-8")
        return text, None
    except RecursionError:
        return None, "RecursionError"
    except MemoryError:
        return None, None
    except Exception as e:
        return None, "%s: %s" % (type(e).__name__, e)


def no_limit():
    """For what the sanitizers reserve."""
    resource.setrlimit(resource.RLIMIT_AS, (HARD_LIMIT, HARD_LIMIT))


def ours(tool, cases):
    lines = "".join('{"template": %s, "values": %s}\n' % (json.dumps(t), v) for t, v in cases)
    done = subprocess.run([tool, "template-batch"], input=lines.encode(), stdout=subprocess.PIPE,
                          preexec_fn=no_limit)
    replies = [json.loads(line) for line in done.stdout.decode("utf-8").split("\n") if line]
    if done.returncode or len(replies) != len(cases):
        print("test-tool ended with %d behind %d of %d cases" % (done.returncode, len(replies), len(cases)))
        if len(replies) < len(cases):
            print("at: %s" % json.dumps(cases[len(replies)]))
        sys.exit(1)
    return replies


def differs(reply, text, error):
    """Why the two differ, or None."""
    errors = reply.get("errors")
    if text is None and error is None:
        return None
    if errors is None:
        if error:
            return "jinja2 has an error: %s" % error
        return None if reply["out"] == text else "jinja2: %r" % text
    if error or errors[0]["rule"] in MAY_REFUSE:
        return None
    if " at 0x" in text:
        return None  # an address: never the same twice
    return "jinja2: %r" % text


def main():
    tool, mode = sys.argv[1:3]
    resource.setrlimit(resource.RLIMIT_AS, (REFERENCE_BYTES, HARD_LIMIT))
    if mode == "corpus":
        cases = list(corpus(sys.argv[3:]))
    else:
        cases = list(template_random.cases(int(sys.argv[3]), int(sys.argv[4])))
    signal.signal(signal.SIGVTALRM, too_much)
    bad = refused = failed = skipped = 0
    for at in range(0, len(cases), 5000):
        chunk = cases[at : at + 5000]
        for (template, values), reply in zip(chunk, ours(tool, chunk)):
            text, error = reference(template, values)
            why = differs(reply, text, error)
            failed += error is not None
            skipped += text is None and error is None
            refused += text is not None and "errors" in reply
            if why:
                bad += 1
                if bad <= 40:
                    print("template: %s\n  values: %s\n  %s\n  ours:   %s"
                          % (template, values[:300], why[:400], json.dumps(reply)[:500]))
    print("%d cases, %d of them errors, %d too much for jinja2, %d refused by us alone, %d differences"
          % (len(cases), failed, skipped, refused, bad))
    sys.exit(1 if bad else 0)


main()
