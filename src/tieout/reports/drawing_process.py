"""A process that only draws: Vega-Lite specifications as a JSON list come in, their SVG as a JSON list goes out.

It is started with the folder of a font, and knows nothing of tieout: it is at work half a second after it was asked.
"""

import json
import sys
from importlib import import_module

__all__ = ["main"]


def main() -> None:
    """Draw what standard input asks for."""
    program = import_module("vl_convert")
    for folder in sys.argv[1:]:
        program.register_font_directory(folder)
    specs = json.load(sys.stdin.buffer)
    drawn = [program.vegalite_to_svg(spec) for spec in specs]
    sys.stdout.buffer.write(json.dumps(drawn).encode())


if __name__ == "__main__":
    main()
