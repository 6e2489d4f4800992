"""docs/kernel.md names what there is in the kernel's source, and tests that there are."""

import pathlib
import re
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[2]
SECTIONS = re.split(r"^## ", (TREE / "docs/kernel.md").read_text(encoding="utf-8"),
                    flags=re.MULTILINE)[1:]
# What 7.3 has mended is not to be found there.
PRESENT = [section for section in SECTIONS if "(7.2)" not in section.splitlines()[0]]
# How the kernel says that a function, a macro or a variable is there.
FUNCTION = r"(\bfn |^[^\n#*]*\b){}(<|\()"


def title(section):
    return section.splitlines()[0]


def part(section, name):
    """What a section says under one of its headings."""
    return re.search(rf"^- \*{name}\*: (.*?)(?=^- \*|\Z)", section, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture(name="source", scope="module")
def source_fixture():
    """The kernel's source, of the version that the document is about."""
    script = ". qemu/lib.sh; . qemu/source.sh; unpack; echo $version $source"
    said = subprocess.run(["bash", "-ec", script], cwd=TREE, check=True, stdout=subprocess.PIPE,
                          encoding="utf-8").stdout
    version, path = said.split()
    if not version.startswith("7.3."):
        pytest.skip(f"the document is about 7.3, and this is {version}")
    return pathlib.Path(path)


def test_there_are_some():
    assert len(SECTIONS) >= 6


@pytest.mark.parametrize("section", SECTIONS, ids=title)
def test_sections_are_whole(section):
    for name in ("Where", "Seen", "Here", "Mend"):
        assert part(section, name).strip()


@pytest.mark.parametrize("section", PRESENT, ids=title)
def test_source_has_what_is_named(source, section):
    """Each file, and in one of them each function."""
    names = re.findall(r"`([^`]+)`", part(section, "Where"))
    files = [source / name for name in names if (source / name).is_file()]
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert files
    for name in names:
        if name.endswith("()"):
            pattern = FUNCTION.format(re.escape(name[:-2].rpartition("::")[2]))
            assert any(re.search(pattern, text, re.MULTILINE) for text in texts), name
        elif source / name not in files:
            assert any(name in text for text in texts), name


def test_files_of_ours_are_there():
    """And the test that is said to show a fault is in the file that is named."""
    text = "".join(SECTIONS)
    for name in re.findall(r"(?<![\w/])(?:tests|qemu|docs|net|vnet_rs)/[\w/]+\.\w+", text):
        if name.startswith(("net/core", "net/ethtool/rss.c", "net/sched")):
            continue
        assert (TREE / name).is_file(), name
    shown = text.count("tests/guest/test_kernel_faults.py shows it")
    tests = (TREE / "tests/guest/test_kernel_faults.py").read_text(encoding="utf-8")
    assert shown == len(re.findall(r"^def test_", tests, re.MULTILINE))


def test_headers_have_no_rust(source):
    """What the kernel packages for modules: the section about it is to go when this fails."""
    script = (source / "scripts/package/install-extmod-build").read_text(encoding="utf-8")
    assert "rust" not in script and "target.json" not in script
