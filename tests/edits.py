"""Changes that curators make, as edits of the atlas of tea: each leaves one that is right again."""

from __future__ import annotations

import re
from collections.abc import Callable

from genai_atlas.changes import ChangeKind
from tea import STEEPING, TEA, WHISKING, edited, tea_with

Edit = dict[str, bytes]
INFUSION, TASTING = (f"taxonomy/{name}/subarea.yaml" for name in ("brewing/infusion", "judging/tasting"))
REFERENCES = "taxonomy/references/2026.yaml"


def everywhere(files: Edit, pattern: str, new: str) -> Edit:
    return {path: re.sub(pattern, new, data.decode()).encode() for path, data in files.items()}


def change_in(files: Edit, path: str, *edits: tuple[str, str]) -> Edit:
    return files | {path: edited(files[path], edits)}


def formerly(path: str) -> tuple[str, str]:
    return "\nreading_list:", f"\nformerly:\n  - {path}\n\nreading_list:"


def without(files: Edit, *patterns: str) -> Edit:
    """Lines with one of these are taken out everywhere."""
    for pattern in patterns:
        files = everywhere(files, rf"(?m)^.*{pattern}.*\n", "")
    return files


def rename() -> Edit:
    files = everywhere(dict(TEA), r"(to: |\[\[|topic: |  - )whisking\b", r"\1frothing")
    text = files.pop(WHISKING)
    path = WHISKING.replace("whisking", "frothing")
    files[path] = edited(text, [("title: Whisking", "title: Frothing"), formerly("brewing/infusion/whisking"),
                                ("[matcha making", "[Whisking, matcha making")])  # fmt: skip
    return files


def move() -> Edit:
    files = dict(TEA)
    text = files.pop("taxonomy/judging/tasting/astringency.yaml")
    files["taxonomy/brewing/infusion/astringency.yaml"] = edited(text, [formerly("judging/tasting/astringency")])
    files = change_in(files, TASTING, ("  - astringency\n", ""))
    return change_in(files, INFUSION, ("  - whisking\n", "  - whisking\n  - astringency\n"))


def merge() -> Edit:
    files = without(dict(TEA), "to: whisking,", "topic: whisking,", "^  - whisking$")
    files = everywhere(files, r"\[\[whisking\]\]", "Whisking")
    del files[WHISKING]
    return change_in(
        files,
        STEEPING,
        ("[hot infusion,", "[hot infusion, Whisking, matcha making, ground-leaf tea,"),
        ("  - brewing/infusion/infusing", "  - brewing/infusion/infusing\n  - brewing/infusion/whisking"),
        (
            "  - {ref: khan2025rate, role: recent",
            "  - {ref: gupta2023whisking, role: original, level: introductory, why: measures foam against grind}\n"
            "  - {ref: khan2025rate, role: recent",
        ),
    )


REPEAT = "taxonomy/brewing/infusion/repeat-steeping.yaml"


def split() -> Edit:
    why = "what changes from the first cup to the sixth"
    work = f"  - {{ref: moreau2026repeat, role: recent, level: intermediate, why: {why}}}\n"
    files = change_in(dict(TEA), STEEPING, (", Gongfu style", ""), (work, ""))
    head = "title: Repeat Steeping\naliases: [Gongfu style]\nkind: technique\nsummary: Leaf is poured again.\n"
    dates = "reviewed: 2026-11-24\nliterature_until: 2026-06\n"
    relation = "relations:\n  - {type: specializes, to: steeping, note: many short ones}\n"
    files[REPEAT] = f"{head}{dates}\n{relation}\nreading_list:\n{work}".encode()
    return change_in(files, INFUSION, ("  - steeping\n", "  - steeping\n  - repeat-steeping\n"))


def retire() -> Edit:
    files = without(dict(TEA), "to: whisking,", "topic: whisking,", "^  - whisking$")
    files = everywhere(files, r"\[\[whisking\]\]", "Whisking")
    del files[WHISKING]
    tomb = b"brewing/infusion/whisking: {date: 2026-11-01, reason: Nobody grinds leaf any more.}\n"
    return files | {"taxonomy/retired.yaml": files["taxonomy/retired.yaml"] + tomb}


def relation_changed() -> Edit:
    return tea_with((WHISKING, "type: complements, to: cold", "type: alternative_to, to: cold"))


def finding_changed() -> Edit:
    return tea_with((STEEPING, "value: 1.4\n", "value: 1.5\n"))


def reference_added() -> Edit:
    record = ("zhou2026foam:\n  title: Foam and Grind\n  authors: [An Zhou]\n  year: 2026\n  month: 5\n"
              "  venue: Journal of Infusion\n  type: article\n  doi: 10.5555/tea.2026.99\n")  # fmt: skip
    work = "  - {ref: zhou2026foam, role: recent, level: advanced, why: measures foam over time}\n"
    files = dict(TEA) | {REFERENCES: TEA[REFERENCES] + record.encode()}
    return files | {WHISKING: files[WHISKING] + work.encode()}


EDITS: dict[str, tuple[Callable[[], Edit], ChangeKind, str]] = {
    "rename": (rename, ChangeKind.TOPIC_RENAMED, "brewing/infusion/frothing"),
    "move": (move, ChangeKind.TOPIC_MOVED, "brewing/infusion/astringency"),
    "merge": (merge, ChangeKind.TOPIC_MERGED, "brewing/infusion/steeping"),
    "split": (split, ChangeKind.TOPIC_SPLIT, "brewing/infusion/steeping"),
    "retire": (retire, ChangeKind.TOPIC_RETIRED, "brewing/infusion/whisking"),
    "relation changed": (relation_changed, ChangeKind.RELATION_CHANGED, "brewing/infusion/whisking"),
    "finding changed": (finding_changed, ChangeKind.FINDING_CHANGED, "brewing/infusion/steeping"),
    "reference added": (reference_added, ChangeKind.REFERENCE_ADDED, "zhou2026foam"),
}
