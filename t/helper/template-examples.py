#!/usr/bin/env python3
"""Render the examples of gitops-templates(5), "template  => text", on both sides.

usage: template-examples.py <test-tool> <page>

Exit status 1 when one comes out differently, or when a filter or test has no
example or does not exist.
"""
import json
import re
import subprocess
import sys

import jinja2

tool, page = sys.argv[1:]
text = open(page, encoding="utf-8").read()
values = json.loads(re.search(r"^----\n(\{.*?^\})\n----$", text, re.M | re.S).group(1))
env = jinja2.Environment(undefined=jinja2.StrictUndefined)
examples = re.findall(r"^(.*\{[{%].*?)  => (.*)$", text, re.M)
lines = "".join(json.dumps({"template": t, "values": values}) + "\n" for t, _ in examples)
done = subprocess.run([tool, "template-batch"], input=lines.encode(), stdout=subprocess.PIPE, check=True)
bad = 0
for (template, want), reply in zip(examples, map(json.loads, done.stdout.decode().splitlines())):
    got = reply.get("out", reply.get("errors"))
    if got != want or env.from_string(template).render(values) != want:
        bad += 1
        print("%s\n  page: %s\n  ours: %s" % (template, want, got))

names = subprocess.run([tool, "template-batch", "names"], stdout=subprocess.PIPE, check=True)
known = set(names.stdout.decode().splitlines())
described = set()
for section, what in (("FILTERS", "filter"), ("TESTS", "test")):
    body = re.search(r"^== %s$(.*?)^== " % section, text, re.M | re.S).group(1)
    for name, entry in re.findall(r"^`(\w+)`.*?::\n(.*?)(?=^`|\Z)", body, re.M | re.S):
        described.add("%s %s" % (what, name))
        if not re.search(r"\b%s\b.*  => " % name, entry):
            bad += 1
            print("no example of the %s %s" % (what, name))
for name in sorted(known ^ described):
    bad += 1
    print("%s is %s" % (name, "not described" if name in known else "described, but not there"))
print("%d examples, %d problems" % (len(examples), bad))
sys.exit(1 if bad or not examples else 0)
