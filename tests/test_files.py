"""The disk: what is read, what is refused, and that nothing is ever left half written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from genai_atlas import files
from genai_atlas.files import FilesError, exchange, is_whole, read, read_pages, replace_file, replace_files, write
from genai_atlas.output import OutputFile
from genai_atlas.source import MAX_FILE_BYTES, SourceFile
from genai_atlas.source import read as read_source


def make(root: Path, contents: dict[str, bytes]) -> Path:
    for path, data in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def outputs(contents: dict[str, bytes]) -> tuple[OutputFile, ...]:
    return tuple(OutputFile(path, data) for path, data in contents.items())


def test_sources_come_sorted_with_paths_from_the_root(tmp_path: Path) -> None:
    make(tmp_path, {"taxonomy/b/area.yaml": b"2", "taxonomy/atlas.yaml": b"1", "taxonomy/published.txt": b"3"})
    assert read(tmp_path) == (
        (
            SourceFile("taxonomy/atlas.yaml", b"1"),
            SourceFile("taxonomy/b/area.yaml", b"2"),
            SourceFile("taxonomy/published.txt", b"3"),
        ),
        (),
    )


def test_missing_taxonomy_is_one_fault_that_names_the_option(tmp_path: Path) -> None:
    sources, (fault,) = read(tmp_path)
    assert (sources, fault.code) == ((), "S131")
    assert str(tmp_path) in fault.message
    assert "--root" in fault.hint


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("taxonomy/notes.md", "S130"),
        ("taxonomy/a/lora.yml", "S130"),
        ("taxonomy/a/flash_attention.yaml", "S121"),
        ("taxonomy/a/vit\u0430.yaml", "S121"),
        ("taxonomy/a/-x.yaml", "S121"),
    ],
)
def test_file_with_a_bad_name_is_told_and_not_read(tmp_path: Path, path: str, code: str) -> None:
    make(tmp_path, {"taxonomy/atlas.yaml": b"1", path: b"x"})
    sources, faults = read(tmp_path)
    assert [source.path for source in sources] == ["taxonomy/atlas.yaml"]
    assert [(fault.code, fault.location.path) for fault in faults] == [(code, path)]


def test_editors_own_files_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, {"taxonomy/a/.x.yaml.swp": b"", "taxonomy/a/x.yaml~": b"", "taxonomy/.DS_Store": b""})
    os.symlink("user@host.1", tmp_path / "taxonomy/a/.#x.yaml")
    assert read(tmp_path) == ((), ())


def test_bad_folder_is_told_once_and_not_entered(tmp_path: Path) -> None:
    make(tmp_path, {"taxonomy/Bad/one.yaml": b"", "taxonomy/Bad/two.yaml": b""})
    _, faults = read(tmp_path)
    assert [(fault.code, fault.location.path) for fault in faults] == [("S121", "taxonomy/Bad")]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    make(folder, {"secret.yaml": b"password: hunter2\n"})
    return folder


@pytest.mark.parametrize(
    "plant",
    [
        lambda root, secret: os.symlink(secret / "secret.yaml", root / "planted.yaml"),
        lambda root, secret: os.symlink(secret, root / "planted"),
        lambda root, secret: os.symlink(root / "planted", root / "planted"),
        lambda root, secret: os.symlink("/dev/zero", root / "planted.yaml"),
        lambda root, secret: os.mkfifo(root / "planted.yaml"),
    ],
    ids=["file", "folder", "loop", "device", "pipe"],
)
@pytest.mark.parametrize("folder", ["taxonomy", "docs"])
def test_what_is_no_regular_file_is_refused_unread(tmp_path: Path, secret: Path, folder: str, plant) -> None:  # type: ignore[no-untyped-def]
    root = make(tmp_path / "root", {f"{folder}/kept.yaml": b"kept"})
    plant(root / folder, secret)
    found, faults = read(root) if folder == "taxonomy" else read_pages(root)
    assert [file.data for file in found] == [b"kept"]
    assert [fault.code for fault in faults] == ["S120"]
    assert faults[0].location.path.startswith(f"{folder}/planted")


def test_linked_taxonomy_is_refused_as_a_whole(tmp_path: Path, secret: Path) -> None:
    os.symlink(secret, tmp_path / "taxonomy")
    sources, faults = read(tmp_path)
    assert (sources, [fault.code for fault in faults]) == ((), ["S120"])


def test_file_that_becomes_a_link_while_the_folder_is_read_is_refused(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {"taxonomy/a.yaml": b"fine"})
    really_open = os.open

    def swapped(path: str, flags: int) -> int:
        os.unlink(path)
        os.symlink(secret / "secret.yaml", path)
        return really_open(path, flags)

    monkeypatch.setattr(files.os, "open", swapped)
    sources, faults = read(tmp_path)
    assert (sources, [fault.code for fault in faults]) == ((), ["S120"])


def test_huge_file_is_read_no_further_than_it_takes_to_refuse_it(tmp_path: Path) -> None:
    make(tmp_path, {"taxonomy/a.yaml": b""})
    with open(tmp_path / "taxonomy/a.yaml", "r+b") as file:
        file.truncate(50_000_000)
    (source,), faults = read(tmp_path)
    assert (len(source.data), faults) == (MAX_FILE_BYTES + 1, ())
    assert [fault.code for fault in read_source(source)[1]] == ["S101"]


def test_hand_written_pages_are_taken_as_they_are(tmp_path: Path) -> None:
    make(tmp_path, {"docs/about.md": b"# A", "docs/data/releases/2026_11.csv": b"\xff"})
    assert read_pages(tmp_path) == (outputs({"about.md": b"# A", "data/releases/2026_11.csv": b"\xff"}), ())


FIRST = {"index.md": b"one", "a/b/c.md": b"two", "assets/x.css": b"three"}


def test_folder_holds_exactly_the_outputs(tmp_path: Path) -> None:
    make(tmp_path, {"old/deep/stale.md": b"", "a/b": b"a file where a folder is due", "stale.md": b""})
    (tmp_path / "empty/folder").mkdir(parents=True)
    assert write(outputs(FIRST), tmp_path) == tuple(sorted((*FIRST, "a/b", "old/deep/stale.md", "stale.md")))
    assert {path: data for path, data in tree(tmp_path).items() if path != files.MANIFEST} == FIRST
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_dir()) == ["a", "a/b", "assets"]


def test_second_write_touches_no_file(tmp_path: Path) -> None:
    write(outputs(FIRST), tmp_path)
    before = {path: os.stat(tmp_path / path) for path in tree(tmp_path)}
    assert write(outputs(FIRST), tmp_path) == ()
    after = {path: os.stat(tmp_path / path) for path in tree(tmp_path)}
    assert {p: (s.st_ino, s.st_mtime_ns) for p, s in after.items()} == {
        p: (s.st_ino, s.st_mtime_ns) for p, s in before.items()
    }


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    write(outputs(FIRST), tmp_path)
    assert write(outputs({**FIRST, "index.md": b"ONE"}), tmp_path) == ("index.md",)
    assert (tmp_path / "index.md").read_bytes() == b"ONE"


def test_write_goes_through_no_link(tmp_path: Path) -> None:
    outside = make(tmp_path / "outside", {"index.md": b"mine", "c.md": b"mine", "x": b"mine"})
    folder = tmp_path / "build"
    (folder / "a").mkdir(parents=True)
    os.symlink(outside / "index.md", folder / "index.md")
    os.symlink(outside, folder / "a/b")
    os.symlink(outside / "x", folder / ".index.md.tmp~")
    write(outputs(FIRST), folder)
    assert tree(outside) == {"index.md": b"mine", "c.md": b"mine", "x": b"mine"}
    assert is_whole(folder)


def test_left_overs_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    make(tmp_path, {".index.md.tmp~": b"half", "a/b/.c.md.tmp~": b"half"})
    write(outputs(FIRST), tmp_path)
    assert not [path for path in tree(tmp_path) if path.endswith("~")]


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", "a\\b", "", ".manifest.json", "x.tmp~"])
def test_path_that_leaves_the_folder_is_a_bug_of_the_caller(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path for an output"):
        write(outputs({path: b""}), tmp_path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "index.md").write_bytes(b"other"),
        lambda folder: (folder / "index.md").unlink(),
        lambda folder: (folder / files.MANIFEST).unlink(),
        lambda folder: (folder / files.MANIFEST).write_bytes(b"{"),
        lambda folder: (folder / files.MANIFEST).write_bytes(b"[]"),
    ],
    ids=["changed", "missing", "no manifest", "torn manifest", "other manifest"],
)
def test_spoilt_folder_is_not_whole_and_the_next_write_mends_it(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    write(outputs(FIRST), tmp_path)
    assert is_whole(tmp_path)
    spoil(tmp_path)
    assert not is_whole(tmp_path)
    write(outputs(FIRST), tmp_path)
    assert is_whole(tmp_path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("name", ["replace", "unlink", "mkdir", "open"])
def test_disk_that_refuses_is_one_line_with_path_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    write(outputs({**FIRST, "stale.md": b""}), tmp_path)

    def refuse(path: object, *rest: object, **more: object) -> None:
        raise OSError(code, os.strerror(code), os.fspath(path))  # type: ignore[call-overload]

    monkeypatch.setattr(*((files, "open") if name == "open" else (files.os, name)), refuse, raising=False)
    with pytest.raises(FilesError) as caught:
        write(outputs({**FIRST, "index.md": b"new", "new/x.md": b""}), tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert os.strerror(code) in str(caught.value)
    assert ".tmp~" not in str(caught.value)
    monkeypatch.undo()
    assert not [path for path in tree(tmp_path) if path.endswith("~")]


def test_durable_replacement_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace_file(path, b"new", durable=True)
    assert (path.read_bytes(), path.stat().st_mode & 0o777, list(tree(tmp_path))) == (b"new", 0o640, ["a.yaml"])


def test_kill_during_writes_leaves_old_or_new_files(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from genai_atlas.files import write
        from genai_atlas.output import OutputFile
        folder = Path(sys.argv[1])
        print("ready", flush=True)
        while True:
            for letter in b"ab":
                write([OutputFile(f"{n}.md", bytes([letter]) * 60_000) for n in range(30)], folder)
        """
    )
    for moment in range(8):
        process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.02 + moment * 0.007)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        files_left = {path: data for path, data in tree(tmp_path).items() if path.endswith(".md")}
        assert files_left
        assert {bytes(set(data)) + str(len(data)).encode() for data in files_left.values()} <= {b"a60000", b"b60000"}
    write(outputs(FIRST), tmp_path)
    assert sorted(tree(tmp_path)) == sorted((*FIRST, files.MANIFEST))


