"""What the atlas itself must hold: the fixed outline, and a main page for each common subject."""

from __future__ import annotations

from pathlib import Path

import pytest

from genai_atlas import files
from genai_atlas.atlas import Atlas, fold
from genai_atlas.parse import parse

ROOT = Path(__file__).parents[1]

SUBJECTS = {
    "image-synthesis": "diffusion models; score-based models; flow matching; GANs; VAEs",
    "sampling-methods": "samplers; guidance; decoding strategies; nucleus; beam; temperature",
    "inference-techniques": "speculative decoding; test-time compute; chain of thought; KV cache in decoding",
    "few-shot-learning": "in-context learning; prompting; prompt tuning",
    "feedback-integration": "RLHF; DPO; reward models; alignment; RLAIF",
    "factual-accuracy": "retrieval-augmented generation; hallucination",
    "decision-making": "agents; tool use; planning",
    "model-architecture-research": "Transformer; self-attention",
    "rotary-position-embeddings": "long context; position interpolation",
    "model-capacity": "scaling laws; emergent abilities; memorization",
    "memory-optimization": "LoRA; adapters; parameter-efficient fine-tuning; gradient checkpointing",
    "text-image-integration": "vision-language models; CLIP",
    "representation-learning": "tokenization; embeddings",
    "standard-datasets": "pre-training corpora; data curation",
    "diversity-enhancement": "synthetic data; model collapse; mode collapse",
    "continual-learning": "model editing; unlearning; catastrophic forgetting",
    "quality-assessment": "model as judge",
    "robustness-measures": "red teaming; jailbreaks; adversarial robustness",
    "content-creation": "watermarking; detection of generated content",
    "virtual-environments": "world models",
    "3d-modeling": "NeRF; Gaussian splatting",
    "audio-generation": "neural audio codecs",
    "energy-efficiency": "carbon footprint",
}
"""Subjects without a topic of their own, by the slug of their main page."""


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    sources, _ = files.read(ROOT)
    return parse(sources)[0]


def test_the_outline_is_whole(atlas: Atlas) -> None:
    assert (len(atlas.areas), len(atlas.subareas), len(atlas.topic_paths)) == (8, 24, 120)
    assert {len(atlas.topics_of(subarea)) for subarea in atlas.subareas} == {5}
    assert set(atlas.topics) == set(atlas.topic_paths)


def singular(name: str) -> str:
    return fold(name).removesuffix("s")


@pytest.mark.parametrize(
    ("page", "subject"), [(page, subject) for page, names in SUBJECTS.items() for subject in names.split("; ")]
)
def test_common_subject_is_a_name_of_its_main_page(atlas: Atlas, page: str, subject: str) -> None:
    owners = [
        path
        for _, path, entry in atlas.entries()
        if any(singular(subject) in singular(alias) for alias in entry.aliases)
    ]
    assert any(path.split("/")[-1] == page for path in owners), f"{subject!r} is an alias of {owners}"
