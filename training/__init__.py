"""Makes the bundled embedding model: ``python -m training DATA_DIR OUTPUT_DIR``."""
