"""What a topic's page says of itself to search engines and tools: schema.org as JSON-LD. Layer 9; no effects."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from genai_atlas.atlas import Atlas
from genai_atlas.export.documents import CitedWork
from genai_atlas.export.gather import gather
from genai_atlas.export.selection import About
from genai_atlas.model import Match, ReferenceType

TYPES = {ReferenceType.SOFTWARE: "SoftwareSourceCode", ReferenceType.DATASET: "Dataset", ReferenceType.BOOK: "Book",
         ReferenceType.ONLINE: "WebPage"}  # fmt: skip
"""All else is a ScholarlyArticle."""


def json_ld(atlas: Atlas, path: str, about: About) -> str:
    """A page carries it on every visit: of the works it names what leads to them, and the data files say the rest."""
    return for_script(json.dumps(_document(atlas, path, about), ensure_ascii=False, separators=(",", ":")))


def _document(atlas: Atlas, path: str, about: About) -> dict[str, Any]:
    topic = gather(atlas, about).topics[path]
    url = about.page(path)
    term: dict[str, Any] = {
        "@type": "DefinedTerm",
        "@id": f"{url}#term",
        "name": topic.title,
        "alternateName": list(topic.aliases),
        "termCode": topic.path,
        "sameAs": [same.iri for same in topic.same_as if same.match is Match.EXACT],
        "inDefinedTermSet": {"@type": "DefinedTermSet", "@id": about.url, "name": about.name},
    }
    page = {
        "@type": "TechArticle",
        "@id": url,
        "about": {name: value for name, value in term.items() if value},
        "dateModified": topic.reviewed.isoformat(),
        "version": about.released.isoformat(),
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "citation": [_work(work) for work in topic.references],
    }
    return {"@context": "https://schema.org", **page}


def _work(work: CitedWork) -> dict[str, str]:
    kind = TYPES.get(work.type, "ScholarlyArticle")
    return {"@type": kind, "name": work.title, **({"url": work.links[0]} if work.links else {})}


def for_script(text: str) -> str:
    """JSON in which no script element ends and no template begins, and that means the same."""
    return _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_ACTIVE: Final = re.compile("[<>&\u2028\u2029]|{(?=[{%#])")
