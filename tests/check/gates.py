#!/usr/bin/env python3
"""The project's own rules, as far as a program can see to them.

    gates.py [TREE]

Each gate is a function that yields its findings as (file, line, words).
test_gates.py shows for each of them that it finds a violation.
"""

import pathlib
import re
import sys

import circles
import names
from rust_source import code, comment_above, functions, line_of

FILE_LINES, FILE_LINES_MAX = 300, 400
FUNCTION_LINES, FUNCTION_LINES_MAX = 40, 60
# To be read in one go.
SAMPLE_LINES = {"samples/dummy_rs.rs": 80, "samples/ring_rs.rs": 250}

# Where lints may be turned off, and why.
ALLOW_EXCEPTIONS = {
    "net/bindings.rs": "includes what bindgen generates",
    "net/features.rs": "a driver that cuts needs to know how, and has no ALL_GSO",
    "net/stats.rs": "a driver counts by itself, or by count()",
}
# The files that must also compile outside the kernel.
PURE_CORE = [f"vnet_rs/{name}.rs" for name in (
    "cable/delay_line", "cable/delay_line/*", "cable/direction", "cable/echo", "cable/echo/*",
    "cable/ethernet", "cable/fate", "cable/limits", "cable/link", "cable/prefix", "cable/random",
    "cable/wire", "cable/wire_frames", "card/addresses", "card/moderation", "card/rss",
    "control/attribute", "control/name", "control/parse_error", "control/value", "ring/cursors")]

# The folders whose files may not need each other in a circle.
WITHOUT_CIRCLES = ["net", "vnet_rs"]
# The parts of the driver, and those that each may import. No lower part knows an upper one.
BELOW = {"control": {"driver", "card", "cable", "ring"}, "driver": {"card", "cable", "ring"},
         "card": {"cable", "ring"}, "cable": set(), "ring": set()}

# How a comment does not begin: without its noun, or with a riddle for one.
RIDDLE = re.compile(
    r"\s*//[/!]?\s*((?:What|Who|Whose|Whom|Whoever|Whatever|It|One (?:that|who))\b.*)")

NO_REASON = ["just an ffi call", "only called by", "core guarantees", "todo"]

# In halves, or this file would be the first to break the rule.
HOSTS = [a + "." + b for a, b in [
    ("deb.debian", "org"), ("security.debian", "org"), ("snapshot.debian", "org"),
    ("archive.ubuntu", "com"), ("crates", "io"), ("static.rust-lang", "org"),
    ("rustup", "rs"), ("pypi", "org"), ("pythonhosted", "org"), ("cdn.kernel", "org"),
    ("registry.npmjs", "org"), ("proxy.golang", "org"), ("docker", "io"), ("ghcr", "io"),
]]
HOME = re.compile(r"/(?:home/[a-z]|root/)\S*")

NOT_OURS = {".git", "build", "__pycache__", ".hypothesis", ".pytest_cache", "target"}
TEXT = {".rs", ".c", ".h", ".py", ".sh", ".md", ".toml", ".config", ".yml", ".txt", ""}


