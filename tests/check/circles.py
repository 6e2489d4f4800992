#!/usr/bin/env python3
"""Which Rust files of a folder need each other, by their own `use` lines and paths.

    circles.py FOLDER [TREE]

A file needs the one that defines what it names. To name it by way of a `use` in another file (as
net.rs has many) is to need the one that defines it, and a `pub use` is no need.
"""

import pathlib
import re
import sys

from rust_source import code

USE = re.compile(r"(?P<pub>\bpub\s*(?:\([^)]*\))?\s+)?\buse\s+(?P<tree>[^;]+);")
INLINE = re.compile(r"\bmod\s+(\w+)\s*\{")
PATH = re.compile(r"(?<![\w$:])(\w+(?:\s*::\s*\w+)+)")


def leaves(tree, before=()):
    """(name, path) of each name that a use tree brings: `a::{b, c as d}` brings b and d."""
    tree = tree.strip()
    if not tree:
        return
    if tree.startswith("{"):
        depth, part = 0, ""
        for letter in tree[1:-1] + ",":
            depth += {"{": 1, "}": -1}.get(letter, 0)
            if letter == "," and depth == 0:
                yield from leaves(part, before)
                part = ""
            else:
                part += letter
        return
    head, colons, rest = tree.partition("::")
    if colons:
        yield from leaves(rest, (*before, head.strip()))
        return
    path, _, name = (word.strip() for word in tree.partition(" as "))
    full = before if path == "self" else (*before, path)
    yield name or full[-1], full


def inside(text):
    """The spans of the inline modules of a file."""
    for match in INLINE.finditer(text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield match.start(), end


class File:
    """The imports and the names of one file."""

    def __init__(self, module, text):
        self.module = module
        self.text = code(text)
        self.inline = list(inside(self.text))
        self.uses = {}
        self.named = set()
        for match in USE.finditer(self.text):
            for name, path in leaves(match["tree"]):
                path = self.from_here(path, match.start())
                self.uses.setdefault(name, path)
                if not match["pub"]:
                    self.named.add(path)
        for match in PATH.finditer(USE.sub(lambda use: " " * len(use.group()), self.text)):
            path = tuple(re.split(r"\s*::\s*", match.group()))
            self.named.add(self.from_here(path, match.start()))

    def from_here(self, path, position):
        """The path as from the file's own module, not from an inline one in it."""
        depth = sum(start < position < end for start, end in self.inline)
        while depth and path[0] == "super":
            path, depth = path[1:] or ("self",), depth - 1
        return path


class Folder:
    """The files of a module and of those below."""

    def __init__(self, folder, files):
        self.files = {}
        for name, text in files.items():
            path = pathlib.PurePath(name).with_suffix("")
            if name.endswith(".rs") and path.parts[:1] == (folder,):
                self.files[path.parts] = File(path.parts, text)

    def defines(self, module, path, seen=()):
        """The module that defines what a path means in a module; None if it is not one of these."""
        if (module, path) in seen:
            return None
        seen = (*seen, (module, path))
        if not path:
            return None
        head, rest = path[0], path[1:]
        if head == "super":
            return self.inner(module[:-1], rest, seen)
        if head == "self":
            return self.inner(module, rest, seen)
        if head == "crate":
            return self.inner((), rest, seen)
        if (*module, head) in self.files or head in self.files[module].uses:
            return self.inner(module, path, seen)
        return None

    def inner(self, module, path, seen):
        """The module that a path of names in a module leads to."""
        if not path:
            return None
        below = (*module, path[0])
        if below in self.files:
            return self.inner(below, path[1:], seen)
        if module not in self.files:
            return None
        if path[0] in ("super", "self"):
            return self.defines(module, path, seen)
        uses = self.files[module].uses
        if path[0] in uses:
            return self.defines(module, (*uses[path[0]], *path[1:]), seen)
        return module

    def needs(self):
        """{module: the modules that it needs}."""
        graph = {}
        for module, file in self.files.items():
            found = {self.defines(module, path) for path in file.named}
            graph[module] = found - {None, module}
        return graph


def circles(graph):
    """The largest sets of modules that all need each other, directly or by others."""
    reach = {one: set(needs) for one, needs in graph.items()}
    for by in graph:
        for one in graph:
            if by in reach[one]:
                reach[one] |= reach[by]
    done = set()
    for one in sorted(graph):
        circle = {other for other in reach[one] if one in reach[other]}
        if one not in done and circle:
            done |= circle
            yield sorted(circle)


def named(module):
    return "/".join(module) + ".rs"


def find(folder, files):
    """(file, words) for each circle of files in a folder."""
    graph = Folder(folder, files).needs()
    for circle in circles(graph):
        for one in circle:
            others = sorted(named(other) for other in graph[one] & set(circle))
            yield named(one), f"in a circle of {len(circle)} files, by {', '.join(others)}"


def main():
    top = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".")
    paths = [*top.glob(f"{sys.argv[1]}.rs"), *top.glob(f"{sys.argv[1]}/**/*.rs")]
    files = {str(path.relative_to(top)): path.read_text(encoding="utf-8") for path in paths}
    for name, words in find(sys.argv[1], files):
        print(f"{name}: {words}")


if __name__ == "__main__":
    main()
