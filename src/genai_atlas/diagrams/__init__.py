"""Views -> SVG text. Layer 8; no effects."""
