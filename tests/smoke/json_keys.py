# SPDX-License-Identifier: BSD-3-Clause
"""Compare the keys of JSON with the document that has them.

usage: json_keys.py DOCUMENT COMMAND <JSON, such as: json_keys.py config/CGNCTL.md "ports show"
"""

import json
import re
import sys


def documented(path, command):
    """The keys in the section of a command."""
    with open(path, encoding="utf-8") as document:
        sections = document.read().split("\n## ")
    for section in sections:
        if section.split("\n", 1)[0] == command:
            return set(re.findall(r"^\| `([a-z0-9_.*]+)` \|", section, re.MULTILINE))
    return set()


def keys(value, before=""):
    """All keys of an object, with those of the objects in it, also in lists, behind a dot."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from keys(inner, before + key + ".")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            for row in inner:
                yield from keys(row, before + key + ".")
        else:
            yield before + key


def main(path, command):
    known = documented(path, command)
    answer = json.load(sys.stdin)
    found = set()
    for row in answer if isinstance(answer, list) else [answer]:
        found.update(keys(row))
    missing = {
        key
        for key in found
        if not any(re.fullmatch(k.replace(".", r"\.").replace("*", ".*"), key) for k in known)
    }
    print(f"{command}: {len(found)} keys, {len(known)} in the document")
    if not found:
        print("the answer has no key")
    for key in sorted(missing):
        print(f"not in the document: {key}")
    return 1 if missing or not known or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