class Tree:
    """The files of the project, read once."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.files = {}
        for path in sorted(self.top.rglob("*")):
            name = path.relative_to(self.top)
            if NOT_OURS & set(name.parts) or not path.is_file() or "generated" in path.name:
                continue
            if path.suffix in TEXT:
                self.files[str(name)] = path.read_text(encoding="utf-8", errors="replace")

    def matching(self, *patterns):
        for name, text in self.files.items():
            if any(pathlib.PurePath(name).match(pattern) for pattern in patterns):
                yield name, text

    def driver(self):
        return ((n, t) for n, t in self.files.items()
                if n == "vnet_rs.rs"
                or n.startswith(("vnet_rs/", "samples/")) and n.endswith(".rs"))

    def net(self):
        return ((n, t) for n, t in self.files.items()
                if n == "net.rs" or n.startswith("net/") and n.endswith(".rs"))

    def module(self):
        yield from ((n, t) for n, t in self.files.items()
                    if n in ("vnet_rs_main.rs", "net_kunit_main.rs"))
        yield from self.driver()
        yield from self.net()


def found(name, text, pattern, words):
    """Each place in the code of a Rust file where the pattern matches."""
    for match in re.finditer(pattern, code(text), re.MULTILINE):
        yield name, line_of(text, match.start()), words.format(match.group().strip())


def no_unsafe_in_the_driver(tree):
    for name, text in tree.driver():
        yield from found(name, text, r"\bunsafe\b", "unsafe code in the driver's half")


def unsafe_is_forbidden(tree):
    text = code(tree.files.get("vnet_rs.rs", ""))
    first = text.strip().splitlines()[:1]
    if first != ["#![forbid(unsafe_code)]"]:
        yield "vnet_rs.rs", 1, "does not begin with #![forbid(unsafe_code)]"


def unsafe_is_justified(tree):
    for name, text in tree.module():
        lines = text.splitlines()
        for match in re.finditer(r"\bunsafe\s*(\{|impl\b)", code(text)):
            number = line_of(text, match.start())
            if "SAFETY:" not in comment_above(lines, number):
                yield name, number, "an unsafe block or impl without a SAFETY comment"
        contract = r"\bunsafe\s+(extern\s+(\"C\"|   )\s+)?(fn\s+\w+|trait\b)"
        for match in re.finditer(contract, code(text)):
            number = line_of(text, match.start())
            if "# Safety" not in comment_above(lines, number):
                yield name, number, "an unsafe fn or trait without a \"# Safety\" section"


def safety_comments_give_a_reason(tree):
    for name, text in tree.module():
        for match in re.finditer(r"// SAFETY:[^\n]*(\n\s*//[^\n]*)*", text):
            words = " ".join(match.group().replace("//", " ").split())
            for phrase in NO_REASON:
                if re.search(rf"\b{phrase}\b", words.lower()):
                    yield name, line_of(text, match.start()), f"\"{phrase}\" is no reason"
            if len(words) < len("SAFETY: ") + 10:
                yield name, line_of(text, match.start()), "a SAFETY comment that says nothing"


def no_static_mut(tree):
    for name, text in tree.module():
        yield from found(name, text, r"\bstatic\s+mut\b", "static mut")


def net_does_not_know_the_driver(tree):
    for name, text in tree.net():
        yield from found(name, text, r"\bvnet_rs\b", "net/ must not know the driver")


def lints_stay_on(tree):
    for name, text in tree.module():
        if name not in ALLOW_EXCEPTIONS:
            yield from found(name, text, r"#!?\[[^\]]*\b(allow|expect)\s*\(", "{} turns a lint off")


def pure_core_is_pure(tree):
    for name, text in tree.matching(*PURE_CORE):
        yield from found(name, text, r"\bkernel\s*::|\bcrate::net\b", "{} in the pure core")


def no_panic(tree):
    panics = r"\.\s*(unwrap|expect)\s*\(|\b(panic|unreachable|todo|unimplemented)!"
    for name, text in tree.module():
        yield from found(name, text, panics, "{} can stop the kernel")


def no_package_host(tree):
    for name, text in tree.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            for host in HOSTS:
                if host in line:
                    yield name, number, f"names a package host, {host}"


def no_path_of_one_machine(tree):
    for name, text in tree.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if match := HOME.search(line):
                yield name, number, f"a path of one machine, {match.group()}"


def files_are_short(tree):
    for name, text in tree.files.items():
        count = len(text.splitlines())
        if name.endswith((".rs", ".c", ".h", ".py", ".sh")) and count > FILE_LINES_MAX:
            yield name, count, f"{count} lines, more than {FILE_LINES_MAX}"


def samples_are_small(tree):
    for name, text in tree.files.items():
        count = sum(1 for line in code(text).splitlines() if line.strip())
        if count > SAMPLE_LINES.get(name, count):
            yield name, 1, f"{count} code lines, more than {SAMPLE_LINES[name]}"


def functions_are_short(tree):
    for name, text in tree.module():
        for function, first, count in functions(text):
            if count > FUNCTION_LINES_MAX:
                yield name, first, f"{function} has {count} lines, more than {FUNCTION_LINES_MAX}"


def imports_run_one_way(tree):
    for module, needs in circles.Folder("vnet_rs", tree.files).needs().items():
        for part, other in sorted({(module[1:2], other[1:2]) for other in needs}):
            if part and other and other[0] not in BELOW[part[0]] | {part[0]}:
                yield circles.named(module), 1, f"{part[0]} imports {other[0]}"


def no_circle_of_files(tree):
    for folder in WITHOUT_CIRCLES:
        for name, words in circles.find(folder, tree.files):
            yield name, 1, words


def comments_have_a_subject(tree):
    for name, text in tree.module():
        before = ""
        for number, line in enumerate(text.splitlines(), 1):
            if (match := RIDDLE.match(line)) and not before.lstrip().startswith("//"):
                yield name, number, f"a comment begins with \"{match[1][:20]}\": name the thing"
            before = line


def booleans_take_if(tree):
    for name, text in tree.module():
        yield from found(name, text, r"^[ \t]*(?:true|false)\s*=>", "{} where `if` would do")


def names_mean_one_thing(tree):
    yield from names.find([*tree.driver(), *tree.net()])


GATES = [
    no_unsafe_in_the_driver, unsafe_is_forbidden, unsafe_is_justified,
    safety_comments_give_a_reason, no_static_mut, net_does_not_know_the_driver,
    lints_stay_on, pure_core_is_pure, no_panic, no_package_host,
    no_path_of_one_machine, files_are_short, functions_are_short, imports_run_one_way,
    no_circle_of_files, samples_are_small, comments_have_a_subject,
    booleans_take_if, names_mean_one_thing,
]


def remarks(tree):
    """Things that are allowed, but should be seen."""
    for name, reason in ALLOW_EXCEPTIONS.items():
        yield f"lints may be off in {name}: {reason}"
    for name, text in tree.files.items():
        count = len(text.splitlines())
        if name.endswith((".rs", ".c", ".py", ".sh")) and count > FILE_LINES:
            yield f"{name} has {count} lines, more than {FILE_LINES}"
    longest = sorted(((count, name, function) for name, text in tree.module()
                      for function, _first, count in functions(text)), reverse=True)
    for count, name, function in longest[:3]:
        yield f"one of the longest functions: {function} in {name}, {count} lines"


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else ".")
    failed = 0
    for gate in GATES:
        for name, line, words in gate(tree):
            failed += 1
            print(f"{name}:{line}: {words} [{gate.__name__}]")
    for remark in remarks(tree):
        print(f"remark: {remark}")
    print(f"{len(GATES)} gates, {failed} findings")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
