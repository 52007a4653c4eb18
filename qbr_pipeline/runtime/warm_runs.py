"""The process that runs are forked from: it has imported what every run needs, and opened nothing.

What belongs here: what `runtime.code_server` has its fork server import. Nobody else imports this.
"""

import gc
from importlib import import_module

from qbr_pipeline.orchestration.dagster_internals import OF_EVERY_RUN

for name in OF_EVERY_RUN:
    import_module(name)
gc.freeze()  # what is shared with a run stays shared: its collector does not look at it
