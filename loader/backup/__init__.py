"""Backups: create, restore, prune; imports ingest and below."""
