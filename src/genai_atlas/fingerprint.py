"""What a returning reader's browser compares: a fingerprint of each topic. Layer 4; no effects."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from genai_atlas.atlas import Atlas
from genai_atlas.model import Topic

SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "name and summary": ("title", "aliases", "kind", "summary", "scope", "thin", "same_as"),
    "overview": ("overview",),
    "guidance": ("guidance",),
    "mechanism": ("mechanism",),
    "findings": ("findings",),
    "approaches": ("approaches",),
    "limitations": ("limitations",),
    "open problems": ("open_problems",),
    "milestones": ("milestones",),
    "benchmarks": ("benchmarks",),
    "implementations": ("implementations",),
    "relations": ("relations", "prerequisites"),
    "reading list": ("reading_list",),
    "dates of review": ("reviewed", "review_by", "literature_until"),
}
"""Every field but `formerly`, which is an address. The dates stand last: where they alone differ, the text is the
same."""

_ADDRESSES: Final = frozenset({"to", "topic"})
_TOPIC_LINK: Final = re.compile(r"\[\[[a-z0-9/-]*")

SCHEME: Final = "2"
"""First character of each fingerprint. To be counted up when SECTIONS or the way of hashing change: browsers then take
the new fingerprints as they are, rather than tell their readers that everything changed."""


def fingerprint(topic: Topic) -> str:
    """The scheme, then four characters a section. Depends on what is said alone: neither on the layout of the file, nor
    on where lines break in a text, nor on how a topic that is linked to is called in addresses."""
    fields = topic.model_dump(mode="json", exclude_defaults=True)
    return SCHEME + "".join(_digest([fields.get(name) for name in names]) for names in SECTIONS.values())


def _digest(values: list[Any]) -> str:
    text = json.dumps(_said(values), sort_keys=True, ensure_ascii=False)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:3]).decode()


def _said(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(_TOPIC_LINK.sub("[[", value).split())
    if isinstance(value, list):
        return [_said(item) for item in value]
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items() if key not in _ADDRESSES}
    return value


def state(atlas: Atlas) -> dict[str, Any]:
    """assets/state.json. A topic that could not be read has no fingerprint, and so counts as unchanged."""
    return {
        "sections": list(SECTIONS),
        "parents": {path: subarea.title for path, subarea in atlas.subareas.items()},
        "topics": {
            path: [atlas.title(path), fingerprint(atlas.topics[path]) if path in atlas.topics else ""]
            for path in atlas.topic_paths
        },
        "moved": {old: path for old, path in atlas.successors.items() if path in atlas.places},
        "retired": {old: [retired.date.isoformat(), retired.reason] for old, retired in atlas.retired.items()},
    }
