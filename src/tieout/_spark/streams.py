"""Streams: frames as compressed bytes of Arrow, as they travel between workers and the driver."""

from io import BytesIO

import polars as pl

__all__ = ["frame_of_stream", "stream_of"]


def stream_of(frame: pl.DataFrame) -> bytes:
    """A frame as bytes."""
    held = BytesIO()
    frame.write_ipc_stream(held, compression="lz4")
    return held.getvalue()


def frame_of_stream(stream: bytes) -> pl.DataFrame:
    """The frame of these bytes."""
    return pl.read_ipc_stream(BytesIO(stream))
