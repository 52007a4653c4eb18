"""The REST API: a Flask blueprint that any Flask application can register, and our own application around it.

What belongs in this folder: HTTP. Reading and writing is done by `store`, meaning is given by `metrics`.
"""

from qbr_pipeline.api.blueprint import qbr_bp

__all__ = ["qbr_bp"]
