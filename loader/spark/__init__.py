"""Build with Apache Spark: a cluster on this machine, and what it reads; see docs/scale.md."""
