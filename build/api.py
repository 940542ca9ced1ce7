#!/usr/bin/env python3
"""Writes the reference of the library from its XML documentation: python3 build/api.py NeuralNetwork.Core.xml docs/api

A page for each namespace, a section for each type or module, a line for each public member (surface.txt says which are).
Kernels and formulas, which no caller names, are left to their sources.
"""
import collections
import os
import re
import sys
import xml.etree.ElementTree as tree

source, target = sys.argv[1:]
INTERNAL = re.compile(r"(Kernel|Formula|Rule|Visitor|Slope)(`\d)?$")


def words(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def plain(name):
    """System.ReadOnlySpan{System.Single} as ReadOnlySpan<Single>."""
    name = re.sub(r"``?\d+", "T", name).replace("{", "<").replace("}", ">")
    return re.sub(r"(?:[A-Za-z]\w*\.)+(?=\w)", "", name)


def split(key):
    """Kind, type and member of a documentation id: M:NeuralNetwork.Model`1.Predict(...)."""
    kind, name = key.split(":", 1)
    head, bracket, tail = name.partition("(")
    if kind == "T":
        return kind, head, ""
    owner, _, member = head.rpartition(".")
    return kind, owner, member.replace("#ctor", "new") + (f"({plain(tail[:-1])})" if bracket else "")


def public(path):
    """The names of the public members of each public type."""
    found, current = {}, set()
    for line in open(path, encoding="utf-8"):
        if line.startswith("    "):
            current.update(re.findall(r"[\w|]+", line))
        else:
            current = found.setdefault(re.sub(r"<.*", "", line.split()[1]), set())
    return found


surface = public(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "NeuralNetwork.Core.fs", "surface.txt"))
namespaces = collections.defaultdict(dict)
members = collections.defaultdict(list)
for element in tree.parse(source).getroot().iter("member"):
    kind, owner, member = split(element.get("name"))
    if kind == "T":
        namespaces[owner.rpartition(".")[0]][owner] = words(element)
    else:
        members[owner].append((re.sub(r"``\d", "", member), words(element)))



def bare(name):
    return re.sub(r"`\d+$", "", name)


def shown(name):
    return bare(name) in surface and not INTERNAL.search(name)


def section(name, about):
    """A type or module, its cases and members."""
    title = re.sub(r"`\d+$", lambda found: "<T>" if found.group() == "`1" else "<…>", name.rpartition(".")[2])
    cases = [(case.rpartition(".")[2], text) for case, text in sorted(namespaces.get(name, {}).items())]
    known = surface[bare(name)]
    listed = [(member, text) for member, text in sorted(members.get(name, [])) if member.split("(")[0] in known]
    lines = [f"- `{member}`: {text}\n" if text else f"- `{member}`\n" for member, text in cases + listed]
    return f"\n## {title}\n\n{about}\n\n{''.join(lines)}"


os.makedirs(target, exist_ok=True)
for namespace, types in sorted(namespaces.items()):
    # Cases of unions have their union for a namespace: they are its members.
    if not namespace.startswith("NeuralNetwork") or namespace in {name for all in namespaces.values() for name in all}:
        continue
    sections = [section(name, about) for name, about in sorted(types.items()) if shown(name)]
    if sections:
        with open(os.path.join(target, f"{namespace}.md"), "w", encoding="utf-8") as page:
            page.write(f"# {namespace}\n\nWritten by `./build.sh Api` from the library's XML documentation.\n")
            page.writelines(sections)
print(f"{target}: {', '.join(sorted(os.listdir(target)))}")
