"""What `celery -A dagster_celery.app worker` is started with, which imports this by its name: from its environment.

Put it on PYTHONPATH. No address with a password stands in a command line then.
"""

import os

broker_url = os.environ["QBR_CELERY_BROKER"]
result_backend = os.environ["QBR_CELERY_BACKEND"]
task_track_started = True
worker_prefetch_multiplier = 1
# Even at 1 a busy worker takes one more run from the broker, which then waits while another worker has none.
worker_disable_prefetch = True
