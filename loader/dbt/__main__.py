"""dbt's own command line, in a process whose garbage collector runs less often.

dbt keeps hundreds of thousands of objects (the manifest, the macros) until it ends, and Python
walks through them for each few hundred new ones: a tenth of a build's time.
"""

import gc

OBJECTS_BETWEEN_COLLECTIONS = 50_000

if __name__ == "__main__":
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    from dbt.cli.main import cli

    cli()
