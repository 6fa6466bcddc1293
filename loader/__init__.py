"""Load an online shop's files into PostgreSQL, build a star schema of them and publish it."""
