"""The generator's modules stand beside these tests and import each other by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
collect_ignore = ["generate.py", "clean_month.py", "planting.py", "scalar_pricing.py"]  # a script, without doctests
