"""The report, in PBIR: pages, visuals, theme; its fields are those of the model."""