def test_several_files_are_replaced_and_folders_made(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": b"old"})
    replace_files(outputs({"a.yaml": b"new", "b/c.yaml": b"more"}), tmp_path)
    assert tree(tmp_path) == {"a.yaml": b"new", "b/c.yaml": b"more"}


@pytest.mark.parametrize("refused", ["first", "last"])
@pytest.mark.parametrize("step", ["open", "replace"])
def test_disk_that_refuses_one_of_several_files_leaves_all_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, refused: str
) -> None:
    before = {"a.yaml": b"old", "c.yaml": b"old"}
    make(tmp_path, before)
    module = files if step == "open" else files.os
    real = open if step == "open" else os.replace

    def refuse(path: object, *rest: object, **more: object) -> object:
        if ("a.yaml" if refused == "first" else "c.yaml") in str(path) and b"new" not in rest:
            monkeypatch.undo()  # the disk takes back what was there
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))  # type: ignore[call-overload]
        return real(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(module, step, refuse, raising=False)
    with pytest.raises(FilesError, match="No space left"):
        replace_files(outputs({"a.yaml": b"new", "b.yaml": b"new", "c.yaml": b"new"}), tmp_path)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("planted", ["a.yaml", "b"])
def test_several_files_go_through_no_link(tmp_path: Path, secret: Path, planted: str) -> None:
    root = make(tmp_path / "root", {"x.yaml": b"old"})
    os.symlink(secret / "secret.yaml" if planted == "a.yaml" else secret, root / planted)
    before = tree(secret)
    with pytest.raises(FilesError, match="it is a symbolic link"):
        replace_files(outputs({"x.yaml": b"new", "a.yaml": b"new", "b/secret.yaml": b"new"}), root)
    assert (tree(secret), (root / "x.yaml").read_bytes()) == (before, b"old")


@pytest.mark.parametrize("at_once", [True, False], ids=["in one step", "by renames"])
def test_folders_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    if not at_once:
        monkeypatch.setattr(files, "_swap", lambda one, other: False)
    make(tmp_path, {"new/index.html": b"new", "live/index.html": b"old"})
    exchange(tmp_path / "new", tmp_path / "live")
    assert tree(tmp_path) == {"live/index.html": b"new", "new/index.html": b"old"}


def test_first_site_is_moved_into_place(tmp_path: Path) -> None:
    make(tmp_path, {"new/index.html": b"new"})
    exchange(tmp_path / "new", tmp_path / "live")
    assert tree(tmp_path) == {"live/index.html": b"new"}


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is Linux' own")
def test_this_system_exchanges_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"new/x": b"new", "live/x": b"old"})
    monkeypatch.setattr(files.os, "rename", None)
    exchange(tmp_path / "new", tmp_path / "live")
    assert tree(tmp_path) == {"live/x": b"new", "new/x": b"old"}


def test_kill_between_the_renames_is_recovered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"new/x": b"new", "live/x": b"old"})
    monkeypatch.setattr(files, "_swap", lambda one, other: False)
    rename, renamed = os.rename, []

    def killed(source: Path, target: Path) -> None:
        if renamed:
            raise KeyboardInterrupt
        renamed.append(target)
        rename(source, target)

    monkeypatch.setattr(files.os, "rename", killed)
    with pytest.raises(KeyboardInterrupt):
        exchange(tmp_path / "new", tmp_path / "live")
    assert not (tmp_path / "live").exists()
    monkeypatch.undo()
    files.recover(tmp_path / "live")
    assert tree(tmp_path) == {"live/x": b"old", "new/x": b"new"}


def test_second_holder_of_a_lock_is_turned_away(tmp_path: Path) -> None:
    first, second = files.lock(tmp_path / "build/.lock"), files.lock(tmp_path / "build/.lock")
    with first, pytest.raises(FilesError, match="another build"), second:
        pass
    with files.lock(tmp_path / "build/.lock"):
        pass
