#!/usr/bin/env python3
"""In the root: files that must not compile, do not, and for the reason that they say.

    rejected.py BUILD [DIRECTORY]

BUILD is where kbuild has built the module: its net/ and bindings are compiled once more, with the
flags that it gave to rustc, and with the files of tests/rejected as modules beside it. Each has in
its first line what rustc must say: `//~ E0502`, how an error without a code begins, or `//~ ok`.
All are compiled at once: an error that hides another one is noticed, as then that one is missing.
"""

import collections
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile


# The items that `module!` makes in a crate, and `#[vtable]` asks for.
MODULE = """struct LocalModule;
impl kernel::ModuleMetadata for LocalModule {
    const NAME: &'static kernel::str::CStr = c"rejected";
    const THIS_MODULE: kernel::ThisModule =
        unsafe { kernel::ThisModule::from_ptr(core::ptr::null_mut()) };
}
"""


def expected(text):
    """The error that the first line asks for; None if it does not say."""
    first = text.partition("\n")[0]
    return first.removeprefix("//~ ").strip() if first.startswith("//~ ") else None


def judge(wanted, got):
    """The mistakes, given the error that each file is to be refused for, and its errors."""
    for name, want in sorted(wanted.items()):
        errors = sorted(got.get(name, set()))
        if want is None:
            yield f"{name}: the first line does not say what rustc must say"
        elif want == "ok" and errors:
            yield f"{name}: must compile, but: {', '.join(errors)}"
        elif want != "ok" and not errors:
            yield f"{name}: compiles, and must not ({want})"
        elif want != "ok" and not (len(errors) == 1 and errors[0].startswith(want)):
            yield f"{name}: {', '.join(errors)}, where {want} is the reason"
    for name in sorted(set(got) - set(wanted)):
        yield f"{name}: {', '.join(sorted(got[name]))}: not one of the files that must not compile"
    if "ok" not in wanted.values():
        yield "there is no control, which must compile"


def errors(lines):
    """{file: {code, or words}}, from rustc's messages as JSON."""
    found = collections.defaultdict(set)
    for line in lines:
        message = json.loads(line) if line.startswith("{") else {}
        places = [span for span in message.get("spans", []) if span["is_primary"]]
        if message.get("level") == "error" and places:
            code = (message["code"] or {}).get("code") or message["message"]
            found[pathlib.Path(places[0]["file_name"]).name].add(code)
    return dict(found)


def flags(build):
    """The environment and the arguments that kbuild has given to rustc for the module."""
    line = (build / ".vnet_rs_main.o.cmd").read_text().partition(":= ")[2].partition(";")[0]
    words = shlex.split(line)
    at = next(at for at, word in enumerate(words) if "=" not in word)
    env = dict(word.split("=", 1) for word in words[:at])
    arguments = [word for word in words[at + 1:-1] if not word.startswith("--emit=")]
    arguments.remove("--out-dir")
    arguments.remove("./")
    return env, arguments


def compile_all(build, names):
    """rustc's messages about a crate of net/ and of these files."""
    with tempfile.TemporaryDirectory() as where:
        top = pathlib.Path(where)
        for part in ("net.rs", "net"):
            (top / part).symlink_to(build / part)
        modules = "".join(f'#[forbid(unsafe_code)]\n#[path = "{name}"]\nmod {name.stem};\n'
                          for name in names)
        (top / "rejected.rs").write_text(
            f"//! See rejected.py.\nmod net;\n{MODULE}{modules}")
        env, arguments = flags(build)
        run = subprocess.run(
            ["rustc", *arguments, "--crate-name", "rejected", "--error-format=json", "-Awarnings",
             "--emit=metadata", "--out-dir", where, str(top / "rejected.rs")],
            cwd=build, env=os.environ | env | {"RUSTC_BOOTSTRAP": "1"},
            capture_output=True, text=True, check=False)
        return run.stderr.splitlines()


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    files = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "tests/rejected").resolve()
    names = sorted(files.glob("*.rs"))
    lines = compile_all(build, names)
    wanted = {name.name: expected(name.read_text()) for name in names}
    got = errors(lines)
    wrong = list(judge(wanted, got))
    if not got:
        wrong.append("\n".join(["rustc has no errors:", *lines[-20:]]))
    print(*wrong, f"{len(names)} files, {len(wrong)} of them not as they should be", sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
