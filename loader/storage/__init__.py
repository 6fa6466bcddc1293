"""Object storage: batches are fetched from it, publications and backups are sent to it."""
