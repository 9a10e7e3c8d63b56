"""Views: what each page shows, decided and computed. Layer 6; no effects."""
