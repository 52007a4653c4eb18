"""NinjaOne: where its devices are read, and which of them count as endpoints and seats."""
