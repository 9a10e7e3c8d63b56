"""A small folder of five brief topics, with all that a site needs: quickly built, and changed at will."""

from __future__ import annotations

import textwrap
from pathlib import Path

from genai_atlas.site import hook_file, theme_dir

SLUGS = ("alpha", "beta", "gamma", "delta", "epsilon")
TYPES = ("complements", "in_tension_with", "overlaps_with")
AREA, SUBAREA = "one-area", "one-subarea"
TOPICS = f"taxonomy/{AREA}/{SUBAREA}"
SUMMARY = "It stands in a fabricated atlas and says nothing of the world, at some length, as a summary must. " * 3
ROLES = ("original", "survey", "critical", "recent")


def topic(slug: str, **changes: str) -> str:
    number = SLUGS.index(slug)
    relations = [
        f"\n  - {{type: {TYPES[(number + n) % 3]}, to: {other}, note: for the sake of the example}}"
        for n, other in enumerate(SLUGS)
        if n != number
    ]
    fields = {
        "title": slug.capitalize(),
        "kind": "technique",
        "summary": SUMMARY[:300],
        "scope": f"This page covers {slug}.",
        "reviewed": "2026-11-24",
        "literature_until": "2026-06",
        "relations": "".join(relations),
        "reading_list": "".join(
            f"\n  - {{ref: doe202{n}work, role: {role}, level: advanced, why: it is there}}"
            for n, role in enumerate(ROLES)
        ),
    } | changes
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def atlas() -> dict[str, str]:
    """A small folder: five brief topics, one hand-written page, settings that name the package's own theme."""
    records = {
        f"taxonomy/references/202{n}.yaml": f"doe202{n}work:\n  title: Work {n}\n  authors: [Jane Doe]\n"
        f'  year: 202{n}\n  venue: arXiv preprint\n  type: preprint\n  arxiv: "2{n}01.0000{n}"\n'
        for n in range(len(ROLES))
    }
    return {
        "taxonomy/atlas.yaml": f"title: Small\ndescription: A small atlas.\nareas: [{AREA}]\n",
        f"taxonomy/{AREA}/area.yaml": f"title: One area\nsummary: One.\noverview: One.\nsubareas: [{SUBAREA}]\n",
        f"{TOPICS}/subarea.yaml": f"title: One subarea\nsummary: One.\noverview: One.\ntopics: [{', '.join(SLUGS)}]\n"
        "comparison:\n  columns: [Cost]\n  rows:\n"
        + "".join(f"    - {{topic: {slug}, cells: [low]}}\n" for slug in SLUGS),
        **{f"{TOPICS}/{slug}.yaml": topic(slug) for slug in SLUGS},
        **records,
        "docs/about.md": "# About\n\nA page by hand, with [another](contributing.md).\n",
        "docs/contributing.md": "# Contributing\n\n| A | B |\n|---|--:|\n| 1 | 2 |\n",
        "mkdocs.yml": textwrap.dedent(
            f"""
            site_name: Small
            site_url: !ENV [SITE_URL, "https://example.org/small/"]
            hooks: ['{hook_file()}']
            theme: {{name: material, custom_dir: '{theme_dir()}', font: false, favicon: assets/icon.svg}}
            plugins: []
            extra: {{repo_url: "https://example.org/repo", generator: false}}
            markdown_extensions: [attr_list, md_in_html, admonition, tables: {{use_align_attribute: true}}]
            validation:
              nav: {{omitted_files: ignore, not_found: warn, absolute_links: warn}}
              links: {{not_found: warn, anchors: warn, absolute_links: warn, unrecognized_links: warn}}
            """
        ),
    }


def make(root: Path, contents: dict[str, str]) -> Path:
    for path, text in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
