"""What names what: the outline, topic links, aliases, addresses of the past. Layer 5; no effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from genai_atlas.atlas import (
    ATLAS_FILE,
    PUBLISHED_FILE,
    RETIRED_FILE,
    Atlas,
    area_file,
    fold,
    level,
    page_file,
    subarea_file,
    topic_file,
)
from genai_atlas.diagnostics import Diagnostic, Location, Rule, did_you_mean
from genai_atlas.model import Loc
from genai_atlas.prose import Profile, parse

UNKNOWN_TOPIC = Rule(
    "L301",
    "unknown-topic",
    "A link or relation names a topic that does not exist.",
    "[[sparse-atention]]",
    "[[sparse-attention]]",
)
AMBIGUOUS_TOPIC = Rule(
    "L302",
    "ambiguous-topic",
    "Two topics share this slug, so the link says which by putting the subarea before it.",
    "[[distributed-training]]",
    "[[scaling-techniques/distributed-training]]",
)
UNLISTED = Rule(
    "L303",
    "unlisted",
    "A file is there, but its parent does not list it, so it has no place in the outline's order.",
    "# subarea.yaml\ntopics: [pruning]\n# and a file quantization.yaml beside it",
    "# subarea.yaml\ntopics: [pruning, quantization]",
)
NO_FILE = Rule(
    "L304",
    "listed-without-file",
    "A parent lists something for which there is no file.",
    "# subarea.yaml\ntopics: [prunning]\n# beside pruning.yaml",
    "# subarea.yaml\ntopics: [pruning]",
)
LISTED_TWICE = Rule(
    "L305",
    "listed-twice",
    "The same slug stands twice in a list of areas, subareas or topics.",
    "topics: [pruning, quantization, pruning]",
    "topics: [pruning, quantization]",
)
RESERVED = Rule(
    "L306",
    "reserved-slug",
    "The slug of an area would take the address of one of the site's own pages.",
    "areas: [search]",
    "areas: [search-methods]",
)
ALIAS_CLAIMED = Rule(
    "L307",
    "alias-claimed-twice",
    "A name leads to one page only. Two topics claim the same alias, or an alias is another page's title; spelling, "
    "accents and case do not tell names apart.",
    "# inference-techniques.yaml\naliases: [KV cache]\n# memory-usage.yaml\naliases: [kv-cache]",
    "# inference-techniques.yaml\naliases: [KV cache]\n# memory-usage.yaml links to [[inference-techniques]]",
)
LOST_ADDRESS = Rule(
    "L308",
    "lost-address",
    "Every path that was ever published leads somewhere: to its page, by `formerly` to its successor, or to "
    "the note in retired.yaml. This one leads nowhere. Where an area or subarea names its earlier path under "
    "`formerly`, what moved along with it needs no word.",
    "# published.txt: efficiency-research/prunning, and the file was renamed",
    "# pruning.yaml\nformerly: [performance-optimization/efficiency-research/prunning]",
)
FORMER_PATH = Rule(
    "L309",
    "former-path-taken",
    "A path in `formerly` or in retired.yaml is still a page, or is claimed twice; a redirect needs one target, and "
    "what is retired never comes back.",
    "formerly: [performance-optimization/efficiency-research/quantization]   # which exists",
    "formerly: [performance-optimization/efficiency-research/weight-quantization]",
)
FOREIGN_ROW = Rule(
    "L310",
    "row-of-another-subarea",
    "A comparison table sets the topics of its own subarea side by side, each once.",
    "comparison:\n  rows:\n    - {topic: music-generation, cells: […]}   # in attention-mechanisms",
    "comparison:\n  rows:\n    - {topic: sparse-attention, cells: […]}",
)
CONCEPT_CLAIMED = Rule(
    "L311",
    "concept-claimed-twice",
    "A concept of another vocabulary is the subject of one topic. Data that are joined by it would mix two subjects.",
    "# image-synthesis.yaml and image-editing.yaml\nsame_as:\n  - {concept: openalex:T10775, …}",
    "# image-synthesis.yaml alone has it",
)

RULES = (
    UNKNOWN_TOPIC, AMBIGUOUS_TOPIC, UNLISTED, NO_FILE, LISTED_TWICE, RESERVED, ALIAS_CLAIMED, LOST_ADDRESS, FORMER_PATH,
    FOREIGN_ROW, CONCEPT_CLAIMED,
)  # fmt: skip

RESERVED_SLUGS = frozenset(
    [
        "about",
        "assets",
        "atlas",
        "benchmarks",
        "changes",
        "cli",
        "compare",
        "contributing",
        "data",
        "explore",
        "findings",
        "implementations",
        "map",
        "names",
        "open-problems",
        "pagefind",
        "references",
        "retired",
        "rules",
        "schema",
        "search",
        "stylesheets",
        "timeline",
        "yours",
    ]
)


def name_fault(atlas: Atlas, name: str, where: Location) -> Iterator[Diagnostic]:
    """Why `name` is no topic, if it is none."""
    candidates = atlas.candidates(name)
    if len(candidates) > 1:
        names = " or ".join(f"'{atlas.name_of(path)}'" for path in candidates)
        yield AMBIGUOUS_TOPIC.at(where, f"'{name}' may be one of {len(candidates)} topics", f"write {names}")
    elif not candidates:
        hint = did_you_mean(name, atlas.topic_names) or "a topic is named by its file, without .yaml"
        yield UNKNOWN_TOPIC.at(where, f"no topic '{name}'", hint)


@dataclass(frozen=True)
class _Children:
    """What a parent lists, and what is there."""

    parent: str
    """Its file."""
    field: str
    listed: tuple[str, ...]
    existing: tuple[str, ...]
    file_of: Callable[[str], str]


def outline(atlas: Atlas) -> Iterator[Diagnostic]:
    """Parents and files agree."""
    files = set(atlas.sources) | set(atlas.faults)
    for children in _families(atlas):
        yield from _listing(atlas, children, files)


def _families(atlas: Atlas) -> Iterator[_Children]:
    yield _Children(ATLAS_FILE, "areas", atlas.file.areas, tuple(atlas.areas), area_file)
    for path, area in atlas.areas.items():
        existing = tuple(p.split("/")[1] for p in atlas.subareas_of(path))
        below = partial(_below, path, subarea_file)
        yield _Children(area_file(path), "subareas", area.subareas, existing, below)
    for path, subarea in atlas.subareas.items():
        existing = tuple(p.split("/")[2] for p in atlas.topics_of(path))
        below = partial(_below, path, topic_file)
        yield _Children(subarea_file(path), "topics", subarea.topics, existing, below)


def _below(path: str, file_of: Callable[[str], str], slug: str) -> str:
    return file_of(f"{path}/{slug}")


def _listing(atlas: Atlas, children: _Children, files: set[str]) -> Iterator[Diagnostic]:
    parent, field, listed, existing = children.parent, children.field, children.listed, children.existing
    if parent not in files:
        hint = f"add {parent} with title, summary, overview and {field}"
        yield NO_FILE.at(Location(parent), "there is no such file, though there are entries below it", hint)
        return
    if parent not in atlas.sources or parent in atlas.faults:
        return  # its own fault is told already
    for i, slug in enumerate(listed):
        where, file = atlas.locate(parent, field, i), children.file_of(slug)
        if slug in listed[:i]:
            yield LISTED_TWICE.at(where, f"'{slug}' is listed twice", "leave one of the two")
        elif file not in files and slug not in existing:
            unlisted = [name for name in existing if name not in listed]
            hint = did_you_mean(slug, unlisted) or f"add {file}, or take it off the list"
            yield NO_FILE.at(where, f"there is no {file}", hint)
    for slug in existing:
        if slug not in listed:
            hint = f"add '{slug}' to `{field}` in {parent}"
            yield UNLISTED.at(Location(children.file_of(slug)), f"{parent} does not list '{slug}'", hint)


def reserved(atlas: Atlas) -> Iterator[Diagnostic]:
    for i, slug in enumerate(atlas.file.areas):
        if slug in RESERVED_SLUGS:
            yield RESERVED.at(
                atlas.locate(ATLAS_FILE, "areas", i),
                f"'{slug}' is the address of a page of the site",
                "choose another slug",
            )


def topic_links(atlas: Atlas) -> Iterator[Diagnostic]:
    """Links in prose, and the topics that tables name."""
    for file, path, _ in atlas.entries():
        for loc, profile, text in atlas.texts_of(path):
            if profile is not Profile.PLAIN and "[[" in text:
                for link in parse(text, profile).topic_links():
                    if not atlas.resolve(link.slug):
                        yield from name_fault(atlas, link.slug, atlas.locate_in(file, loc, link.offset))
    for file, loc, name in _named_topics(atlas):
        if not atlas.resolve(name):
            yield from name_fault(atlas, name, atlas.locate(file, *loc))


def _named_topics(atlas: Atlas) -> Iterator[tuple[str, Loc, str]]:
    for path, topic in atlas.topics.items():
        for i, row in enumerate(topic.approaches.rows if topic.approaches else ()):
            if row.topic:
                yield topic_file(path), ("approaches", "rows", i, "topic"), row.topic
        for i, relation in enumerate(topic.relations):
            yield topic_file(path), ("relations", i, "to"), relation.to


def seen_instead(atlas: Atlas) -> Iterator[Diagnostic]:
    """What a note in retired.yaml refers to is a page itself."""
    for old, retired in atlas.retired.items():
        if not retired.see or atlas.resolve_page(retired.see):
            continue
        where = atlas.locate(RETIRED_FILE, old, "see")
        if gone := next((path for path in _gone(atlas) if _is_named(path, retired.see)), None):
            now = atlas.successor(gone)
            hint = f"write {atlas.name_of(now) if now in atlas.places else now}" if now else "name what is there still"
            told = "has moved" if now else "is retired too"
            yield UNKNOWN_TOPIC.at(where, f"'{retired.see}' {told}", hint)
        else:
            yield from name_fault(atlas, retired.see, where)


def _gone(atlas: Atlas) -> Iterator[str]:
    yield from (path for path in (*atlas.retired, *atlas.redirects) if path not in atlas.pages)


def _is_named(path: str, name: str) -> bool:
    return path == name or path.endswith(f"/{name}")


def comparison_rows(atlas: Atlas) -> Iterator[Diagnostic]:
    for path, subarea in atlas.subareas.items():
        own = {p.rsplit("/", 1)[-1] for p in atlas.topics_of(path)}
        seen: set[str] = set()
        for i, row in enumerate(subarea.comparison.rows if subarea.comparison else ()):
            slug = row.topic.rsplit("/", 1)[-1]
            loc = ("comparison", "rows", i, "topic")
            if slug not in own:
                where = atlas.locate(subarea_file(path), *loc)
                hint = did_you_mean(slug, own) or f"its topics are {', '.join(sorted(own))}"
                yield FOREIGN_ROW.at(where, f"'{row.topic}' is no topic of {path}", hint)
            elif slug in seen:
                where = atlas.locate(subarea_file(path), *loc)
                yield FOREIGN_ROW.at(where, f"'{row.topic}' has a row already", "leave one of the two")
            seen.add(slug)


def aliases(atlas: Atlas) -> Iterator[Diagnostic]:
    titles = {fold(atlas.title(path)): path for path in atlas.topics}
    titles |= {fold(area.title): path for path, area in atlas.areas.items()}
    claims: dict[str, str] = {}
    for file, path, entry in atlas.entries():
        for i, alias in enumerate(entry.aliases):
            other = claims.setdefault(fold(alias), path)
            if other == path:
                other = titles.get(fold(alias), path)
            if other != path:
                hint = "keep it on the page that covers it; the other may link there"
                yield ALIAS_CLAIMED.at(atlas.locate(file, "aliases", i), f"'{alias}' is a name of {other} too", hint)


def concepts(atlas: Atlas) -> Iterator[Diagnostic]:
    claims: dict[str, str] = {}
    for path, topic in atlas.topics.items():
        for i, same in enumerate(topic.same_as):
            if other := claims.get(same.concept):
                where = atlas.locate(topic_file(path), "same_as", i, "concept")
                hint = "keep it where it fits best; the other topic may have a relation to that one"
                yield CONCEPT_CLAIMED.at(where, f"{same.concept} is the subject of {other} already", hint)
            claims.setdefault(same.concept, path)


def addresses(atlas: Atlas) -> Iterator[Diagnostic]:
    """Every path that was ever published still leads somewhere, and to one place."""
    former: dict[str, str] = {}
    for file, path, entry in atlas.entries():
        for i, old in enumerate(entry.formerly):
            where, other = atlas.locate(file, "formerly", i), former.get(old, "")
            yield from _reserved_path(old, where)
            if old in atlas.pages or other:
                hint = "a former path must be free, and belong to one successor"
                message = f"{old} is taken" if old in atlas.pages else f"{other} claims {old} too"
                yield FORMER_PATH.at(where, message, hint)
            former.setdefault(old, path)
    for old in atlas.retired:
        where = atlas.sources[RETIRED_FILE].locate_key(old)
        yield from _reserved_path(old, where)
        if old in atlas.pages or old in former:
            taken = f"{former[old]} has it under `formerly`" if old in former else f"the {level(old)} is still there"
            yield FORMER_PATH.at(where, f"{old} is not retired: {taken}", "take it out of one of the two")
    yield from _lost(atlas)


def _reserved_path(old: str, where: Location) -> Iterator[Diagnostic]:
    if (first := old.split("/")[0]) in RESERVED_SLUGS:
        message = f"'{first}' is the address of a page of the site, and never was an area"
        yield RESERVED.at(where, message, "take it out")


def _lost(atlas: Atlas) -> Iterator[Diagnostic]:
    if any(page_file(path) in atlas.faults for path in atlas.pages) or RETIRED_FILE in atlas.faults:
        return  # what could not be read may say where a path leads
    lost = {
        path: line
        for path, line in atlas.published.items()
        if path not in atlas.pages and path not in atlas.retired and not atlas.successor(path)
    }
    for path, line in lost.items():
        where = Location(PUBLISHED_FILE, line)
        yield LOST_ADDRESS.at(where, f"{path} was published and leads nowhere now", _way_out(atlas, path, lost))


def _way_out(atlas: Atlas, path: str, lost: Mapping[str, int]) -> str:
    """Names the file where it can: a page that was never published under its path may be this one."""
    parent = path.rpartition("/")[0]
    if parent in lost:
        return f"mend {parent} first: what moved along with it needs no word"
    slug = path.rpartition("/")[2]
    new = [page for page in sorted(atlas.pages - atlas.published.keys()) if page.count("/") == path.count("/")]
    likely = [page for page in new if page.rpartition("/")[2] == slug] or new
    if len(likely) == 1:
        return f"if it is {likely[0]} now, add it to `formerly` in {page_file(likely[0])}; else to {RETIRED_FILE}"
    return f"add it to `formerly` of its successor, or to {RETIRED_FILE}"


CHECKS = (outline, reserved, topic_links, seen_instead, comparison_rows, aliases, concepts, addresses)
