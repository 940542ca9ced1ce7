#!/usr/bin/env python3
"""Writes the reference of the library from its XML documentation: python3 build/api.py NeuralNetwork.Core.xml docs/api

A page for each namespace, a section for each type or module, a line for each public member in the order the compiler keeps. Words
are those of the documentation; signatures, which it lacks, are those of surface.txt, which a test holds against the assembly.
The types that an app's own lines name, and those that these give and take, stand in a page apart from the parts of the library.
Kernels and formulas, which no caller names, are left to their sources.
"""
import collections
import os
import re
import sys
import xml.etree.ElementTree as tree

source, target = sys.argv[1:]
INTERNAL = re.compile(r"(Kernel|Formula|Rule|Visitor|Slope)(`\d)?$")
ROOT = "NeuralNetwork"
FIRST = "Network Model Model`1 Fluent Data FitOptions Training Trainer`1 Optimizers Schedules Activations Losses Penalties Clippings"
LOOKED_AT = {f"{ROOT}.{name}" for name in ["PlanOutline", "Layout", "Key", "Fit"]}  # what is compiled, which no app makes
KEYWORDS = dict(
    Boolean="bool", Byte="byte", Double="double", Int32="int", Int64="long", Object="object", Single="float", String="string",
    UInt32="uint", UInt64="ulong", Void="void",
)  # fmt: skip

Member = collections.namedtuple("Member", "name types signature")


def words(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def bare(name):
    return re.sub(r"`\d+$", "", name)


def last(name):
    return name.rpartition(".")[2]


def parts(text):
    """The parts of a text between the commas that stand in no brackets."""
    found, depth = [""], 0
    for sign in text:
        depth += (sign in "<{[(") - (sign in ">}])")
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return [part.strip() for part in found if part.strip()]


# What surface.txt says ---------------------------------------------------------------------------------------------------


def key(name):
    """Model<T> as Model`1, as documentation has it."""
    head, bracket, generic = name.partition("<")
    return f"{head}`{len(parts(generic[:-1]))}" if bracket else head


def member(line, generic):
    """The name of a line of surface.txt, the types of its parameters with ? for those that vary, and what to show."""
    head, bracket, tail = line.partition("(")
    own = re.search(r"(?<=\w)<([^<>]*)>$", head) if bracket else None
    vary = set(generic + (parts(own.group(1)) if own else []))
    types = [part.partition(" = ")[0].rpartition(" ")[0] for part in parts(tail[:-1])]
    types = [re.sub(r"\w+", lambda word: "?" if word.group() in vary else word.group(), one) for one in types]
    name = re.search(r"([\w|]+)$", head[: own.start()] if own else head)
    shown = re.sub(r"\w+", lambda word: KEYWORDS.get(word.group(), word.group()), line)
    return Member(name.group(1) if name else head, tuple(types), shown)


def surface(path):
    """The public members of each public type."""
    found, current, generic = {}, [], []
    for line in open(path, encoding="utf-8"):
        if line.startswith("    "):
            current.append(member(line.strip(), generic))
        else:
            name = line.strip().split(" ", 1)[1]
            generic = parts(name.partition("<")[2][:-1])
            current = found.setdefault(key(name), [])
    return found


# What the documentation says ---------------------------------------------------------------------------------------------


def split(identity):
    """Kind, type, name and types of parameters of M:NeuralNetwork.Model`1.Predict(System.ReadOnlySpan{`0})."""
    kind, name = identity.split(":", 1)
    head, _, tail = name.partition("(")
    if kind == "T":
        return kind, head, "", ()
    owner, _, called = head.rpartition(".")
    return kind, owner, re.sub(r"``\d+", "", called.replace("#ctor", "new")), tuple(plain(part) for part in parts(tail[:-1]))


def plain(name):
    """System.ReadOnlySpan{`0} as ReadOnlySpan<?>."""
    name = re.sub(r"``?\d+", "?", name).replace("{", "<").replace("}", ">").replace(",", ", ")
    name = re.sub(r"(?:[A-Za-z]\w*\.)+(?=\w)", "", name)
    return f"ref {name[:-1]}" if name.endswith("@") else name


def signature(owner, name, types):
    """What to show of a member; None where it is not public. One with no namesake needs no types to be found."""
    namesakes = [found for found in public.get(owner, []) if found.name == name]
    same = [found for found in namesakes if found.types == types]
    return (same or namesakes)[0].signature if same or len(namesakes) == 1 else None


def section(name, about):
    """A type or module, its cases and members."""
    title = re.sub(r"`\d+$", lambda found: "<T>" if found.group() == "`1" else "<…>", last(name))
    lines = []
    for case, text in reversed(namespaces.get(name, {}).items()):
        made = signature(name, f"New{last(case)}", ())
        lines.append((last(case) + (made[made.index("(") :] if made else ""), text))
    for called, types, text in reversed(members.get(name, [])):
        lines.append((signature(name, called, types), text))
    listed = [f"- `{shown}`: {text}\n" if text else f"- `{shown}`\n" for shown, text in lines if shown]
    return f"\n## {title}\n\n{about}\n\n{''.join(listed)}"


public = surface(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "NeuralNetwork.Core.fs", "surface.txt"))
namespaces = collections.defaultdict(dict)
members = collections.defaultdict(list)
for element in tree.parse(source).getroot().iter("member"):
    kind, owner, called, types = split(element.get("name"))
    if kind == "T":
        namespaces[owner.rpartition(".")[0]][owner] = words(element)
    else:
        members[owner].append((called, types, words(element)))


# Pages -------------------------------------------------------------------------------------------------------------------


def shown(name):
    return name in public and not INTERNAL.search(name)


def used():
    """The types of the root that an app names, and those that their signatures name in turn."""
    named = collections.defaultdict(set)
    for name in namespaces[ROOT]:
        if shown(name):
            named[bare(last(name))].add(name)
    found, open_ = set(), [f"{ROOT}.{name}" for name in FIRST.split()]
    while open_:
        name = open_.pop()
        if name not in found | LOOKED_AT:
            found.add(name)
            text = " ".join(re.sub(rf"\b{re.escape(one.name)}\b(?!<)", "", one.signature, count=1) for one in public[name])
            open_ += [other for word in set(re.findall(r"\w+", text)) for other in named[word]]
    return found


def write(page, title, names, types):
    sections = [section(name, types[name]) for name in sorted(names) if shown(name)]
    if sections:
        with open(os.path.join(target, f"{page}.md"), "w", encoding="utf-8") as file:
            file.write(f"# {title}\n\nWritten by `./build.sh Api` from the library's XML documentation.\n")
            file.writelines(sections)


os.makedirs(target, exist_ok=True)
app = used()
for namespace, types in sorted(namespaces.items()):
    # Cases of unions have their union for a namespace: they are its members.
    if not namespace.startswith(ROOT) or namespace in {name for all in namespaces.values() for name in all}:
        continue
    if namespace == ROOT:
        write(ROOT, "What an app uses", app & set(types), types)
        write(f"{ROOT}.Parts", "Functions for F#, and parts of the library", set(types) - app, types)
    else:
        write(namespace, namespace, types, types)
print(f"{target}: {', '.join(sorted(os.listdir(target)))}")
