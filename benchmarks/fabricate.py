"""Fabricated taxonomies: full entries that satisfy every rule, of any number, the same for the same seed.

Lengths, tables, formulas, relations and references are drawn like those of real entries, so that what is measured or
tested on them carries over. `python benchmarks/fabricate.py DIR --topics 1200` writes one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPICS_A_SUBAREA, SUBAREAS_AN_AREA = 5, 3
REVIEWED = "2026-11-24"

WORDS = """
model layer token head query key value cache weight gradient batch step loss width depth rank kernel memory
bandwidth latency decoder encoder router expert block window span mask attention projection embedding
vocabulary corpus sample prompt label reward policy critic noise schedule latent code frame pixel patch voxel
phoneme waveform spectrum index shard replica device chip node cluster queue buffer page table tensor matrix
vector norm scale bias variance error bound margin risk class domain task split seed trial run study judge
rater scale score rank margin length ratio budget cost price power energy heat clock cycle trace probe circuit
feature neuron graph edge path tree search beam sampler filter decay drift shift spike collapse plateau
transfer merge prune quantise distil route gather scatter reduce fuse compile measure compare report average
repeat hold rise fall grow shrink double halve match miss keep drop read write train tune test serve cut raise
lower share split spread bind stall wait small large narrow wide short long early late first second third
shared private dense sparse linear local global static dynamic fixed learned frozen noisy clean costly cheap
slow fast stable brittle plain mixed
""".split()  # noqa: SIM905
LINKERS = """
while because although whereas so and but when where after before since unless until than with without
""".split()  # noqa: SIM905
FORMULAS = (
    r"$O(n^2 d)$", r"$W^K$", r"$\tfrac{1}{B}$", r"$d_h = d/H$", r"$\sigma(x)$", r"$L \approx 3$", r"$G = 1$",
    r"$x_{<t}$", r"$\hat{y}$", r"$\lVert w \rVert_2$",
)  # fmt: skip
DISPLAYS = (
    r"Y = \operatorname{softmax}\!\Big(\tfrac{Q K^{\top}}{\sqrt{d_h}} + M\Big) V \;:\; (n, d_h)",
    r"\mathcal{L}(\theta) = -\sum_{t=1}^{n} \log p_\theta(x_t \mid x_{<t}) + \lambda \lVert \theta \rVert_2^2",
    r"\begin{aligned} h_t &= A h_{t-1} + B x_t \\ y_t &= C h_t \end{aligned}",
    r"\mathbb{E}\big[R(\hat f)\big] \le \hat R + \sqrt{\frac{\log(1/\delta)}{2 n}}",
)
KINDS = ("technique", "problem", "application", "theory", "evaluation", "outlook")
TYPES = ("addresses", "applied_in", "evaluated_by", "explained_by", "complements", "in_tension_with", "specializes")
ROLES = ("original", "survey", "critical", "recent", "tutorial", "recent")
LEVELS = ("introductory", "intermediate", "advanced")
FAMILIES = """
adams baker castro dupont eriksen farouk garcia huang ivanova jones kim lopez mori nguyen okafor patel
""".split()  # noqa: SIM905


class Fabricator:
    def __init__(self, topics: int, seed: int) -> None:
        if topics < 30:
            raise ValueError(f"{topics} topics are too few to relate each to eight others: fabricate at least 30")
        self.random = random.Random(seed)
        self.topics = [f"topic-{i:05d}" for i in range(topics)]
        self.related: set[frozenset[str]] = set()
        """Pairs that have a relation: a second one might contradict it."""
        self.references = self._references(max(60, topics * 6))
        self.keys = list(self.references)
        self.recent = [key for key, record in self.references.items() if int(record["year"]) >= 2025]

    def files(self) -> Iterator[tuple[str, str]]:
        """Path and text of every file of the taxonomy."""
        size = TOPICS_A_SUBAREA * SUBAREAS_AN_AREA
        areas = [self.topics[i : i + size] for i in range(0, len(self.topics), size)]
        names = [f"area-{i:04d}" for i in range(len(areas))]
        yield "taxonomy/atlas.yaml", emit({"title": "Fabricated", "description": self.prose(20), "areas": names})
        cited: set[str] = set()
        for area, (name, topics) in enumerate(zip(names, areas, strict=True)):
            subareas = [topics[i : i + TOPICS_A_SUBAREA] for i in range(0, len(topics), TOPICS_A_SUBAREA)]
            slugs = [f"part-{area:04d}-{i}" for i in range(len(subareas))]
            fields = {"summary": self.prose(30), "overview": self.prose(200)}
            yield f"taxonomy/{name}/area.yaml", emit({"title": f"Area {area}", **fields, "subareas": slugs})
            for slug, own in zip(slugs, subareas, strict=True):
                yield f"taxonomy/{name}/{slug}/subarea.yaml", emit(self._subarea(slug, own))
                for topic in own:
                    text = emit(self.topic(topic, cited))
                    yield f"taxonomy/{name}/{slug}/{topic}.yaml", text
        by_file: dict[str, dict[str, object]] = {}
        for key in sorted(cited):
            year = self.references[key]["year"]
            by_file.setdefault(f"taxonomy/references/{year}/{key[0]}.yaml", {})[key] = self.references[key]
        for path, records in by_file.items():
            yield path, emit(records)

    def _references(self, count: int) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {}
        for i in range(count):
            year = 2014 + i % 13
            family = FAMILIES[i % len(FAMILIES)]
            title = f"{self.words(6).capitalize()} {i}"
            record = {
                "title": title,
                "authors": [f"Ada {family.capitalize()}", "Bo Li", "Chidi Obi"][: 1 + i % 3],
                "year": year,
                "month": 1 + i % 12 if year < 2026 else 1 + i % 6,
                "venue": "ICML" if i % 2 else "arXiv preprint",
                "type": "inproceedings" if i % 2 else "preprint",
                "arxiv": f"{year % 100:02d}{1 + i % 6:02d}.{i:05d}",
            }
            found[f"{family}{year}n{i}"] = record
        return found

    def words(self, count: int) -> str:
        return " ".join(self.random.choices(WORDS, k=count))

    def sentence(self, count: int) -> str:
        words = self.random.choices(WORDS, k=count)
        if count > 9:
            words[count // 2] = self.random.choice(LINKERS)
            words[count // 3] += ","
        return f"{' '.join(words).capitalize()}."

    def prose(self, count: int, keys: tuple[str, ...] = (), formulas: int = 0) -> str:
        """About `count` words in sentences; citations and formulas are spread over them."""
        sentences = []
        left = count
        while left > 0:
            size = min(left, self.random.randint(8, 22))
            sentences.append(self.sentence(size))
            left -= size
        for i, key in enumerate(keys):
            at = i % len(sentences)
            place = f", Table {i + 1}" if i % 2 else ""
            sentences[at] = f"{sentences[at][:-1]} [@{key}{place}]."
        for i in range(formulas):
            at = i % len(sentences)
            sentences[at] = f"{sentences[at][:-1]} with {self.random.choice(FORMULAS)}."
        return " ".join(sentences)

    def _subarea(self, slug: str, own: list[str]) -> dict[str, object]:
        rows = [{"topic": topic, "cells": [self.words(5), self.words(6)]} for topic in own]
        return {
            "title": slug.capitalize(),
            "summary": self.prose(30),
            "overview": self.prose(150),
            "topics": own,
            "comparison": {"columns": ["Changes", "Costs"], "rows": rows},
        }

    def topic(self, name: str, cited: set[str]) -> dict[str, object]:
        index = self.topics.index(name) if len(self.topics) < 200 else int(name[-5:])
        kind = KINDS[index % len(KINDS)]
        keys = tuple(dict.fromkeys((*self.random.sample(self.keys, 14), *self.random.sample(self.recent, 4))))[:17]
        cited.update(keys)
        near = self.topics[max(0, index - 40) : index + 40] or self.topics
        others = [topic for topic in near if topic != name and frozenset((topic, name)) not in self.related]
        links = self.random.sample(others, min(8, len(others)))
        self.related.update(frozenset((name, other)) for other in links)
        entry: dict[str, object] = {
            "title": f"Topic {index}",
            "aliases": [f"T{index}", f"method {index} of {index % 7}"],
            "kind": kind,
            "summary": self.prose(55),
            "scope": f"{self.prose(20)} [[{links[0]}]] covers the rest.",
            "reviewed": REVIEWED,
            "literature_until": "2026-06",
            "overview": "\n\n".join(self.prose(70, keys[i : i + 3], 1) for i in (0, 3, 6)),
            "mechanism": self._mechanism(keys),
            "approaches": self._approaches(keys),
        }
        if kind == "theory":
            del entry["approaches"]
        if kind in ("technique", "evaluation"):
            items = {field: [self.prose(20) for _ in range(3)] for field in ("use_when", "avoid_when")}
            entry["guidance"] = items
        entry["milestones"] = [
            {"date": str(2014 + i), "event": f"{self.sentence(14)[:-1]} [@{keys[i]}]."} for i in range(7)
        ]
        entry["findings"] = [self._finding(i, keys[i]) for i in range(5)]
        entry["limitations"] = [self.prose(35, (keys[i + 2],)) for i in range(4)]
        entry["open_problems"] = [
            {
                "question": f"{self.sentence(14)[:-1]}?",
                "known": self.prose(30, (keys[i + 5],)),
                "settled_by": self.prose(16),
            }
            for i in range(3)
        ]
        entry["benchmarks"] = [
            {"name": f"Bench {i}", "measures": self.prose(8), "caveat": self.prose(18, (keys[i + 8],))}
            for i in range(3)
        ]
        entry["implementations"] = [
            {"name": f"Lib {i}", "url": f"https://example.org/lib{i}", "licence": "MIT", "note": self.prose(9)}
            for i in range(2)
        ]
        entry["relations"] = [
            {"type": TYPES[i % len(TYPES)], "to": other, "note": self.prose(9)} for i, other in enumerate(links)
        ]
        entry["prerequisites"] = ["linear algebra (outside the atlas)"]
        if index > 40:
            entry["prerequisites"] = [f"[[{self.topics[index - 41]}]]: {self.prose(6)}"]
        order = (*keys[:6],)
        entry["reading_list"] = [
            {"ref": key, "role": ROLES[i], "level": LEVELS[i % 3], "why": self.prose(14)} for i, key in enumerate(order)
        ]
        left = [key for key in keys if key not in json.dumps(entry)]
        if left:
            entry["overview"] = f"{entry['overview']} See also [{'; '.join('@' + key for key in left)}]."
        return entry

    def _mechanism(self, keys: tuple[str, ...]) -> dict[str, object]:
        body = "\n\n".join(
            (
                self.prose(70, keys[9:10], 2),
                f"$$\n{self.random.choice(DISPLAYS)}\n$$",
                self.prose(80, keys[10:12], 2),
                f"$$\n{self.random.choice(DISPLAYS)}\n$$",
                self.prose(60, (), 1),
            )
        )
        notation = [
            {"symbol": f"${letter}$", "meaning": self.words(4), "shape": "$(n, d)$" if i % 2 else "scalar"}
            for i, letter in enumerate("nXYQKVM")
        ]
        return {"notation": notation, "body": body}

    def _approaches(self, keys: tuple[str, ...]) -> dict[str, object]:
        rows = [
            {
                "name": f"{self.words(2).capitalize()} {i}",
                "cells": [f"$2 {letter} d_h$", self.words(6), self.words(5)],
                "refs": [keys[12 + i % 4]],
            }
            for i, letter in enumerate("HGLB")
        ]
        return {"columns": ["Cost", "Split", "Reported in"], "rows": rows}

    def _finding(self, index: int, key: str) -> dict[str, object]:
        dense, sparse = (round(self.random.uniform(1, 90), 1) for _ in range(2))
        return {
            "claim": self.sentence(16),
            "value": round(self.random.uniform(1, 90), 1),
            "baseline": f"{dense} (dense); {sparse} (sparse)",
            "unit": "% accuracy",
            "setting": self.prose(14, (), 1),
            "ref": key,
            "locator": f"Table {index + 1}, §4.{index}",
            "basis": "reported",
            "reading": ("supports", "limits", "mixed")[index % 3],
        }


def emit(value: object, indent: int = 0) -> str:
    """Block-style YAML with JSON scalars; long texts as literal blocks, as curators write them."""
    pad = " " * indent
    if isinstance(value, dict):
        return "".join(f"{pad}{key}:{_behind(item, indent)}" for key, item in value.items())
    return "".join(f"{pad}- {_item(item, indent + 2)}" for item in value)  # type: ignore[attr-defined]


def _behind(item: object, indent: int) -> str:
    if isinstance(item, dict) or (isinstance(item, list) and item and isinstance(item[0], dict)):
        return "\n" + emit(item, indent + 2)
    if isinstance(item, str) and ("\n" in item or len(item) > 200):
        pad = " " * (indent + 2)
        lines = "".join(f"{pad}{line}".rstrip() + "\n" for line in item.split("\n"))
        return f" |\n{lines}"
    return f" {json.dumps(item, ensure_ascii=False)}\n"


def _item(item: object, indent: int) -> str:
    if isinstance(item, dict):
        return emit(item, indent).lstrip(" ")
    return json.dumps(item, ensure_ascii=False) + "\n"


def fabricate(folder: Path, topics: int, seed: int = 1) -> Path:
    """Write a root that `genai-atlas --root` takes: a taxonomy, a page, and the settings of the site."""
    for path, text in Fabricator(topics, seed).files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs/about.md").write_text("# About\n\nFabricated.\n", "utf-8")
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    package = ROOT / "src/genai_atlas"
    settings = settings.replace("src/genai_atlas", package.as_posix())
    (folder / "mkdocs.yml").write_text(settings, "utf-8")
    return folder


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--topics", type=int, default=120)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    shutil.rmtree(given.folder / "taxonomy", ignore_errors=True)
    print(fabricate(given.folder, given.topics, given.seed))
